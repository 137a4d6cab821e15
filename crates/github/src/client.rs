//! The one HTTP client, whose connections all requests share.

use std::{sync::LazyLock, time::Duration};

/// Whatever is asked is answered, or given up, within this time.
const PATIENCE: Duration = Duration::from_secs(20);

static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| with_patience(PATIENCE));

pub(crate) fn shared() -> reqwest::Client {
    CLIENT.clone()
}

fn with_patience(patience: Duration) -> reqwest::Client {
    // The same for every part of the program; whoever comes second finds it done.
    rustls::crypto::ring::default_provider().install_default().ok();
    let follow = reqwest::redirect::Policy::custom(|attempt| {
        // A repository that was renamed is at another path, never at another host.
        let same = attempt.previous().last().is_some_and(|from| from.origin() == attempt.url().origin());
        if same && attempt.previous().len() < 4 { attempt.follow() } else { attempt.stop() }
    });
    let client = reqwest::Client::builder().redirect(follow).timeout(patience).build();
    client.expect("a client with these settings")
}

#[cfg(test)]
mod tests {
    use slipway_test_support::github::{Fault, GitHub};

    use super::*;
    use crate::{Addresses, Api, GitHubError, Token};

    #[tokio::test]
    async fn who_never_answers_is_given_up() {
        let github = GitHub::start().await.unwrap();
        github.add_person("ada");
        let addresses = Addresses { web: github.url(), api: github.url(), git: github.url() };
        let client = with_patience(Duration::from_millis(100));
        let ada = Api::through(client, &addresses, &Token::new(github.token_of("ada"))).unwrap();
        github.fail(Some(Fault::Silent));
        assert_eq!(ada.me().await, Err(GitHubError::Unreachable("the connection failed".into())));
        assert_eq!(github.asked("/user"), 1, "and not asked again by itself");
    }
}
