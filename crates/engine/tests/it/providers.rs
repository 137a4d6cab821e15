//! Providers that the owner adds while the server runs.

use slipway_protocol::{NewProvider, ProviderKind};
use slipway_test_support::scripted_model::ScriptedModel;

use crate::stage::Stage;

fn own(base_url: &str, api_key: &str) -> NewProvider {
    let kind = ProviderKind::OpenAiCompatible;
    NewProvider { kind, name: "My box".into(), base_url: base_url.into(), api_key: api_key.into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_tried_sealed_and_there_again_after_a_restart() {
    let Some(stage) = Stage::on_a_file() else { return };
    let model = ScriptedModel::start().await.unwrap();
    let server = stage.server("one").await;
    let engine = &server.engine;
    let who = engine.sign_in_locally().await.unwrap();
    let wrong = engine.add_provider(&who, own(&model.url(), "sk-wrong")).await.unwrap_err();
    assert_eq!(wrong.sentence, "The provider does not take this key.");
    let nobody = engine.add_provider(&who, own("http://127.0.0.1:9/v1", "k")).await.unwrap_err();
    assert_eq!(nobody.sentence, "http://127.0.0.1:9/v1 does not answer. Check the address.");
    engine.add_provider(&who, own(&model.url(), "sk-test")).await.unwrap();
    let names =
        || engine.providers().into_iter().map(|known| (known.id, known.added_here)).collect::<Vec<_>>();
    assert_eq!(names(), [("scripted".into(), false), ("my-box".into(), true)]);
    let models = engine.models().await.unwrap();
    assert_eq!(
        models.iter().map(|model| model.id.to_string()).collect::<Vec<_>>(),
        ["scripted/fake-1", "my-box/fake-1"]
    );
    let sealed = stage.store().await.credentials().await.unwrap();
    let held = sealed.iter().find(|held| held.kind == "provider:my-box").unwrap();
    assert!(!held.sealed.windows(7).any(|part| part == b"sk-test"));
    server.end().await;

    let server = stage.server("one").await;
    let engine = &server.engine;
    engine.test_provider(&who, "my-box").await.unwrap();
    let fixed = engine.remove_provider(&who, "scripted").await.unwrap_err().sentence;
    assert!(fixed.contains("part of the installation's settings"), "{fixed}");
    engine.remove_provider(&who, "my-box").await.unwrap();
    assert_eq!(engine.models().await.unwrap().len(), 1);
    let stranger = slipway_protocol::Person { id: slipway_protocol::UserId::new("bob"), name: "bob".into() };
    let refused = engine.add_provider(&stranger, own(&model.url(), "sk-test")).await.unwrap_err();
    assert_eq!(refused.sentence, "Only the owner of this installation adds and removes providers.");
}
