//! Model providers: a JSON file, and the keys that many machines have in their environment.

use std::{collections::BTreeSet, path::Path};

use serde::Deserialize;
use slipway_agent::{Provider, ProviderKind, ProviderModel};

use crate::config::{Origin, Unusable};

/// Keys found here become providers by themselves.
const USUAL: [(&str, &str, &str, ProviderKind); 3] = [
    ("ANTHROPIC_API_KEY", "anthropic", "Anthropic", ProviderKind::Anthropic),
    ("OPENAI_API_KEY", "openai", "OpenAI", ProviderKind::OpenAi),
    ("OPENROUTER_API_KEY", "openrouter", "OpenRouter", ProviderKind::OpenRouter),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: Option<String>,
    kind: Kind,
    base_url: Option<String>,
    api_key: Option<String>,
    #[serde(default)]
    models: Vec<Model>,
    small_model: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    id: String,
    name: Option<String>,
    #[serde(default)]
    context: u64,
    #[serde(default)]
    output: u64,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[serde(rename = "openai-compatible")]
    OpenAiCompatible,
    OpenAi,
    Anthropic,
    OpenRouter,
}

/// The file's providers, then those of the usual variables that the file does not name.
pub fn providers(
    file: Option<&Path>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Vec<Provider>, Unusable> {
    let mut providers = Vec::new();
    if let Some(path) = file.filter(|path| !path.as_os_str().is_empty()) {
        let problem = |what: String| Unusable(format!("SLIPWAY_PROVIDERS is {}: {what}.", path.display()));
        let text =
            std::fs::read_to_string(path).map_err(|error| problem(format!("it cannot be read, {error}")))?;
        providers = read(&text).map_err(problem)?;
    }
    for (name, id, label, kind) in USUAL {
        let key = variable(name).filter(|key| !key.is_empty());
        let known = providers.iter().any(|provider| provider.id == id);
        if let (Some(key), false) = (key, known) {
            providers.push(Provider {
                id: id.into(),
                name: label.into(),
                kind,
                base_url: None,
                api_key: Some(key),
                models: Vec::new(),
                small_model: None,
            });
        }
    }
    Ok(providers)
}

fn read(text: &str) -> Result<Vec<Provider>, String> {
    let entries: Vec<Entry> = serde_json::from_str(text).map_err(|error| {
        format!("line {}, column {}: {}", error.line(), error.column(), without_values(&error.to_string()))
    })?;
    let mut ids = BTreeSet::new();
    for entry in &entries {
        let id = &entry.id;
        if id.is_empty() || id.contains('/') || !ids.insert(id.clone()) {
            return Err(format!("the id \"{id}\" is empty, has a slash, or is there twice"));
        }
        if entry.kind == Kind::OpenAiCompatible && (entry.base_url.is_none() || entry.models.is_empty()) {
            return Err(format!("\"{id}\" is openai-compatible, so it needs a base_url and models"));
        }
        if entry.base_url.as_deref().is_some_and(|url| !is_address(url)) {
            return Err(format!("the base_url of \"{id}\" is not an http or https address"));
        }
        if let Some(small) = entry.small_model.as_ref().filter(|_| !entry.models.is_empty())
            && !entry.models.iter().any(|model| model.id == *small)
        {
            return Err(format!("the small_model of \"{id}\" is not among its models"));
        }
    }
    Ok(entries.into_iter().map(Provider::from).collect())
}

/// What the parser says, without what it found: that may be a key.
fn without_values(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or_default();
    match message.split_once(", expected ") {
        Some((found, expected)) if found.starts_with("invalid") => format!("expected {expected}"),
        _ => message.to_owned(),
    }
}

fn is_address(url: &str) -> bool {
    let origin = url.split_once("://").map(|(scheme, rest)| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        format!("{scheme}://{host}")
    });
    origin.is_some_and(|origin| Origin::read(&origin).is_some())
}

impl From<Entry> for Provider {
    fn from(entry: Entry) -> Self {
        Self {
            name: entry.name.unwrap_or_else(|| entry.id.clone()),
            id: entry.id,
            kind: match entry.kind {
                Kind::OpenAiCompatible => ProviderKind::OpenAiCompatible,
                Kind::OpenAi => ProviderKind::OpenAi,
                Kind::Anthropic => ProviderKind::Anthropic,
                Kind::OpenRouter => ProviderKind::OpenRouter,
            },
            base_url: entry.base_url.map(|url| url.trim_end_matches('/').to_owned()),
            api_key: entry.api_key.filter(|key| !key.is_empty()),
            models: entry.models.into_iter().map(ProviderModel::from).collect(),
            small_model: entry.small_model,
        }
    }
}

impl From<Model> for ProviderModel {
    fn from(model: Model) -> Self {
        let name = model.name.unwrap_or_else(|| model.id.clone());
        Self { id: model.id, name, context: model.context, output: model.output }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_and_the_usual_variables() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("providers.json");
        let text = r#"[{"id":"scripted","kind":"openai-compatible","base_url":"http://127.0.0.1:4101/v1","api_key":"k",
            "models":[{"id":"fake-1","name":"Fake One","context":128000,"output":8192}],"small_model":"fake-1"},
            {"id":"openai","kind":"openai","api_key":"from the file"}]"#;
        std::fs::write(&file, text).unwrap();
        let variable = |name: &str| (name != "ANTHROPIC_API_KEY").then(|| "from outside".to_owned());
        let read = providers(Some(&file), variable).unwrap();
        let keys: Vec<_> = read.iter().map(|p| (p.id.as_str(), p.api_key.as_deref().unwrap_or(""))).collect();
        assert_eq!(keys, [("scripted", "k"), ("openai", "from the file"), ("openrouter", "from outside")]);
        assert_eq!(read[0].models[0].context, 128_000);
        assert!(!format!("{read:?}").contains("from"), "keys never show");
    }

    #[test]
    fn a_wrong_file_gets_a_sentence_without_its_values() {
        let said = |text: &str| read(text).map(|_| ()).unwrap_err();
        assert_eq!(said("[{"), "line 1, column 2: EOF while parsing an object");
        assert_eq!(said(r#"[{"kind":"openai"}]"#), "line 1, column 18: missing field `id`");
        assert_eq!(
            said(r#"[{"id":"a","kind":"openai","models":"sk-secret"}]"#),
            "line 1, column 47: expected a sequence"
        );
        assert_eq!(
            said(r#"[{"id":"a/b","kind":"openai"}]"#),
            "the id \"a/b\" is empty, has a slash, or is there twice"
        );
        assert_eq!(
            said(r#"[{"id":"a","kind":"openai-compatible","models":[]}]"#),
            "\"a\" is openai-compatible, so it needs a base_url and models"
        );
        assert_eq!(
            said(r#"[{"id":"a","kind":"openai","base_url":"localhost"}]"#),
            "the base_url of \"a\" is not an http or https address"
        );
        let missing = providers(Some(Path::new("/nowhere.json")), |_| None).unwrap_err().to_string();
        assert!(missing.starts_with("SLIPWAY_PROVIDERS is /nowhere.json: it cannot be read"), "{missing}");
    }
}
