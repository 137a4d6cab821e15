//! First-run set-up: an owner names the app that they registered at GitHub; it is tried out, and kept with its secret sealed.

use slipway_github::{Addresses, App, GitHubError, SignIn};
use slipway_protocol::{ErrorKind, UserId};
use slipway_store::{Store, StoredApp};

use crate::{Accounts, Allow, Error, Vault, clock};

/// What the secret is sealed for: this installation, and nobody in it.
const HOLDER: &str = "slipway";
const KIND: &str = "github-app";

/// What an owner enters.
#[derive(Clone)]
pub struct Registration {
    pub client_id: String,
    pub client_secret: String,
    /// As `SLIPWAY_ALLOW` has it.
    pub allow: String,
}

/// Where GitHub is, and where it sends people back to.
#[derive(Clone, Debug)]
pub struct Surroundings {
    pub addresses: Addresses,
    pub callback: String,
}

impl Surroundings {
    /// Ready to sign people in with this app.
    pub fn accounts(&self, store: Store, vault: Vault, app: &Registration) -> Result<Accounts, Error> {
        let allow = allowed(&app.allow)?;
        let sign_in = self.sign_in(app, &allow)?;
        Ok(Accounts::new(store, vault, self.addresses.clone(), sign_in, allow))
    }

    fn sign_in(&self, app: &Registration, allow: &Allow) -> Result<SignIn, Error> {
        let scopes = ["repo"].into_iter().chain(allow.scope());
        let app = App {
            client_id: app.client_id.clone(),
            client_secret: app.client_secret.clone(),
            callback: self.callback.clone(),
            scopes: scopes.map(str::to_owned).collect(),
        };
        SignIn::new(&self.addresses, app).map_err(Error::invalid)
    }

    /// Really asks GitHub whether it knows the app by this secret.
    pub async fn try_out(&self, app: &Registration) -> Result<(), Error> {
        let allow = allowed(&app.allow)?;
        if app.client_id.is_empty() || app.client_secret.is_empty() {
            return Err(Error::invalid("Enter both the client ID and the client secret."));
        }
        match self.sign_in(app, &allow)?.try_out().await {
            Ok(()) => Ok(()),
            Err(GitHubError::Refused(why)) if why == "redirect_uri_mismatch" => Err(Error::invalid(format!(
                "The app at GitHub has another callback address. Set it to {} there, and try again.",
                self.callback
            ))),
            Err(GitHubError::Refused(_) | GitHubError::NotFound) => Err(Error::invalid(
                "GitHub does not know this client ID with this secret. Copy both again from the app's page.",
            )),
            Err(error) => Err(Error::new(ErrorKind::Upstream, error.to_string())),
        }
    }
}

/// Keeps an app that was tried out.
pub async fn keep_registration(store: &Store, vault: &Vault, app: &Registration) -> Result<(), Error> {
    let stored = StoredApp {
        client_id: app.client_id.clone(),
        sealed_secret: vault.seal(&UserId::new(HOLDER), KIND, app.client_secret.as_bytes()),
        allow: app.allow.clone(),
    };
    Ok(store.put_github_app(&stored, clock::now()).await?)
}

/// The app that was set up earlier; none also where its secret cannot be opened any more.
pub async fn kept_registration(store: &Store, vault: &Vault) -> Result<Option<Registration>, Error> {
    let Some(stored) = store.github_app().await? else { return Ok(None) };
    let opened = vault.open(&UserId::new(HOLDER), KIND, &stored.sealed_secret).ok();
    let Some(client_secret) = opened.and_then(|secret| String::from_utf8(secret).ok()) else {
        tracing::warn!("the secret of the app at GitHub was sealed with a key that is gone; set it up again");
        return Ok(None);
    };
    Ok(Some(Registration { client_id: stored.client_id, client_secret, allow: stored.allow }))
}

/// Seals the secret anew where an older key sealed it; whether it did.
pub(crate) async fn rotate(store: &Store, vault: &Vault) -> Result<bool, Error> {
    let stale = store.github_app().await?.is_some_and(|stored| !vault.is_fresh(&stored.sealed_secret));
    if let (true, Some(app)) = (stale, kept_registration(store, vault).await?) {
        keep_registration(store, vault, &app).await?;
        return Ok(true);
    }
    Ok(false)
}

fn allowed(text: &str) -> Result<Allow, Error> {
    Allow::parse(text).ok_or_else(|| {
        Error::invalid("Say who may sign in: everyone, logins with commas between them, or one organisation.")
    })
}
