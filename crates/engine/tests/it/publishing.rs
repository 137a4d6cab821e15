//! A session's branch goes to GitHub: what arrives, what is said, and that nothing is done twice.

use std::{fs, sync::Arc};

use slipway_engine::{Accounts, Allow};
use slipway_protocol::{Command, CommandOutcome, Person, PullRequestLink, SessionView};
use slipway_store::Store;
use slipway_test_support::github::{GitFault, GitHub, PullFault};

use crate::{
    accounts::accounts,
    session::Session,
    stage::{Server, Stage},
};

pub(crate) const REPOSITORY: &str = "ada/clock";

/// Somebody of a GitHub, who has a session with a change in its checkout.
pub(crate) struct Desk {
    pub(crate) github: GitHub,
    pub(crate) server: Server,
    pub(crate) session: Session,
    pub(crate) who: Person,
    accounts: Arc<Accounts>,
    pub(crate) stage: Stage,
}

impl Desk {
    /// None where a program is missing.
    pub(crate) async fn set() -> Option<Self> {
        let stage = Stage::on_a_file()?;
        let github = GitHub::start().await.unwrap();
        github.add_person("ada");
        github.add_repository(REPOSITORY, true, &["ada"]);
        let template = (".github/pull_request_template.md", "## Checklist\n\n- [ ] Tested\n");
        github.add_code(REPOSITORY, &[("clock.txt", "tick\ntick\n"), template]);
        let store: Store = stage.store().await;
        let accounts = Arc::new(accounts(&github, &store, &[1], Allow::Everyone));
        let who = sign_in(&github, &accounts).await;
        let server = stage.server_for("one", |_| {}, Some(Arc::clone(&accounts))).await;
        let mut session =
            Session::begin_as(&server.engine, who.clone(), "Mend the clock.\n/say It ticks once now.").await;
        session.until_idle().await;
        let desk = Self { github, server, session, who, accounts, stage };
        desk.write("tick\n");
        Some(desk)
    }

    pub(crate) fn write(&self, text: &str) {
        fs::write(self.stage.checkout(&self.session.id).join("clock.txt"), text).unwrap();
    }

    pub(crate) fn branch(&self) -> String {
        self.session.view().head.branch.clone()
    }

    pub(crate) async fn open(&self) -> CommandOutcome {
        self.session.ask(opening("Mend the clock")).await
    }

    fn there(&self) -> Option<String> {
        self.github.commit_of(REPOSITORY, &self.branch())
    }
}

async fn sign_in(github: &GitHub, accounts: &Accounts) -> Person {
    let begun = accounts.begin();
    let code = github.agree(&begun.address, "ada").code.unwrap();
    accounts.finish(code, begun.verifier, None).await.unwrap()
}

pub(crate) fn push() -> Command {
    Command::Push { message: "Let it tick once".into(), replacing: None }
}

fn opening(title: &str) -> Command {
    Command::OpenPullRequest {
        title: title.into(),
        body: "It ticked twice.".into(),
        message: "Let it tick once".into(),
        draft: true,
    }
}

