//! Signing in with GitHub: the app that the owner has registered, and who may use the installation.

use slipway_engine::Allow;
use slipway_github::Addresses;

use crate::{cli::Settings, config::Unusable};

#[derive(Clone)]
pub struct GitHub {
    /// `SLIPWAY_GITHUB_CLIENT_ID`
    pub client_id: String,
    /// `SLIPWAY_GITHUB_CLIENT_SECRET`
    pub client_secret: String,
    /// `SLIPWAY_ALLOW`
    pub allow: Allow,
    /// `SLIPWAY_GITHUB_WEB_URL`, `_API_URL`, `_GIT_URL`
    pub addresses: Addresses,
}

/// Never shows the secret.
impl std::fmt::Debug for GitHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitHub")
            .field("client_id", &self.client_id)
            .field("allow", &self.allow)
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

impl GitHub {
    /// None: no app is named.
    pub(super) fn new(settings: &Settings) -> Result<Option<Self>, Unusable> {
        let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        let Some(client_id) = given(&settings.github_client_id) else { return Ok(None) };
        let Some(client_secret) = given(&settings.github_client_secret) else {
            return Err(Unusable(
                "SLIPWAY_GITHUB_CLIENT_ID is set and SLIPWAY_GITHUB_CLIENT_SECRET is not. Both come from the app's page \
                 at GitHub."
                    .into(),
            ));
        };
        let allow = settings.allow.as_deref().unwrap_or("everyone");
        let allow = Allow::parse(allow).ok_or_else(|| {
            Unusable(format!(
                "SLIPWAY_ALLOW is {allow}, which names nobody. Write everyone, LOGIN,LOGIN or org:NAME."
            ))
        })?;
        Ok(Some(Self { client_id, client_secret, allow, addresses: addresses(settings) }))
    }
}

pub(super) fn addresses(settings: &Settings) -> Addresses {
    let web = address(&settings.github_web_url);
    let git = settings.github_git_url.as_deref().filter(|url| !url.is_empty());
    let git = git.map_or_else(|| web.clone(), address);
    Addresses { api: address(&settings.github_api_url), web, git }
}

/// Names with commas between them.
pub(super) fn logins(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|login| !login.is_empty()).map(str::to_owned).collect()
}

fn address(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}
