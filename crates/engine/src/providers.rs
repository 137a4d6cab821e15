//! Model providers: those of the installation's settings, and those that the owner adds while it runs.
//!
//! Invariant: a key is sealed before it is stored, and leaves this module only towards an agent's keeper or the provider itself.
//! Invariant: nobody but the owner says where keys and requests go.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use slipway_agent::{Provider, ProviderModel};
use slipway_protocol::{Deed, ErrorKind, NewProvider, Person, ProviderInfo, ProviderKind};
use slipway_store::{Credential, Store};

use crate::{Engine, Error, Settings, Vault, clock};

/// Before the id in the kind of a credential.
const PREFIX: &str = "provider:";

const PATIENCE: Duration = Duration::from_secs(15);

/// Models of an address of one's own that are offered.
const MOST_MODELS: usize = 60;

pub(crate) struct Providers {
    store: Store,
    vault: Arc<Vault>,
    configured: Vec<Provider>,
    added: RwLock<Vec<Provider>>,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    name: String,
    kind: ProviderKind,
    base_url: Option<String>,
    api_key: String,
    models: Vec<String>,
}

impl Providers {
    /// Reads those that were added. One that this server's keys don't open is left out, and said in the log.
    pub(crate) async fn load(store: Store, vault: Arc<Vault>, settings: &Settings) -> Result<Self, Error> {
        let mut added = Vec::new();
        for Credential { user, kind, sealed } in store.credentials().await? {
            let Some(id) = kind.strip_prefix(PREFIX) else { continue };
            let opened = vault.open(&user, &kind, &sealed).ok();
            if let Some(kept) = opened.and_then(|json| serde_json::from_slice::<Kept>(&json).ok()) {
                added.push(provider(id, kept));
            } else {
                tracing::warn!(provider = id, "the key of a provider cannot be opened; add it again");
            }
        }
        Ok(Self { store, vault, configured: settings.providers.clone(), added: RwLock::new(added) })
    }

    /// Those of the settings first; what is added under the same name stands behind.
    pub(crate) fn all(&self) -> Vec<Provider> {
        let added = self.added.read().unwrap_or_else(PoisonError::into_inner);
        let new = added.iter().filter(|added| self.configured.iter().all(|held| held.id != added.id));
        self.configured.iter().chain(new).cloned().collect()
    }

    fn infos(&self) -> Vec<ProviderInfo> {
        let info = |provider: Provider| ProviderInfo {
            added_here: self.configured.iter().all(|held| held.id != provider.id),
            kind: kind_of(provider.kind),
            base_url: provider.base_url,
            name: provider.name,
            id: provider.id,
        };
        self.all().into_iter().map(info).collect()
    }

    fn find(&self, id: &str) -> Option<Provider> {
        self.all().into_iter().find(|provider| provider.id == id)
    }

    async fn add(&self, who: &Person, id: &str, kept: Kept) -> Result<(), Error> {
        let kind = format!("{PREFIX}{id}");
        let json = serde_json::to_vec(&kept).map_err(|_| Error::invalid("This provider cannot be kept."))?;
        let sealed = self.vault.seal(&who.id, &kind, &json);
        self.store.put_credential(&Credential { user: who.id.clone(), kind, sealed }, clock::now()).await?;
        let mut added = self.added.write().unwrap_or_else(PoisonError::into_inner);
        added.retain(|held| held.id != id);
        added.push(provider(id, kept));
        Ok(())
    }

    /// Whoever of the owners added it.
    async fn remove(&self, id: &str) -> Result<(), Error> {
        let kind = format!("{PREFIX}{id}");
        for held in self.store.credentials().await?.into_iter().filter(|held| held.kind == kind) {
            self.store.delete_credential(&held.user, &kind).await?;
        }
        self.added.write().unwrap_or_else(PoisonError::into_inner).retain(|held| held.id != id);
        Ok(())
    }
}

impl Engine {
    pub fn providers(&self) -> Vec<ProviderInfo> {
        self.providers.infos()
    }

