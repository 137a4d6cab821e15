//! Events: numbered, kept until acknowledged, for one server at a time.

use serde_json::json;

use crate::stage::{Stage, next_step, post};

#[tokio::test]
async fn events_are_numbered_in_order() {
    let stage = Stage::new();
    let mut keeper = stage.start(&stage.spec()).await;
    post(&keeper.caller(), "/emit", json!({"count": 100, "size": 10})).await;
    for n in 1..=100 {
        assert_eq!(next_step(&mut keeper).await, (n + 1, n));
    }
    keeper.stop().await.unwrap();
    stage.assert_left();
}
