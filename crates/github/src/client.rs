//! The one HTTP client, whose connections all requests share.

use std::{sync::LazyLock, time::Duration};

/// Whatever is asked is answered, or given up, within this time.
const PATIENCE: Duration = Duration::from_secs(20);

static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
    // The same for every part of the program; whoever comes second finds it done.
    rustls::crypto::ring::default_provider().install_default().ok();
    let follow = reqwest::redirect::Policy::custom(|attempt| {
        // A repository that was renamed is at another path, never at another host.
        let same = attempt.previous().last().is_some_and(|from| from.origin() == attempt.url().origin());
        if same && attempt.previous().len() < 4 { attempt.follow() } else { attempt.stop() }
    });
    let client = reqwest::Client::builder().redirect(follow).timeout(PATIENCE).build();
    client.expect("a client with these settings")
});

pub(crate) fn shared() -> reqwest::Client {
    CLIENT.clone()
}
