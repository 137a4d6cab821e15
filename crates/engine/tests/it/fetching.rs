//! A repository of GitHub that cannot be read: what is said, and what was kept.

use slipway_protocol::{Command, CommandOutcome, UpdateWay};
use slipway_test_support::github::GitFault;

use crate::{publishing::Desk, session::Session};

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_repository_cannot_be_read_says_why_and_keeps_its_message() {
    let Some(desk) = Desk::set().await else { return };
    desk.github.fail_fetch(GitFault::Cut);
    let mut session = Session::begin_as(&desk.server.engine, desk.who.clone(), "Mend the bell.").await;
    let view = session.until(|view| view.head.failure.is_some()).await;
    let failure = view.head.failure.clone().unwrap();
    let sentence = "The connection to GitHub ended before the repository was read. Nothing was changed here; try again in a moment.";
    assert_eq!((&*failure.sentence, failure.can_retry), (sentence, true));
    assert_eq!(view.queue.iter().map(|prompt| &*prompt.text).collect::<Vec<_>>(), ["Mend the bell."]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_cannot_be_fetched_changes_nothing_and_works_the_next_time() {
    let Some(desk) = Desk::set().await else { return };
    let base = desk.session.view().head.base_commit.clone();
    desk.github.commit(crate::publishing::REPOSITORY, "main", "The base moves on");
    let update = || desk.session.ask(Command::UpdateBase { way: UpdateWay::Merge });
    for (fault, sentence) in [
        (
            GitFault::Forbidden,
            "GitHub does not let you read the code of this repository. Ask its owner, or let the organisation allow Slipway at GitHub.",
        ),
        (
            GitFault::SlowDown,
            "GitHub asks to wait, so the repository was not read. Try again in a few minutes.",
        ),
        (
            GitFault::Unavailable,
            "The connection to GitHub ended before the repository was read. Nothing was changed here; try again in a moment.",
        ),
    ] {
        desk.github.fail_fetch(fault);
        assert_eq!(update().await, CommandOutcome::Refused { sentence: sentence.into() });
        assert_eq!(desk.session.read().await.head.base_commit, base);
    }
    assert_eq!(update().await, CommandOutcome::Applied);
    assert_ne!(desk.session.read().await.head.base_commit, base);
}
