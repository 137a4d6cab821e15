//! OpenCode's configuration for one session, and the gateway's routes that go with it.
//!
//! It travels in the environment, where the agent's own commands can read it: nothing in it is secret. Models are reached
//! through the keeper's gateway, which adds the key.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Map, Value, json};
use slipway_keeper::wire::GatewayRoute;
use slipway_protocol::AllowedAct;

use crate::{AgentError, Permissions, Provider, ProviderKind, ProviderModel};

/// OpenCode's own provider. It offers some models for nothing to whoever shows this key.
const FREE: (&str, &str, &str) = ("opencode", "https://opencode.ai/zen/v1", "public");
/// What a repository tells agents; the first that is there counts.
const INSTRUCTIONS: [&str; 3] = ["AGENTS.md", "CLAUDE.md", "CONTEXT.md"];

/// The configuration as JSON; the keeper fills in the gateway and its token.
pub(super) fn content(
    providers: &[Provider],
    permissions: Permissions,
    allowed: &[AllowedAct],
    checkout: &Path,
) -> Value {
    let mut config = json!({
        "autoupdate": false,
        "share": "disabled",
        // Slipway keeps checkpoints itself; a second copy of the tree at each step costs time and room.
        "snapshot": false,
        // Also where the checkout's own configuration is not read, since it could run programs.
        "instructions": [instructions(checkout)],
        "agent": agents(permissions, allowed),
    });
    if providers.is_empty() {
        config["enabled_providers"] = json!([FREE.0]);
        config["provider"] = json!({ FREE.0: free() });
        return config;
    }
    let entries: Map<_, _> =
        providers.iter().map(|provider| (provider.id.clone(), entry(provider))).collect();
    config["enabled_providers"] = entries.keys().map(String::as_str).collect();
    config["provider"] = Value::Object(entries);
    let first = providers.iter().find_map(|provider| Some((provider, provider.models.first()?)));
    if let Some((provider, model)) = first {
        config["model"] = json!(format!("{}/{}", provider.id, model.id));
    }
    let small = providers.iter().find_map(|provider| Some((provider, provider.small_model.as_ref()?)));
    if let Some((provider, model)) = small {
        config["small_model"] = json!(format!("{}/{model}", provider.id));
    }
    config
}

/// Where the gateway sends what, and with which key.
pub(super) fn routes(providers: &[Provider]) -> Result<Vec<GatewayRoute>, AgentError> {
    if providers.is_empty() {
        let (prefix, upstream, key) = FREE;
        let headers = BTreeMap::from([("authorization".to_owned(), format!("Bearer {key}"))]);
        return Ok(vec![GatewayRoute { prefix: prefix.into(), upstream: upstream.into(), headers }]);
    }
    providers.iter().map(route).collect()
}

fn route(provider: &Provider) -> Result<GatewayRoute, AgentError> {
    let usual = match provider.kind {
        ProviderKind::OpenAiCompatible => None,
        ProviderKind::OpenAi => Some("https://api.openai.com/v1"),
        ProviderKind::Anthropic => Some("https://api.anthropic.com/v1"),
        ProviderKind::OpenRouter => Some("https://openrouter.ai/api/v1"),
    };
    let upstream = provider.base_url.as_deref().or(usual).ok_or_else(|| {
        AgentError::Refused(format!(
            "The model provider {} has no base_url. Add it to the settings.",
            provider.id
        ))
    })?;
    let header = |key: &String| match provider.kind {
        ProviderKind::Anthropic => ("x-api-key".to_owned(), key.clone()),
        _ => ("authorization".to_owned(), format!("Bearer {key}")),
    };
    Ok(GatewayRoute {
        prefix: provider.id.clone(),
        upstream: upstream.trim_end_matches('/').to_owned(),
        headers: provider.api_key.iter().map(header).collect(),
    })
}