fn refused(outcome: CommandOutcome) -> String {
    match outcome {
        CommandOutcome::Refused { sentence } => sentence,
        CommandOutcome::Applied => panic!("it was applied"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_is_pushed_in_the_persons_name() {
    let Some(mut desk) = Desk::set().await else { return };
    desk.session.apply(push()).await;
    let commit = desk.there();
    let view = desk.session.until(|view| view.head.publishing.commit == commit).await;
    assert!(!view.head.publishing.under_way);
    let said = format!("notice: Pushed {}, which has 1 commit now.", desk.branch());
    desk.session.until_said(&said).await;
    let format = "--format=%an <%ae> %cn: %s";
    let shown = desk.github.git(REPOSITORY, &["log", "-1", format, &desk.branch()]);
    assert_eq!(shown, "ada <1000+ada@users.noreply.github.com> Slipway: Let it tick once");
    assert_eq!(desk.github.git(REPOSITORY, &["for-each-ref", "--format=%(refname)"]).lines().count(), 2);

    // The same again says nothing new.
    desk.session.apply(push()).await;
    assert_eq!(desk.session.read().await.messages.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_is_opened_once() {
    let Some(mut desk) = Desk::set().await else { return };
    assert_eq!(desk.open().await, CommandOutcome::Applied);
    let branch = desk.branch();
    let pulls = desk.github.pulls();
    let shown: Vec<_> =
        pulls.iter().map(|pull| (&*pull.title, &*pull.body, &*pull.head, pull.draft)).collect();
    assert_eq!(shown, [("Mend the clock", "It ticked twice.", &*branch, true)]);
    desk.session.until_said("notice: Opened pull request #1.").await;
    let link = PullRequestLink {
        number: 1,
        url: format!("{}/{REPOSITORY}/pull/1", desk.github.url()),
        title: "Mend the clock".into(),
    };
    desk.session.until(|view| view.head.publishing.pull_request.as_ref() == Some(&link)).await;

    // As after a crash between the two: the same is asked again.
    let messages = desk.session.read().await.messages.len();
    assert_eq!(desk.open().await, CommandOutcome::Applied);
    assert_eq!((desk.github.pulls().len(), desk.session.read().await.messages.len()), (1, messages));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_somebody_opened_by_hand_is_shown_instead() {
    let Some(mut desk) = Desk::set().await else { return };
    desk.session.apply(push()).await;
    desk.github.open_pull(REPOSITORY, &desk.branch(), "By hand");
    assert_eq!(desk.open().await, CommandOutcome::Applied);
    desk.session.until_said("notice: Pull request #1 is open for this branch already.").await;
    assert_eq!(desk.github.pulls().len(), 1);
    let view = desk.session.until(|view| view.head.publishing.pull_request.is_some()).await;
    assert_eq!(view.head.publishing.pull_request.map(|link| link.title).as_deref(), Some("By hand"));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_lost_answers_it_looks_and_does_nothing_twice() {
    let Some(mut desk) = Desk::set().await else { return };
    desk.github.fail_push(GitFault::AnswerLost);
    desk.github.fail_pull(PullFault::AnswerLost);
    assert_eq!(desk.open().await, CommandOutcome::Applied);
    assert_eq!((desk.github.pushes(), desk.github.pulls().len()), (1, 1));
    desk.session.until_said("notice: Opened pull request #1.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_of_a_pull_request_says_what_was_kept() {
    let Some(mut desk) = Desk::set().await else { return };
    for (fault, expected) in [
        (
            PullFault::Broken,
            "GitHub did not answer, and no pull request was opened. Your branch is pushed. Try again in a moment.",
        ),
        (
            PullFault::Forbidden,
            "GitHub does not let you open a pull request here: Resource not accessible by integration. Your branch is pushed. Ask the \
             repository's owner.",
        ),
        (
            PullFault::Conflict,
            "GitHub refused the pull request: Git Repository is locked. Your branch is pushed. Change what it names and try again.",
        ),
    ] {
        desk.github.fail_pull(fault);
        assert_eq!(refused(desk.open().await), expected);
    }
    let view = desk.session.until(|view| view.head.publishing.problem.is_some()).await;
    assert_eq!((view.head.publishing.commit, desk.github.pulls().len()), (desk.there(), 0));
    assert_eq!(desk.open().await, CommandOutcome::Applied);
    desk.session.until(|view| view.head.publishing.problem.is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_of_a_push_says_what_was_kept() {
    let Some(mut desk) = Desk::set().await else { return };
    desk.github.fail_push(GitFault::Cut);
    let sentence = refused(desk.session.ask(push()).await);
    assert!(sentence.starts_with("GitHub did not answer, and the branch there is as it was."), "{sentence}");
    desk.github.protect(REPOSITORY, &desk.branch());
    let sentence = refused(desk.session.ask(push()).await);
    assert!(sentence.contains("GH006: Protected branch update failed"), "{sentence}");
    desk.github.protect(REPOSITORY, "main");
    desk.github.only_reads("ada", REPOSITORY);
    let sentence = refused(desk.session.ask(push()).await);
    assert!(sentence.starts_with("You may not push to this repository"), "{sentence}");
    desk.github.revoke("ada");
    let sentence = refused(desk.session.ask(push()).await);
    assert_eq!(
        sentence,
        "GitHub no longer accepts your sign-in. Sign in again. Nothing was pushed; your commits are kept here."
    );
    assert_eq!(desk.there(), None);
    desk.session.until(|view| view.head.publishing.signed_out).await;
    desk.session.apply(Command::ForgetProblem).await;
    let nothing_said = |view: &SessionView| {
        (view.head.publishing.problem.as_ref(), view.head.publishing.signed_out) == (None, false)
    };
    desk.session.until(nothing_said).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_pushed_is_replaced_only_where_a_person_says_so() {
    let Some(mut desk) = Desk::set().await else { return };
    desk.session.apply(push()).await;
    let theirs = desk.github.commit(REPOSITORY, &desk.branch(), "by hand");
    desk.write("tock\n");
    let sentence = refused(desk.session.ask(push()).await);
    assert!(sentence.contains("has commits on GitHub that this session does not have"), "{sentence}");
    let seen = theirs.clone();
    desk.session.until(|view| view.head.publishing.theirs.as_ref() == Some(&seen)).await;
    assert_eq!(desk.there(), Some(theirs.clone()));
    let replacing = Some(theirs.clone());
    desk.session.apply(Command::Push { message: "Tock".into(), replacing }).await;
    assert_ne!(desk.there(), Some(theirs));
    desk.session.until(|view| view.head.publishing.theirs.is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_was_renamed_is_found_under_its_new_name() {
    let Some(desk) = Desk::set().await else { return };
    desk.github.rename(REPOSITORY, "ada/chronometer");
    assert_eq!(desk.open().await, CommandOutcome::Applied);
    assert!(desk.github.commit_of("ada/chronometer", &desk.branch()).is_some());
    assert_eq!(desk.github.pulls().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_branch_that_was_removed_is_named() {
    let Some(desk) = Desk::set().await else { return };
    desk.github.git(REPOSITORY, &["branch", "--move", "main", "trunk"]);
    let sentence = refused(desk.open().await);
    assert!(sentence.starts_with("The branch main is not at GitHub any more"), "{sentence}");
    assert!(desk.there().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_pushed_while_the_agent_works() {
    let Some(mut desk) = Desk::set().await else { return };
    desk.session.say("/hold first\n/say done").await;
    desk.stage.until_held(&mut desk.session, "first").await;
    let sentence = refused(desk.session.ask(push()).await);
    assert_eq!(sentence, "The agent is at work. Wait until it has finished, or stop it.");
    assert_eq!((desk.github.pushes(), desk.there()), (0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_taken_over_opens_no_second_one() {
    let Some(desk) = Desk::set().await else { return };
    // Nothing of this server works on the files any more.
    desk.session.apply(push()).await;
    let paused = desk.stage.pause(&desk.server).await;
    let store = desk.stage.store().await;
    let command = slipway_protocol::SubmittedCommand {
        id: slipway_protocol::CommandId::new("open-once"),
        command: opening("Mend the clock"),
    };
    let author = slipway_protocol::Author { id: desk.who.id.clone(), name: desk.who.name.clone() };
    store.insert_command(&desk.session.id, &author, &command, None, 1).await.unwrap();
    desk.stage.let_the_lease_run_out(&desk.session.id).await;
    // Another server applies it first; the one that was paused does so again, and is fenced when it stores.
    let other = desk.stage.server_for("two", |_| {}, Some(Arc::clone(&desk.accounts))).await;
    let outcome = other.engine.submit(&desk.who, &desk.session.id, command).await.unwrap();
    assert_eq!(outcome, CommandOutcome::Applied);
    drop(paused);
    let read = other.engine.session(&desk.who, &desk.session.id, None).await.unwrap();
    assert_eq!((desk.github.pulls().len(), read.head.publishing.commit), (1, desk.there()));
}
