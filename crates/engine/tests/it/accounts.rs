//! People who sign in with GitHub, and what becomes of their tokens.

use std::sync::Arc;

use slipway_engine::{Accounts, Allow, Vault};
use slipway_github::{Addresses, App, SignIn};
use slipway_protocol::{ErrorKind, Person};
use slipway_store::Store;
use slipway_test_support::github::{CLIENT_ID, CLIENT_SECRET, GitHub};
use tempfile::TempDir;

struct Stage {
    github: GitHub,
    store: Store,
    accounts: Arc<Accounts>,
    _folder: TempDir,
}

impl Stage {
    async fn set() -> Self {
        let github = GitHub::start().await.unwrap();
        github.add_person("ada");
        github.add_person("bob");
        let folder = tempfile::tempdir().unwrap();
        let store =
            Store::open(&format!("sqlite://{}", folder.path().join("slipway.db").display())).await.unwrap();
        let accounts = Arc::new(accounts(&github, &store, &[1], Allow::Logins(vec!["ada".into()])));
        Self { github, store, accounts, _folder: folder }
    }

    async fn sign_in(&self, login: &str) -> Result<Person, slipway_engine::Error> {
        let begun = self.accounts.begin();
        let code = self.github.agree(&begun.address, login).code.unwrap();
        self.accounts.finish(code, begun.verifier, None).await
    }
}

fn vault(keys: &[u8]) -> Vault {
    Vault::new(&keys.iter().map(|key| [*key; 32]).collect::<Vec<_>>()).unwrap()
}

pub(crate) fn accounts(github: &GitHub, store: &Store, keys: &[u8], allow: Allow) -> Accounts {
    let addresses = Addresses { web: github.url(), api: github.url(), git: github.url() };
    let app = App {
        client_id: CLIENT_ID.into(),
        client_secret: CLIENT_SECRET.into(),
        callback: "http://127.0.0.1:3000/auth/github/callback".into(),
        scopes: vec!["repo".into()],
    };
    let sign_in = SignIn::new(&addresses, app).unwrap();
    Accounts::new(store.clone(), vault(keys), addresses, sign_in, allow)
}

#[tokio::test]
async fn who_is_not_named_leaves_nothing_behind() {
    let stage = Stage::set().await;
    let refused = stage.sign_in("bob").await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Forbidden);
    assert_eq!(
        refused.sentence,
        "bob may not use this installation of Slipway. Ask its owner to let you in."
    );
    assert_eq!(stage.store.credentials().await.unwrap(), []);
    let ada = stage.sign_in("ada").await.unwrap();
    assert_eq!((ada.id.as_str(), ada.name.as_str()), ("github-1000", "ada"));
    assert_eq!(stage.accounts.api(&ada).await.unwrap().me().await.unwrap().login, "ada");
}

#[tokio::test]
async fn a_token_that_runs_out_is_renewed_once_for_all_who_wait() {
    let stage = Stage::set().await;
    // Less than is wanted of it: each use would renew it.
    stage.github.expire_after(60);
    let ada = stage.sign_in("ada").await.unwrap();
    stage.github.expire_after(28_800);
    let asking = (0..20).map(|_| {
        let (accounts, ada) = (Arc::clone(&stage.accounts), ada.clone());
        tokio::spawn(async move { accounts.token(&ada).await.unwrap() })
    });
    let tokens = futures::future::join_all(asking.collect::<Vec<_>>()).await;
    let first = tokens[0].as_ref().unwrap();
    assert!(tokens.iter().all(|token| token.as_ref().unwrap() == first));
    assert_eq!(stage.github.renewals(), 1);
    assert_eq!(stage.accounts.api(&ada).await.unwrap().me().await.unwrap().login, "ada");
}

#[tokio::test]
async fn who_took_the_rights_away_signs_in_again() {
    let stage = Stage::set().await;
    stage.github.expire_after(60);
    let ada = stage.sign_in("ada").await.unwrap();
    stage.github.revoke("ada");
    let refused = stage.accounts.token(&ada).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::SignedOut);
    assert_eq!(stage.store.credentials().await.unwrap(), [], "what is worth nothing is not kept");
    stage.sign_in("ada").await.unwrap();
}

#[tokio::test]
async fn after_a_rotation_only_the_new_key_opens() {
    let stage = Stage::set().await;
    let ada = stage.sign_in("ada").await.unwrap();
    assert_eq!(Accounts::rotate(&stage.store, &vault(&[2, 1])).await.unwrap(), 1);
    assert_eq!(Accounts::rotate(&stage.store, &vault(&[2, 1])).await.unwrap(), 0, "nothing is left to do");
    let allow = || Allow::Everyone;
    assert!(accounts(&stage.github, &stage.store, &[2], allow()).token(&ada).await.is_ok());
    let old = accounts(&stage.github, &stage.store, &[1], allow()).token(&ada).await.unwrap_err();
    assert_eq!(old.kind, ErrorKind::SignedOut);
}
