//! Signing in with a GitHub, and asking it: what comes of it, and of its refusals.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use slipway_github::{Addresses, Api, App, GitHubError, Listing, SignIn, Token, Tokens};
use slipway_test_support::github::{CLIENT_ID, CLIENT_SECRET, Fault, GitHub};

const CALLBACK: &str = "http://127.0.0.1:3000/auth/github/callback";

fn addresses(github: &GitHub) -> Addresses {
    Addresses { web: github.url(), api: github.url(), git: github.url() }
}

fn sign_in(github: &GitHub) -> SignIn {
    let app = App {
        client_id: CLIENT_ID.into(),
        client_secret: CLIENT_SECRET.into(),
        callback: CALLBACK.into(),
        scopes: vec!["repo".into()],
    };
    SignIn::new(&addresses(github), app).unwrap()
}

/// A GitHub where ada is, who may read two repositories of her own and one of her organisation.
async fn stage() -> GitHub {
    let github = GitHub::start().await.unwrap();
    github.add_person("ada");
    github.add_person("bob");
    github.add_organisation("acme", &["ada"]);
    github.add_repository("ada/clock", false, &["ada"]);
    github.add_repository("ada/secret", true, &["ada"]);
    github.add_repository("acme/widgets", true, &["ada", "bob"]);
    github
}

/// The tokens of somebody who agreed.
async fn tokens(github: &GitHub, login: &str) -> Tokens {
    let sign_in = sign_in(github);
    let begun = sign_in.begin();
    let code = github.agree(&begun.address, login).code.unwrap();
    sign_in.finish(code, begun.verifier).await.unwrap()
}

async fn api(github: &GitHub, login: &str) -> Api {
    Api::new(&addresses(github), &tokens(github, login).await.access).unwrap()
}

#[tokio::test]
async fn whoever_agrees_comes_back_with_a_code_that_is_good_once_and_for_one_browser() {
    let github = stage().await;
    let sign_in = sign_in(&github);
    let begun = sign_in.begin();
    let returned = github.agree(&begun.address, "ada");
    assert_eq!(returned.state, begun.state);
    let code = returned.code.unwrap();

    let another = sign_in.begin();
    let refused = sign_in.finish(code, another.verifier).await.unwrap_err();
    assert_eq!(refused, GitHubError::Refused("bad_verification_code".into()), "another browser's proof");
    let code = github.agree(&begun.address, "ada").code.unwrap();
    let tokens = sign_in.finish(code.clone(), begun.verifier.clone()).await.unwrap();
    assert_eq!((tokens.expires_in, tokens.refresh), (None, None));
    let again = sign_in.finish(code, begun.verifier).await.unwrap_err();
    assert_eq!(again, GitHubError::Refused("bad_verification_code".into()));
    assert_eq!(github.agree(&begun.address, "").code, None, "they cancelled");
}

#[tokio::test]
async fn a_token_that_runs_out_is_renewed_and_the_old_one_is_worth_nothing() {
    let github = stage().await;
    github.expire_after(28_800);
    let first = tokens(&github, "ada").await;
    assert_eq!(first.expires_in, Some(28_800));
    let sign_in = sign_in(&github);
    let refresh = first.refresh.unwrap();
    let second = sign_in.renew(&refresh).await.unwrap();
    let me = |token: &Token| Api::new(&addresses(&github), token).unwrap();
    assert_eq!(me(&first.access).me().await, Err(GitHubError::SignedOut));
    assert_eq!(me(&second.access).me().await.unwrap().login, "ada");
    assert_eq!(sign_in.renew(&refresh).await, Err(GitHubError::SignedOut), "it was used");
}

#[tokio::test]
async fn a_person_sees_what_they_may_read_and_nothing_else() {
    let github = stage().await;
    for number in 0..250 {
        github.add_repository(&format!("ada/repository-{number}"), false, &["ada"]);
    }
    let ada = api(&github, "ada").await;
    assert_eq!(ada.organisations().await.unwrap(), ["acme"]);
    let seen = ada.listing(&Listing::default()).await.unwrap();
    assert_eq!(seen.repositories().len(), 253, "over three pages");
    let bob = api(&github, "bob").await;
    assert_eq!(names(&bob.listing(&Listing::default()).await.unwrap()), ["acme/widgets"]);
    assert_eq!(bob.repository("ada/secret").await, Err(GitHubError::NotFound));
    assert!(ada.repository("ada/secret").await.unwrap().private);
    assert_eq!(ada.repository("ada/../user").await, Err(GitHubError::NotFound), "a name never climbs");
}

