//! Pages when many people ask for them at the same moment.

use futures::future::join_all;

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_that_many_ask_for_at_once_are_all_answered() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    for path in ["/sessions", "/settings"] {
        let asking = (0..16).map(async |_| {
            let mut answers = Vec::new();
            for _ in 0..25 {
                answers.push(person.get(path).await.status().as_u16());
            }
            answers
        });
        assert_eq!(join_all(asking).await.concat(), vec![200; 400], "{path}");
    }
}
