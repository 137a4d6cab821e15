//! Which models can be chosen, out of what OpenCode says of its providers. What it says holds keys; they end here.

use std::{cmp::Reverse, collections::BTreeMap};

use serde::Deserialize;
use serde_json::Value;
use slipway_protocol::{ModelInfo, ModelRef};

use crate::{AgentError, Provider};

#[derive(Deserialize)]
struct Known {
    providers: Vec<KnownProvider>,
    #[serde(default)]
    default: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct KnownProvider {
    id: String,
    name: String,
    models: BTreeMap<String, KnownModel>,
}

#[derive(Deserialize)]
struct KnownModel {
    #[serde(default)]
    name: String,
    #[serde(default)]
    release_date: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    capabilities: Capabilities,
    #[serde(default)]
    limit: Limit,
}

#[derive(Default, Deserialize)]
struct Capabilities {
    #[serde(default)]
    toolcall: bool,
}

#[derive(Default, Deserialize)]
struct Limit {
    #[serde(default)]
    context: u64,
}

/// Provider by provider as they are configured; in each the one OpenCode would take, then the newest.
pub(super) fn choice(answer: Value, configured: &[Provider]) -> Result<Vec<ModelInfo>, AgentError> {
    let Known { providers, default } = serde_json::from_value(answer).map_err(|error| {
        AgentError::Unreachable(format!("The agent's models were not understood ({error})."))
    })?;
    let place = |id: &str| configured.iter().position(|provider| provider.id == id);
    let mut providers = providers;
    providers.sort_by_key(|provider| place(&provider.id));
    Ok(providers
        .into_iter()
        .flat_map(|provider| {
            let settings = place(&provider.id).map(|at| &configured[at]);
            of_provider(provider, settings, &default)
        })
        .collect())
}

fn of_provider(
    known: KnownProvider,
    settings: Option<&Provider>,
    default: &BTreeMap<String, String>,
) -> Vec<ModelInfo> {
    let listed = settings.map(|settings| settings.models.as_slice()).unwrap_or_default();
    let first = listed.first().map(|model| &model.id).or(default.get(&known.id));
    let small = settings.and_then(|settings| settings.small_model.as_ref());
    // An agent without tools is none.
    let works = |model: &KnownModel| model.capabilities.toolcall && model.status != "deprecated";
    let mut models: Vec<_> = known.models.iter().filter(|(_, model)| works(model)).collect();
    if models.len() > 1 {
        models.retain(|(id, _)| Some(*id) != small);
    }
    models.sort_by_key(|(id, model)| {
        let place = listed.iter().position(|listed| listed.id == **id);
        (Some(*id) != first, place, Reverse(&model.release_date), &model.name)
    });
    let info = |(id, model): (&String, &KnownModel)| ModelInfo {
        id: ModelRef { provider: known.id.clone(), model: id.clone() },
        name: if model.name.is_empty() { id.clone() } else { model.name.clone() },
        provider_name: known.name.clone(),
        context: model.limit.context,
    };
    models.into_iter().map(info).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ProviderKind;

    fn model(name: &str, released: &str, toolcall: bool) -> Value {
        json!({"name": name, "release_date": released, "capabilities": {"toolcall": toolcall}, "limit": {"context": 7}})
    }

    #[test]
    fn the_usual_model_stands_first_and_what_cannot_work_is_left_out() {
        let answer = json!({
            "providers": [{"id": "p", "name": "P", "options": {"apiKey": "secret"}, "models": {
                "old": model("Old", "2024-01-01", true),
                "usual": model("Usual", "2025-01-01", true),
                "new": model("New", "2026-01-01", true),
                "image": model("Image", "2026-02-01", false),
                "mini": model("Mini", "2026-03-01", true),
            }}],
            "default": {"p": "usual"},
        });
        let configured = Provider {
            id: "p".into(),
            name: "P".into(),
            kind: ProviderKind::OpenAi,
            base_url: None,
            api_key: None,
            models: Vec::new(),
            small_model: Some("mini".into()),
        };
        let models = choice(answer, &[configured]).unwrap();
        let names: Vec<_> = models.iter().map(|model| (model.name.as_str(), model.context)).collect();
        assert_eq!(names, [("Usual", 7), ("New", 7), ("Old", 7)]);
        assert_eq!(models[0].id.to_string(), "p/usual");
    }
}