    /// Asks the provider whether it takes the key, and keeps it only then. Running agents get it with their next start.
    pub async fn add_provider(&self, who: &Person, new: NewProvider) -> Result<(), Error> {
        self.must_own(who).await?;
        let (id, mut kept) = checked(new)?;
        if self.settings.providers.iter().any(|configured| configured.id == id) {
            let sentence = format!("{} is set up in the installation's settings already.", kept.name);
            return Err(Error::new(ErrorKind::Conflict, sentence));
        }
        let offered = ask(kept.kind, kept.base_url.as_deref(), &kept.api_key).await?;
        if kept.kind == ProviderKind::OpenAiCompatible {
            if offered.is_empty() {
                return Err(Error::invalid("This address offers no models."));
            }
            kept.models = offered;
        }
        self.providers.add(who, &id, kept).await?;
        self.models.forget().await;
        self.remember(Some(&who.id), Deed::AddedProvider, &id).await
    }

    /// Ok: the provider takes the key that is kept.
    pub async fn test_provider(&self, who: &Person, id: &str) -> Result<(), Error> {
        self.must_own(who).await?;
        let provider = self.providers.find(id).ok_or_else(no_such_provider)?;
        let key = provider.api_key.unwrap_or_default();
        ask(kind_of(provider.kind), provider.base_url.as_deref(), &key).await.map(|_| ())
    }

    pub async fn remove_provider(&self, who: &Person, id: &str) -> Result<(), Error> {
        self.must_own(who).await?;
        if self.settings.providers.iter().any(|configured| configured.id == id) {
            return Err(Error::invalid(
                "This provider is part of the installation's settings. Remove it there.",
            ));
        }
        self.providers.find(id).ok_or_else(no_such_provider)?;
        self.providers.remove(id).await?;
        self.models.forget().await;
        self.remember(Some(&who.id), Deed::RemovedProvider, id).await
    }

    async fn must_own(&self, who: &Person) -> Result<(), Error> {
        let owns = self.is_owner(who).await?;
        let sentence = "Only the owner of this installation adds and removes providers.";
        if owns { Ok(()) } else { Err(Error::new(ErrorKind::Forbidden, sentence)) }
    }
}

fn no_such_provider() -> Error {
    Error::new(ErrorKind::NotFound, "There is no such provider any more.")
}

/// The id it is known by, and what is kept of it.
fn checked(new: NewProvider) -> Result<(String, Kept), Error> {
    let NewProvider { kind, name, base_url, api_key } = new;
    let (name, base_url, api_key) = (name.trim(), base_url.trim().trim_end_matches('/'), api_key.trim());
    let own = kind == ProviderKind::OpenAiCompatible;
    if api_key.is_empty() && !own {
        return Err(Error::invalid("The key is missing."));
    }
    if api_key.len() > 1_000
        || name.len() > 60
        || base_url.len() > 400
        || api_key.chars().any(char::is_control)
    {
        return Err(Error::invalid(
            "Name, address or key is too long, or holds signs that don't belong there.",
        ));
    }
    if own && !(base_url.starts_with("https://") || base_url.starts_with("http://")) {
        return Err(Error::invalid(
            "The address begins with https:// or http://, such as http://127.0.0.1:11434/v1.",
        ));
    }
    let id = if own { slug(name) } else { kind.slug().to_owned() };
    if id.is_empty() || (own && ProviderKind::from_slug(&id).is_some()) {
        return Err(Error::invalid("Give it a name of its own, of letters and digits."));
    }
    let name = if name.is_empty() { kind.label() } else { name }.to_owned();
    let base_url = own.then(|| base_url.to_owned());
    Ok((id, Kept { name, kind, base_url, api_key: api_key.to_owned(), models: Vec::new() }))
}

fn slug(name: &str) -> String {
    let plain = |sign: char| if sign.is_ascii_alphanumeric() { sign.to_ascii_lowercase() } else { '-' };
    name.chars().map(plain).collect::<String>().trim_matches('-').to_owned()
}

