//! What a repository brings for the agent is off until its person trusts the repository.

use slipway_protocol::{
    CommandOutcome, Configuration, ConfigurationKind, Deed, FoundConfiguration, Phase, SessionView, UpdateWay,
};
use slipway_test_support::programs::plain_git;

use crate::stage::{Server, Stage};

impl Stage {
    /// The repository brings a plugin.
    fn configure(&self) {
        let repository = self.repository();
        std::fs::create_dir_all(repository.join(".opencode/plugin")).unwrap();
        std::fs::write(repository.join(".opencode/plugin/spy.js"), "spy\n").unwrap();
        plain_git(&repository, &["add", "--all"]);
        plain_git(&repository, &["commit", "--quiet", "--message=A spy"]);
    }

    /// One that says it has walls.
    async fn walled(&self) -> Server {
        self.server_with("one", |settings| settings.host_mode = false).await
    }
}

fn brings(in_force: bool) -> impl Fn(&SessionView) -> bool {
    let spy = FoundConfiguration { kind: ConfigurationKind::Plugin, name: "spy.js".into() };
    let wanted = Configuration { found: vec![spy], in_force };
    move |view| view.head.configuration == wanted && view.head.phase == Phase::Idle && view.queue.is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_works_without_it_and_starts_anew_with_it_once_it_is_trusted() {
    let Some(stage) = Stage::on_a_file() else { return };
    stage.configure();
    let server = stage.walled().await;
    let mut session = server.begin("/say one").await;
    session.until(brings(false)).await;
    let status = || plain_git(&stage.checkout(&session.id), &["ls-files", "-t", ".opencode"]);
    assert_eq!(status(), "S .opencode/plugin/spy.js");
    let ada = session.person();
    assert_eq!(server.engine.trust(&ada, &session.id).await.unwrap(), None);
    assert_eq!(stage.starts().len(), 1);

    server.engine.decide_trust(&ada, &session.id, true).await.unwrap();
    session.until(brings(true)).await;
    assert_eq!(stage.starts().len(), 2);
    let status = || plain_git(&stage.checkout(&session.id), &["ls-files", "-t", ".opencode"]);
    assert_eq!(status(), "H .opencode/plugin/spy.js");
    session.say("/say two").await;
    session.until_said("agent: two").await;
    assert_eq!(stage.starts().len(), 2, "it goes on with the same agent");

    let audited = server.engine.audit(&ada, None, None).await.unwrap().entries;
    let trusted = audited.iter().find(|entry| entry.deed == Deed::TrustedRepository).unwrap();
    assert_eq!(
        (trusted.who.as_ref(), trusted.subject.as_str()),
        (Some(&ada), session.view().head.repository.as_str())
    );
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_interrupted_and_another_session_is_not_asked_again() {
    let Some(stage) = Stage::on_a_file() else { return };
    stage.configure();
    let server = stage.walled().await;
    let mut session = server.begin("/hold turn\n/say one").await;
    stage.until_held(&mut session, "turn").await;
    let ada = session.person();
    server.engine.decide_trust(&ada, &session.id, true).await.unwrap();
    session.say("/say two").await;
    stage.agent.open_gate("turn").await.unwrap();
    session.until_said("agent: two").await;
    session.until(brings(true)).await;
    assert_eq!(session.said(), ["you: /hold turn\n/say one", "agent: one", "you: /say two", "agent: two"]);

    server.engine.decide_trust(&ada, &session.id, false).await.unwrap();
    session.until(brings(false)).await;
    server.end().await;
    let server = stage.walled().await;
    let mut other = server.begin("/say three").await;
    other.until(brings(false)).await;
    assert_eq!(server.engine.trust(&ada, &other.id).await.unwrap(), Some(false));
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_base_brings_is_hidden_before_the_next_prompt() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.walled().await;
    let mut session = server.begin("/say one").await;
    session.until_idle().await;
    assert_eq!(session.view().head.configuration, Configuration::default());
    stage.configure();
    let update = slipway_protocol::Command::UpdateBase { way: UpdateWay::Merge };
    assert_eq!(session.ask(update).await, CommandOutcome::Applied);
    session.say("/say two").await;
    session.until_said("agent: two").await;
    session.until(brings(false)).await;
    assert_eq!(stage.starts().len(), 2);
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_walls_the_agent_does_not_start_beside_it() {
    let Some(stage) = Stage::on_a_file() else { return };
    stage.configure();
    let server = stage.server("one").await;
    let mut session = server.begin("/say one").await;
    session.until_phase(Phase::Failed).await;
    let failure = session.view().head.failure.clone().unwrap();
    assert_eq!(
        failure.sentence,
        "This repository brings configuration for the agent (spy.js), which can run programs, and agents run without isolation \
         here. Trust the repository first. Your message is kept."
    );
    assert_eq!((failure.can_retry, stage.starts().len()), (true, 0));
    assert_eq!(session.view().head.configuration.found.len(), 1);

    server.engine.decide_trust(&session.person(), &session.id, true).await.unwrap();
    session.until_said("agent: one").await;
    session.until(brings(true)).await;
    server.engine.decide_trust(&session.person(), &session.id, false).await.unwrap();
    session.until_phase(Phase::Failed).await;
    assert_eq!(stage.starts().len(), 1);
    server.end().await;
}