fn entry(provider: &Provider) -> Value {
    let mut entry = json!({
        "name": provider.name,
        "options": {"baseURL": base_url(&provider.id), "apiKey": "{gateway_token}"},
    });
    // For a provider under its usual name OpenCode knows package and models by itself.
    if let Some(package) = package(provider) {
        entry["npm"] = json!(package);
    }
    if provider.models.is_empty() {
        return entry;
    }
    let small =
        provider.small_model.iter().filter(|small| provider.models.iter().all(|model| model.id != **small));
    let mut models: Map<_, _> =
        provider.models.iter().map(|listed| (listed.id.clone(), model(listed))).collect();
    for small in small {
        models.insert(small.clone(), json!({}));
    }
    entry["whitelist"] = models.keys().map(String::as_str).collect();
    entry["models"] = Value::Object(models);
    entry
}

fn package(provider: &Provider) -> Option<&'static str> {
    let (usual_id, package) = match provider.kind {
        ProviderKind::OpenAiCompatible => ("", "@ai-sdk/openai-compatible"),
        ProviderKind::OpenAi => ("openai", "@ai-sdk/openai"),
        ProviderKind::Anthropic => ("anthropic", "@ai-sdk/anthropic"),
        ProviderKind::OpenRouter => ("openrouter", "@openrouter/ai-sdk-provider"),
    };
    (provider.id != usual_id).then_some(package)
}

fn model(model: &ProviderModel) -> Value {
    let mut entry = json!({ "name": model.name, "tool_call": true });
    if model.context > 0 && model.output > 0 {
        entry["limit"] = json!({"context": model.context, "output": model.output});
    }
    entry
}

/// Without a key in the configuration OpenCode shows its public one, and offers only what is free. The gateway wants its
/// token all the same.
fn free() -> Value {
    json!({"options": {"baseURL": base_url(FREE.0), "headers": {"Authorization": "Bearer {gateway_token}"}}})
}

fn base_url(provider: &str) -> String {
    format!("{{gateway}}/{provider}")
}

fn instructions(checkout: &Path) -> String {
    let there = INSTRUCTIONS.into_iter().map(|name| checkout.join(name)).find(|path| path.is_file());
    there.unwrap_or_else(|| checkout.join(INSTRUCTIONS[0])).to_string_lossy().into_owned()
}

/// Rules of an agent stand above those of OpenCode itself, which rules at the top level would not.
fn agents(permissions: Permissions, allowed: &[AllowedAct]) -> Value {
    let mut build = match permissions {
        Permissions::Ask => json!({"edit": "ask", "bash": "ask", "external_directory": "ask"}),
        Permissions::Auto => json!({"edit": "allow", "bash": "allow", "external_directory": "ask"}),
    };
    for act in allowed {
        allow(&mut build, act);
    }
    let read_only = json!({"edit": "deny", "bash": "deny", "external_directory": "ask"});
    // Plan may ask one sub-agent, and that one changes nothing either. OpenCode knows sub-agents by name, not by who
    // asks them, so it never runs a command in Build mode either.
    let mut plan = read_only.clone();
    plan["task"] = json!({"*": "deny", "explore": "allow"});
    json!({
        "build": {"permission": build},
        "general": {"permission": build},
        "explore": {"permission": read_only},
        "plan": {"permission": plan},
    })
}