/// The models that the provider tells whoever has this key.
async fn ask(kind: ProviderKind, base_url: Option<&str>, key: &str) -> Result<Vec<String>, Error> {
    let (usual, path) = match kind {
        ProviderKind::Anthropic => ("https://api.anthropic.com/v1", "models"),
        ProviderKind::OpenAi => ("https://api.openai.com/v1", "models"),
        // Its models are told to everybody; the key is not.
        ProviderKind::OpenRouter => ("https://openrouter.ai/api/v1", "key"),
        ProviderKind::OpenAiCompatible => ("", "models"),
    };
    let at = base_url.unwrap_or(usual).trim_end_matches('/');
    let headers: BTreeMap<&str, String> = match kind {
        ProviderKind::Anthropic => {
            [("x-api-key", key.into()), ("anthropic-version", "2023-06-01".into())].into()
        }
        _ if key.is_empty() => BTreeMap::new(),
        _ => [("authorization", format!("Bearer {key}"))].into(),
    };
    let unreachable =
        |_| Error::new(ErrorKind::Upstream, format!("{at} does not answer. Check the address."));
    rustls::crypto::ring::default_provider().install_default().ok();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE);
    let mut request = client.build().map_err(unreachable)?.get(format!("{at}/{path}"));
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let answer = request.send().await.map_err(unreachable)?;
    match answer.status().as_u16() {
        200..300 => {
            let said: Value = answer.json().await.unwrap_or_default();
            let ids = said["data"].as_array().into_iter().flatten().filter_map(|model| model["id"].as_str());
            Ok(ids.take(MOST_MODELS).map(str::to_owned).collect())
        }
        401 | 403 => Err(Error::invalid("The provider does not take this key.")),
        other => {
            let sentence =
                format!("The provider answered {other}. Check address and key, or try again later.");
            Err(Error::new(ErrorKind::Upstream, sentence))
        }
    }
}

fn provider(id: &str, kept: Kept) -> Provider {
    let model = |id: String| ProviderModel { name: id.clone(), id, context: 0, output: 0 };
    Provider {
        id: id.to_owned(),
        name: kept.name,
        kind: match kept.kind {
            ProviderKind::Anthropic => slipway_agent::ProviderKind::Anthropic,
            ProviderKind::OpenAi => slipway_agent::ProviderKind::OpenAi,
            ProviderKind::OpenRouter => slipway_agent::ProviderKind::OpenRouter,
            ProviderKind::OpenAiCompatible => slipway_agent::ProviderKind::OpenAiCompatible,
        },
        base_url: kept.base_url,
        api_key: Some(kept.api_key).filter(|key| !key.is_empty()),
        models: kept.models.into_iter().map(model).collect(),
        small_model: None,
    }
}

fn kind_of(kind: slipway_agent::ProviderKind) -> ProviderKind {
    match kind {
        slipway_agent::ProviderKind::Anthropic => ProviderKind::Anthropic,
        slipway_agent::ProviderKind::OpenAi => ProviderKind::OpenAi,
        slipway_agent::ProviderKind::OpenRouter => ProviderKind::OpenRouter,
        slipway_agent::ProviderKind::OpenAiCompatible => ProviderKind::OpenAiCompatible,
    }
}

#[cfg(test)]
mod tests {
    use slipway_protocol::{NewProvider, ProviderKind};

    use super::checked;

    fn new(kind: ProviderKind, name: &str, base_url: &str, api_key: &str) -> NewProvider {
        NewProvider { kind, name: name.into(), base_url: base_url.into(), api_key: api_key.into() }
    }

    #[test]
    fn a_provider_is_known_by_its_kind_or_by_a_name_of_its_own() {
        let (id, kept) = checked(new(ProviderKind::Anthropic, "", "https://evil.example", " sk-1 ")).unwrap();
        assert_eq!(
            (id.as_str(), kept.name.as_str(), kept.api_key.as_str()),
            ("anthropic", "Anthropic", "sk-1")
        );
        assert_eq!(kept.base_url, None, "its key goes to its own address only");
        let own = new(ProviderKind::OpenAiCompatible, "My Box", "http://127.0.0.1:11434/v1/", "");
        let (id, kept) = checked(own).unwrap();
        assert_eq!((id.as_str(), kept.base_url.as_deref()), ("my-box", Some("http://127.0.0.1:11434/v1")));
    }

    #[test]
    fn what_cannot_be_a_provider_gets_a_sentence() {
        let refused = |new| checked(new).map(|_| ()).unwrap_err().sentence;
        assert_eq!(refused(new(ProviderKind::OpenAi, "", "", " ")), "The key is missing.");
        let own = |name, at| new(ProviderKind::OpenAiCompatible, name, at, "k");
        assert!(refused(own("Box", "127.0.0.1")).starts_with("The address begins with https://"));
        for name in ["", "!!", "OpenAI"] {
            assert!(refused(own(name, "http://x/v1")).starts_with("Give it a name of its own"), "{name}");
        }
    }

    #[test]
    fn a_key_is_in_no_debug_output() {
        let shown = format!("{:?}", new(ProviderKind::OpenAi, "", "", "sk-secret"));
        assert!(!shown.contains("sk-secret"), "{shown}");
    }
}