fn names(listing: &Listing) -> Vec<&str> {
    listing.repositories().into_iter().map(|repository| repository.full_name.as_str()).collect()
}

#[tokio::test]
async fn only_the_pages_that_have_changed_are_read_again() {
    let github = stage().await;
    for number in 0..150 {
        github.add_repository(&format!("ada/repository-{number}"), false, &["ada"]);
    }
    let ada = api(&github, "ada").await;
    let first = ada.listing(&Listing::default()).await.unwrap();
    assert_eq!(
        (github.read_anew(), first.app_slug()),
        (2, None),
        "two pages, and an OAuth app has no installations"
    );
    let again = ada.listing(&first).await.unwrap();
    assert_eq!((github.read_anew(), names(&again)), (2, names(&first)), "nothing has changed");
    github.add_repository("ada/newest", false, &["ada"]);
    let third = ada.listing(&again).await.unwrap();
    assert_eq!((github.read_anew(), third.repositories().len()), (3, 154), "the last page has");
}

#[tokio::test]
async fn what_an_app_was_installed_for_is_there_too_and_each_repository_once() {
    let github = stage().await;
    github.add_repository("guild/anvil", true, &[]);
    github.install("slipway-test", "guild", &["ada"], &["guild/anvil", "acme/widgets"]);
    let ada = api(&github, "ada").await.listing(&Listing::default()).await.unwrap();
    assert_eq!(names(&ada), ["ada/clock", "ada/secret", "acme/widgets", "guild/anvil"]);
    assert_eq!(ada.app_slug(), Some("slipway-test"));
    let bob = api(&github, "bob").await.listing(&Listing::default()).await.unwrap();
    assert_eq!((names(&bob), bob.app_slug()), (vec!["acme/widgets"], None), "installed for others");
}

#[tokio::test]
async fn each_refusal_is_told_apart() {
    let github = stage().await;
    let ada = api(&github, "ada").await;
    github.fail(Some(Fault::RateLimited { until: 1_800_000_000 }));
    assert_eq!(ada.me().await, Err(GitHubError::RateLimited { until: Some(1_800_000_000) }));
    github.fail(Some(Fault::SlowDown));
    assert_eq!(ada.me().await, Err(GitHubError::SlowDown { seconds: 60 }));
    for fault in [Fault::TooMany, Fault::Secondary] {
        github.fail(Some(fault));
        assert_eq!(ada.me().await, Err(GitHubError::RateLimited { until: None }), "{fault:?}");
    }
    github.fail(Some(Fault::BadGateway));
    assert_eq!(ada.me().await, Err(GitHubError::Unreachable("502".into())));
    github.fail(Some(Fault::Cut));
    for asked in [ada.me().await.map(drop), ada.listing(&Listing::default()).await.map(drop)] {
        assert!(matches!(asked, Err(GitHubError::Unreachable(_))), "in the middle of an answer: {asked:?}");
    }
    github.fail(None);
    github.revoke("ada");
    assert_eq!(ada.me().await, Err(GitHubError::SignedOut));
    let gone = addresses(&github);
    drop(github);
    let nobody = Api::new(&gone, &Token::new("x")).unwrap();
    assert!(matches!(nobody.me().await, Err(GitHubError::Unreachable(_))));
}

#[tokio::test]
async fn no_secret_shows_itself() {
    let github = stage().await;
    github.expire_after(60);
    let tokens = tokens(&github, "ada").await;
    let api = Api::new(&addresses(&github), &tokens.access).unwrap();
    let shown = format!("{tokens:?} {api:?} {:?}", api.repository("ada/none").await);
    for secret in github.secrets() {
        assert!(!shown.contains(&secret), "{shown}");
    }
}
