//! The models that can be chosen, and that each kind of provider is reached.

use slipway_agent::{Agent, Outgoing, Permissions, Provider, ProviderKind};
use slipway_protocol::{Mode, ModelRef};

use crate::stage::Stage;

fn known(stage: &Stage, id: &str, kind: ProviderKind) -> Provider {
    let base_url = Some(stage.model.url().replace("/v1", &format!("/{id}/v1")));
    Provider {
        id: id.into(),
        name: format!("My {id}"),
        kind,
        base_url,
        models: Vec::new(),
        ..stage.provider()
    }
}

#[tokio::test]
async fn models_are_asked_for_and_come_without_keys() {
    let Some(stage) = Stage::set().await else { return };
    let free = stage.agent.models(&[], stage.scratch()).await.unwrap();
    assert!(free.len() > 2 && free.iter().all(|model| model.id.provider == "opencode"), "{free:#?}");
    assert!(!stage.scratch().exists());

    let providers = [stage.provider(), known(&stage, "anthropic", ProviderKind::Anthropic)];
    let models = stage.agent.models(&providers, stage.scratch()).await.unwrap();
    assert_eq!((models[0].id.to_string().as_str(), models[0].name.as_str()), ("scripted/fake-1", "Fake One"));
    assert_eq!((models[0].provider_name.as_str(), models[0].context), ("Scripted", 128_000));
    let claudes: Vec<_> =
        models[1..].iter().map(|model| (&model.id.provider, &model.provider_name)).collect();
    assert!(
        claudes.len() > 3 && claudes.iter().all(|(id, name)| *id == "anthropic" && *name == "My anthropic")
    );
}

#[tokio::test]
async fn each_kind_of_provider_is_shown_its_key_its_own_way() {
    let Some(stage) = Stage::set().await else { return };
    let kinds = [
        ("anthropic", ProviderKind::Anthropic, "/messages", "x-api-key", "sk-test"),
        ("openai", ProviderKind::OpenAi, "/responses", "authorization", "Bearer sk-test"),
        ("openrouter", ProviderKind::OpenRouter, "/chat/completions", "authorization", "Bearer sk-test"),
    ];
    let providers: Vec<_> = kinds.iter().map(|(id, kind, ..)| known(&stage, id, *kind)).collect();
    let models = stage.agent.models(&providers, stage.scratch()).await.unwrap();
    let mut request = stage.request(Permissions::Auto);
    request.providers = providers;
    let mut talk = stage.launch_with(request).await;
    for (id, _, path, header, value) in kinds {
        let model = models.iter().find(|model| model.id.provider == id).unwrap().id.clone();
        let delivery = talk.conversation.mint();
        let prompt = Outgoing {
            text: "/say x".into(),
            note: None,
            files: Vec::new(),
            mode: Mode::Build,
            model: Some(model),
        };
        talk.conversation.prompt(&delivery, prompt).await.unwrap();
        let seen = stage.model.request(|request| request.path == format!("/{id}/v1{path}")).await;
        // It is refused, and some are asked again; what matters is how it was asked.
        talk.conversation.stop().await.unwrap();
        talk.idle().await;
        assert_eq!(seen.headers[header], value, "{id}");
        let shown =
            seen.headers.keys().filter(|name| ["authorization", "x-api-key"].contains(&name.as_str()));
        assert_eq!(shown.count(), 1, "{id}: the gateway's token goes no further");
    }
    let unknown = Outgoing {
        text: "hello".into(),
        note: None,
        files: Vec::new(),
        mode: Mode::Build,
        model: ModelRef::parse("openai/no-such-model"),
    };
    let delivery = talk.conversation.mint();
    talk.conversation.prompt(&delivery, unknown).await.unwrap();
    talk.idle().await;
    let failed = talk.events.iter().rev().find_map(|event| match event {
        slipway_agent::AgentEvent::Failed { sentence, .. } => Some(sentence.as_str()),
        _ => None,
    });
    assert_eq!(
        failed,
        Some("There is no model openai/no-such-model. Choose another one and send the message again.")
    );
    talk.close().await;
}
