//! People who sign in with GitHub: who may, who they are, and the tokens that GitHub gave for them.
//!
//! A token is sealed before it is stored. One that runs out is renewed ahead of time, by one request for all who wait for it, since
//! GitHub takes the old one away with the first.

mod allow;

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use slipway_github::{Account, Addresses, Api, Begun, GitHubError, SignIn, Token, Tokens};
use slipway_protocol::{Deed, ErrorKind, Person, UserId};
use slipway_store::{Credential, Remembered, Store};

pub use allow::Allow;

use crate::{Error, clock, setup, vault::Vault};

const KIND: &str = "github";

/// A token is renewed when less than this is left of it, in milliseconds.
const AHEAD: i64 = 5 * 60 * 1000;

pub struct Accounts {
    store: Store,
    vault: Vault,
    addresses: Addresses,
    sign_in: SignIn,
    allow: Allow,
    renewals: Mutex<HashMap<UserId, Arc<tokio::sync::Mutex<()>>>>,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    access: Token,
    /// Milliseconds since 1970; none: it holds until it is revoked.
    expires_at: Option<i64>,
    refresh: Option<Token>,
}

impl Kept {
    fn of(tokens: Tokens, now: i64) -> Self {
        let expires_at = tokens.expires_in.map(|seconds| now + i64::try_from(seconds).unwrap_or(0) * 1000);
        Self { access: tokens.access, expires_at, refresh: tokens.refresh }
    }

    fn is_fresh(&self, now: i64) -> bool {
        self.expires_at.is_none_or(|at| at - now > AHEAD)
    }
}

impl Accounts {
    pub fn new(store: Store, vault: Vault, addresses: Addresses, sign_in: SignIn, allow: Allow) -> Self {
        Self { store, vault, addresses, sign_in, allow, renewals: Mutex::default() }
    }

    /// The app's public name, and who may sign in, as the setting has it.
    pub fn facts(&self) -> (String, String) {
        (self.sign_in.client_id().to_owned(), self.allow.to_string())
    }

    /// Where a person is sent, and what their browser brings back with it.
    pub fn begin(&self) -> Begun {
        self.sign_in.begin()
    }

    /// Trades what the browser brought back for a person. Whoever may not use this installation leaves nothing behind.
    /// `from` is where their browser is.
    pub async fn finish(
        &self,
        code: String,
        verifier: String,
        from: Option<IpAddr>,
    ) -> Result<Person, Error> {
        let now = clock::now();
        let kept = Kept::of(self.sign_in.finish(code, verifier).await.map_err(of_sign_in)?, now);
        let api = Api::new(&self.addresses, &kept.access)?;
        let account = api.me().await?;
        if !self.allow.lets_in(&account, &api).await? {
            tracing::info!(
                login = account.login,
                "somebody who may not use this installation tried to sign in"
            );
            let refused = Remembered { who: None, from, deed: Deed::SignInRefused, subject: &account.login };
            self.store.audit(refused, now).await?;
            return Err(Error::new(
                ErrorKind::Forbidden,
                format!(
                    "{} may not use this installation of Slipway. Ask its owner to let you in.",
                    account.login
                ),
            ));
        }
        let id = id_of(&account);
        let person = self.store.ensure_user(&id, &account.login, now).await?;
        self.keep(&id, &kept).await?;
        self.store.claim_ownership(&id, now).await?;
        let signed_in = Remembered { who: Some(&id), from, deed: Deed::SignedIn, subject: KIND };
        self.store.audit(signed_in, now).await?;
        Ok(person)
    }

    /// The API as this person. [`ErrorKind::SignedOut`]: they must sign in again.
    pub async fn api(&self, who: &Person) -> Result<Api, Error> {
        Ok(Api::new(&self.addresses, &self.token(who).await?)?)
    }

    /// Where a person chooses what Slipway may see: the installation of the GitHub App, or the grant of the OAuth app.
    pub(crate) fn choosing_address(&self, app_slug: Option<&str>) -> String {
        let web = &self.addresses.web;
        match app_slug {
            Some(slug) => format!("{web}/apps/{slug}/installations/new"),
            None => format!("{web}/settings/connections/applications/{}", self.sign_in.client_id()),
        }
    }

    /// Where a repository is fetched from.
    pub(crate) fn git_address(&self, full_name: &str) -> String {
        format!("{}/{full_name}.git", self.addresses.git)
    }