/// What a person allowed for good. The last pattern that fits counts, and `*` stands before all letters.
fn allow(rules: &mut Value, act: &AllowedAct) {
    let rule = &mut rules[&act.action];
    if !rule.is_object() {
        let usual = if rule.is_null() { json!("ask") } else { rule.take() };
        *rule = json!({ "*": usual });
    }
    rule[&act.pattern] = json!("allow");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(id: &str, kind: ProviderKind) -> Provider {
        Provider {
            id: id.into(),
            name: id.to_uppercase(),
            kind,
            base_url: None,
            api_key: Some("sk-secret".into()),
            models: Vec::new(),
            small_model: None,
        }
    }

    #[test]
    fn what_a_person_allowed_for_good_is_allowed_in_build_and_never_in_plan() {
        let act = |action: &str, pattern: &str| AllowedAct { action: action.into(), pattern: pattern.into() };
        let allowed = [act("bash", "cargo *"), act("bash", "ls *"), act("edit", "*"), act("webfetch", "*")];
        let config = content(&[], Permissions::Ask, &allowed, Path::new("/work"));
        let build = json!({
            "bash": {"*": "ask", "cargo *": "allow", "ls *": "allow"},
            "edit": {"*": "allow"},
            "external_directory": "ask",
            "webfetch": {"*": "allow"},
        });
        assert_eq!(config["agent"]["build"]["permission"], build);
        assert_eq!(config["agent"]["general"]["permission"], build);
        let plan = &config["agent"]["plan"]["permission"];
        assert_eq!((&plan["bash"], &plan["edit"]), (&json!("deny"), &json!("deny")));
    }

    #[test]
    fn the_key_is_in_the_route_and_nowhere_else() {
        let mut own = provider("own", ProviderKind::OpenAiCompatible);
        own.base_url = Some("http://127.0.0.1:4101/v1/".into());
        let providers = [own, provider("anthropic", ProviderKind::Anthropic)];
        let config = content(&providers, Permissions::Ask, &[], Path::new("/work"));
        assert!(!config.to_string().contains("sk-secret"));
        assert_eq!(config["provider"]["own"]["npm"], "@ai-sdk/openai-compatible");
        assert_eq!(config["provider"]["anthropic"]["npm"], Value::Null);
        assert_eq!(config["provider"]["anthropic"]["options"]["baseURL"], "{gateway}/anthropic");
        let routes: Vec<_> = routes(&providers)
            .unwrap()
            .into_iter()
            .map(|route| (route.prefix, route.upstream, route.headers.into_iter().next().unwrap()))
            .collect();
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            routes,
            [
                (
                    "own".into(),
                    "http://127.0.0.1:4101/v1".into(),
                    header("authorization", "Bearer sk-secret")
                ),
                ("anthropic".into(), "https://api.anthropic.com/v1".into(), header("x-api-key", "sk-secret")),
            ]
        );
    }

    #[test]
    fn listed_models_are_the_only_ones() {
        let mut listed = provider("openai", ProviderKind::OpenAi);
        listed.models = vec![ProviderModel { id: "gpt".into(), name: "G".into(), context: 9, output: 3 }];
        listed.small_model = Some("mini".into());
        let config = content(&[listed], Permissions::Ask, &[], Path::new("/work"));
        assert_eq!(config["provider"]["openai"]["whitelist"], json!(["gpt", "mini"]));
        assert_eq!((&config["model"], &config["small_model"]), (&json!("openai/gpt"), &json!("openai/mini")));
    }

    #[test]
    fn without_providers_the_free_ones_are_reached_through_the_gateway() {
        let config = content(&[], Permissions::Ask, &[], Path::new("/work"));
        assert_eq!(config["enabled_providers"], json!(["opencode"]));
        assert_eq!(config["provider"]["opencode"]["options"].get("apiKey"), None);
        assert_eq!(routes(&[]).unwrap()[0].headers["authorization"], "Bearer public");
    }

    #[test]
    fn a_provider_without_an_address_is_refused() {
        let refused = routes(&[provider("own", ProviderKind::OpenAiCompatible)]).unwrap_err();
        assert!(refused.to_string().contains("own has no base_url"), "{refused}");
    }

    #[test]
    fn the_repositorys_instructions_are_read() {
        let checkout = tempfile::tempdir().unwrap();
        let named = || instructions(checkout.path());
        assert!(named().ends_with("/AGENTS.md"));
        std::fs::write(checkout.path().join("CLAUDE.md"), "x").unwrap();
        assert!(named().ends_with("/CLAUDE.md"));
        std::fs::write(checkout.path().join("AGENTS.md"), "x").unwrap();
        assert!(named().ends_with("/AGENTS.md"));
    }
}
