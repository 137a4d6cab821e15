//! The base branch goes on while a session works.

use std::fs;

use slipway_protocol::{Command, Person, UpdateWay, UserId};
use slipway_test_support::programs::plain_git;

use crate::stage::{Server, Stage};

impl Stage {
    /// Somebody else goes on with `main`.
    pub(crate) fn base_moves(&self, name: &str, text: &str) {
        fs::write(self.repository().join(name), text).unwrap();
        plain_git(&self.repository(), &["add", "--all"]);
        plain_git(&self.repository(), &["commit", "--quiet", "--message", "by somebody else"]);
    }
}

fn you() -> Person {
    Person { id: UserId::new("local"), name: "You".into() }
}

const MERGE: Command = Command::UpdateBase { way: UpdateWay::Merge };

#[tokio::test(flavor = "multi_thread")]
async fn a_session_follows_its_base_and_tells_the_agent() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server: Server = stage.server("one").await;
    let mut session = server.begin("/say one").await;
    session.until(|view| view.messages.len() == 2).await;
    session.until_idle().await;
    session.apply(MERGE).await;
    session.until_said("notice: main has nothing new.").await;

    stage.base_moves("new.txt", "new\n");
    let before = session.view().head.base_commit.clone();
    session.apply(MERGE).await;
    let view = session.until(|view| view.head.base_commit != before).await;
    let tip = plain_git(&stage.repository(), &["rev-parse", "main"]);
    assert_eq!(view.head.base_commit, tip);
    assert_eq!(fs::read_to_string(stage.checkout(&session.id).join("new.txt")).unwrap(), "new\n");
    session.until_said(&format!("notice: The checkout follows main at {} now.", &tip[..7])).await;
    assert_eq!(server.engine.behind(&you(), &session.id).await.unwrap(), 0);

    session.say("/say two").await;
    session.until_said("agent: two").await;
    let told = stage.calls().into_iter().rfind(|call| call.path.ends_with("/prompt_async")).unwrap();
    assert!(told.body.to_string().contains("newest state of main"), "{}", told.body);
    session.until_idle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_go_to_the_agent() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/say one").await;
    session.until(|view| view.messages.len() == 2).await;
    session.until_idle().await;
    fs::write(stage.checkout(&session.id).join("clock.txt"), "the agent's time\n").unwrap();
    stage.base_moves("clock.txt", "somebody's time\n");
    // The repository is asked once a minute at most; a server that just came has not asked yet.
    let other = stage.server("two").await;
    assert_eq!(other.engine.behind(&you(), &session.id).await.unwrap(), 1);

    session.apply(MERGE).await;
    session.until(|view| view.messages.len() > 3).await;
    session.until_idle().await;
    let asked = stage.prompts().pop().unwrap();
    assert!(asked.contains("- `clock.txt`") && asked.contains("git add"), "{asked}");
    let text = fs::read_to_string(stage.checkout(&session.id).join("clock.txt")).unwrap();
    assert!(text.contains("<<<<<<<") && text.contains("somebody's time"), "{text}");
    assert!(session.refused(MERGE).await.contains("nobody has resolved"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_checkout_does_not_bring_along_is_said() {
    let Some(stage) = Stage::on_a_file() else { return };
    let modules = "[submodule \"parts\"]\n\tpath = vendor/parts\n\turl = ../parts\n";
    fs::write(stage.repository().join(".gitmodules"), modules).unwrap();
    stage.base_moves(".gitattributes", "*.psd filter=lfs diff=lfs\n");
    let server = stage.server("one").await;
    let mut session = server.begin("/say one").await;
    session.until_said("agent: one").await;
    let said = session.said();
    let notices: Vec<_> = said.iter().filter(|line| line.starts_with("notice: ")).collect();
    assert_eq!(
        notices,
        [
            "notice: Submodules are not checked out, their folders are empty here: vendor/parts.",
            "notice: This repository keeps some files with Git LFS. Here they are the small pointer files.",
        ]
    );
}