    /// A token that holds for some minutes.
    pub async fn token(&self, who: &Person) -> Result<Token, Error> {
        let kept = self.kept(&who.id).await?;
        if kept.is_fresh(clock::now()) {
            return Ok(kept.access);
        }
        let lock = {
            let mut renewals = self.renewals.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(renewals.entry(who.id.clone()).or_default())
        };
        let _alone = lock.lock().await;
        let kept = self.kept(&who.id).await?;
        let now = clock::now();
        if kept.is_fresh(now) {
            return Ok(kept.access);
        }
        let Some(refresh) = &kept.refresh else { return Err(signed_out()) };
        match self.sign_in.renew(refresh).await {
            Ok(tokens) => {
                let renewed = Kept::of(tokens, now);
                self.keep(&who.id, &renewed).await?;
                Ok(renewed.access)
            }
            Err(GitHubError::SignedOut) => {
                self.forget(&who.id).await?;
                Err(signed_out())
            }
            // The old one may hold for a little longer.
            Err(_) if kept.expires_at.is_some_and(|at| at > now) => Ok(kept.access),
            Err(error) => Err(error.into()),
        }
    }

    /// The token was revoked, or nobody needs it any more.
    pub async fn forget(&self, id: &UserId) -> Result<(), Error> {
        Ok(self.store.delete_credential(id, KIND).await?)
    }

    /// Seals everything anew that was sealed with an older key; returns how many there were.
    pub async fn rotate(store: &Store, vault: &Vault) -> Result<usize, Error> {
        let mut rotated = 0;
        for held in store.credentials().await? {
            if vault.is_fresh(&held.sealed) {
                continue;
            }
            let Ok(secret) = vault.open(&held.user, &held.kind, &held.sealed) else {
                tracing::warn!(user = %held.user, "a credential cannot be opened with any key; its person signs in again");
                continue;
            };
            let sealed = vault.seal(&held.user, &held.kind, &secret);
            store.put_credential(&Credential { sealed, ..held }, clock::now()).await?;
            rotated += 1;
        }
        let rotated = rotated + usize::from(setup::rotate(store, vault).await?);
        let changed = Remembered { who: None, from: None, deed: Deed::ChangedKey, subject: "secret-key" };
        store.audit(changed, clock::now()).await?;
        Ok(rotated)
    }

    async fn kept(&self, id: &UserId) -> Result<Kept, Error> {
        let sealed = self.store.credential(id, KIND).await?.ok_or_else(signed_out)?;
        // Sealed with a key that is gone: to the person it is the same as none.
        let secret = self.vault.open(id, KIND, &sealed).map_err(|_| signed_out())?;
        serde_json::from_slice(&secret).map_err(|_| signed_out())
    }

    async fn keep(&self, id: &UserId, kept: &Kept) -> Result<(), Error> {
        let secret = serde_json::to_vec(kept).expect("tokens are plain data");
        let sealed = self.vault.seal(id, KIND, &secret);
        let credential = Credential { user: id.clone(), kind: KIND.into(), sealed };
        Ok(self.store.put_credential(&credential, clock::now()).await?)
    }
}

/// By the number that never changes: a login can be given to somebody else.
fn id_of(account: &Account) -> UserId {
    UserId::new(format!("github-{}", account.id))
}

fn signed_out() -> Error {
    GitHubError::SignedOut.into()
}

/// A code that GitHub does not take was used before, or is too old.
fn of_sign_in(error: GitHubError) -> Error {
    match error {
        GitHubError::Refused(_) => {
            Error::new(ErrorKind::Forbidden, "GitHub did not confirm this sign-in. Begin again.")
        }
        other => other.into(),
    }
}

impl From<GitHubError> for Error {
    fn from(error: GitHubError) -> Self {
        let kind = match error {
            GitHubError::SignedOut => ErrorKind::SignedOut,
            GitHubError::Forbidden(_) => ErrorKind::Forbidden,
            GitHubError::NotFound => ErrorKind::NotFound,
            GitHubError::RateLimited { .. } | GitHubError::SlowDown { .. } => ErrorKind::Busy,
            GitHubError::Refused(_) => ErrorKind::Conflict,
            GitHubError::Unreachable(_) => ErrorKind::Upstream,
        };
        Self::new(kind, error.to_string())
    }
}
