//! Who loses a repository loses the sessions on it, by every way in; and what holds while GitHub cannot be asked.

use std::{sync::Arc, time::Duration};

use slipway_agent::{Permissions, opencode::OpenCode};
use slipway_engine::{
    AccessTimes, Accounts, Archive, Engine, Error, GitHubRepositories, Limits, LocalRepositories, OnExit,
    Parts, Repositories, Settings,
};
use slipway_git::Git;
use slipway_protocol::{
    Command, CommandId, ErrorKind, Frame, Join, ListCounts, ListFrame, ListQuery, PartId, Person,
    RepositoryId, SessionFilter, SessionId, SubmittedCommand,
};
use slipway_sandbox::{Isolation, Sandbox};
use slipway_store::Store;
use slipway_test_support::{
    github::{Fault, GitHub},
    programs::keeper,
};
use tempfile::TempDir;
use tokio::{runtime::Handle, time::timeout};

use crate::{
    accounts::accounts,
    session::{PATIENCE, new_id, new_session},
    stage::vault,
};

const WIDGETS: &str = "acme/widgets";

/// Every question is asked.
const NOTHING_REMEMBERED: AccessTimes = AccessTimes { fresh: Duration::ZERO, kept: Duration::ZERO };

/// A GitHub, and an engine for those who come from there. Its git is not: sessions fail to start, and can be looked at.
struct Stage {
    github: GitHub,
    engine: Engine,
    accounts: Arc<Accounts>,
    _folder: TempDir,
}

impl Stage {
    async fn set(access: AccessTimes) -> Self {
        let github = GitHub::start().await.unwrap();
        github.add_person("ada");
        github.add_person("bob");
        github.add_repository(WIDGETS, true, &["ada", "bob"]);
        github.add_repository("ada/notes", true, &["ada"]);
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let url = format!("sqlite://{}", path("slipway.db").display());
        let store = Store::open(&url).await.unwrap();
        let accounts = Arc::new(accounts(&github, &store, &[1], slipway_engine::Allow::Everyone));
        let sandbox = Arc::new(Sandbox::new(keeper(), Isolation::Host));
        let git = Git::new(Arc::clone(&sandbox), "git".into());
        let archive = Archive::in_folder(&path("archive"), Arc::clone(&sandbox), git.clone()).unwrap();
        let agent = Arc::new(OpenCode::new(path("no-opencode"), sandbox, String::new()));
        let local = LocalRepositories::new(git.clone(), None, path("sample"));
        let github_repositories = GitHubRepositories::new(Arc::clone(&accounts));
        let sources = Arc::new(Repositories::new(local, Some(github_repositories)));
        let settings = Settings {
            node: "a".into(),
            data_dir: path("data"),
            runtime_dir: path("r"),
            providers: Vec::new(),
            default_model: None,
            permissions: Permissions::Ask,
            max_agents: 1,
            idle_stop: Duration::from_mins(10),
            limits: Limits::default(),
            archive_after: Duration::from_hours(24),
            owners: Vec::new(),
            access,
            host_mode: true,
        };
        let parts = Parts {
            store,
            agent,
            git,
            archive,
            sources,
            settings,
            vault: vault(),
            workers: Handle::current(),
        };
        let engine = Engine::start(parts).await.unwrap();
        Self { github, engine, accounts, _folder: folder }
    }

    async fn sign_in(&self, login: &str) -> Person {
        let begun = self.accounts.begin();
        let code = self.github.agree(&begun.address, login).code.unwrap();
        self.accounts.finish(code, begun.verifier, None).await.unwrap()
    }

    async fn begin(&self, who: &Person, repository: &str) -> SessionId {
        let new = new_session(RepositoryId::new(repository), "Mend the clock");
        self.engine.create_session(who, new).await.unwrap()
    }

    /// What each way in says; none: it is open.
    async fn ways_in(&self, who: &Person, id: &SessionId) -> Vec<(&'static str, Option<ErrorKind>)> {
        let engine = &self.engine;
        let command = Command::Rename { title: "Clocks".into() };
        let submitted = SubmittedCommand { id: CommandId::new(new_id("command")), command };
        let kind = |outcome: Result<(), Error>| outcome.err().map(|error| error.kind);
        vec![
            ("asking", kind(engine.may_read(who, id).await)),
            ("page", kind(engine.session(who, id, None).await.map(drop))),
            ("older", kind(engine.older(who, id, 9).await.map(drop))),
            ("newer", kind(engine.newer(who, id, 0).await.map(drop))),
            ("seen", kind(engine.mark_seen(who, id, 1).await)),
            ("command", kind(engine.submit(who, id, submitted).await.map(drop))),
            ("socket", kind(engine.follow(who, id, Join::default()).await.map(drop))),
        ]
    }

    async fn listed(&self, who: &Person) -> Vec<SessionId> {
        let all =
            ListQuery { filter: SessionFilter::Active, search: String::new(), repository: None, most: 9 };
        let (sessions, _) = self.engine.sessions(who, &all).await.unwrap();
        sessions.into_iter().map(|session| session.id).collect()
    }

    async fn end(self) {
        self.engine.shut_down(OnExit::Stop).await;
    }
}

fn all(kind: Option<ErrorKind>) -> Vec<(&'static str, Option<ErrorKind>)> {
    ["asking", "page", "older", "newer", "seen", "command", "socket"].map(|way| (way, kind)).to_vec()
}

#[tokio::test]
async fn who_loses_a_repository_finds_no_session_by_any_way_in() {
    let stage = Stage::set(NOTHING_REMEMBERED).await;
    let (ada, bob) = (stage.sign_in("ada").await, stage.sign_in("bob").await);
    let (shared, own) = (stage.begin(&ada, WIDGETS).await, stage.begin(&ada, "ada/notes").await);
    assert_eq!(stage.ways_in(&ada, &shared).await, all(None));
    assert_eq!(stage.ways_in(&bob, &shared).await, all(Some(ErrorKind::NotFound)), "another's session");

    stage.github.shut_out(WIDGETS, "ada");
    assert_eq!(stage.ways_in(&ada, &shared).await, all(Some(ErrorKind::NotFound)));
    let part = stage.engine.part_text(&ada, &shared, &PartId::new("p")).await.unwrap_err();
    assert_eq!(part.sentence, "There is no such session, or it is not yours.");
    assert_eq!(stage.listed(&ada).await, std::slice::from_ref(&own), "it is left out of the list");
    assert_eq!(stage.ways_in(&ada, &own).await, all(None));
    let branches = stage.engine.branches(&ada, &RepositoryId::new(WIDGETS)).await.unwrap_err();
    assert_eq!(branches.kind, ErrorKind::NotFound, "its mirror");

    stage.github.let_in(WIDGETS, "ada");
    assert_eq!(stage.ways_in(&ada, &shared).await, all(None));
    assert_eq!(stage.listed(&ada).await.len(), 2);
    stage.end().await;
}

#[tokio::test]
async fn an_open_socket_ends_when_the_repository_is_lost() {
    let times = AccessTimes { fresh: Duration::from_millis(80), kept: Duration::from_mins(15) };
    let stage = Stage::set(times).await;
    let ada = stage.sign_in("ada").await;
    let id = stage.begin(&ada, WIDGETS).await;
    let mut follower = stage.engine.follow(&ada, &id, Join::default()).await.unwrap();
    let mut list = stage.engine.follow_list(&ada).await.unwrap();
    stage.github.shut_out(WIDGETS, "ada");
    let until_gone = async { while !matches!(follower.next().await.unwrap(), Frame::Gone) {} };
    timeout(PATIENCE, until_gone).await.expect("the socket is told");
    let gone = ListFrame::Gone { session: id, counts: Some(ListCounts::default()) };
    let until_gone = async { while list.next().await.unwrap() != gone {} };
    timeout(PATIENCE, until_gone).await.expect("the list is told");
    stage.end().await;
}

#[tokio::test]
async fn while_github_is_away_the_last_answer_holds_and_then_it_is_said() {
    let times = AccessTimes { fresh: Duration::ZERO, kept: Duration::from_mins(15) };
    let stage = Stage::set(times).await;
    let ada = stage.sign_in("ada").await;
    let id = stage.begin(&ada, WIDGETS).await;
    for fault in [Fault::BadGateway, Fault::RateLimited { until: 4_000_000_000 }] {
        stage.github.fail(Some(fault));
        assert_eq!(stage.ways_in(&ada, &id).await, all(None), "{fault:?}");
    }
    stage.end().await;

    let stage = Stage::set(NOTHING_REMEMBERED).await;
    let ada = stage.sign_in("ada").await;
    let id = stage.begin(&ada, WIDGETS).await;
    stage.github.fail(Some(Fault::BadGateway));
    assert_eq!(stage.ways_in(&ada, &id).await, all(Some(ErrorKind::Upstream)));
    assert_eq!(
        stage.engine.may_read(&ada, &id).await.unwrap_err().sentence,
        "Whether you may still read this repository could not be asked: GitHub did not answer (502). Try again in a moment."
    );
    assert_eq!(stage.listed(&ada).await, std::slice::from_ref(&id), "its title is the person's own");
    assert!(stage.engine.search(&ada, "clock", None).await.unwrap().hits.is_empty(), "and its text is not");
    stage.github.fail(None);
    assert_eq!(stage.ways_in(&ada, &id).await, all(None));
    stage.end().await;
}

#[tokio::test]
async fn who_takes_the_rights_away_at_github_is_asked_to_sign_in_again() {
    let times = AccessTimes { fresh: Duration::ZERO, kept: Duration::from_mins(15) };
    let stage = Stage::set(times).await;
    let ada = stage.sign_in("ada").await;
    let id = stage.begin(&ada, WIDGETS).await;
    stage.github.revoke("ada");
    assert_eq!(stage.ways_in(&ada, &id).await, all(Some(ErrorKind::SignedOut)));
    stage.sign_in("ada").await;
    assert_eq!(stage.ways_in(&ada, &id).await, all(None));
    stage.end().await;
}

#[tokio::test]
async fn an_answer_is_remembered_and_github_is_asked_once() {
    let stage = Stage::set(AccessTimes::default()).await;
    let ada = stage.sign_in("ada").await;
    let id = stage.begin(&ada, WIDGETS).await;
    let route = format!("/repos/{WIDGETS}");
    // The session's own start asks too.
    let mut follower = stage.engine.follow(&ada, &id, Join::default()).await.unwrap();
    let before = stage.github.asked(&route);
    for _ in 0..20 {
        stage.engine.may_read(&ada, &id).await.unwrap();
    }
    let _ = follower.next().await;
    assert!(stage.github.asked(&route) <= before + 1, "{before}");
    stage.end().await;
}

#[tokio::test]
async fn the_first_who_signs_in_owns_the_installation() {
    let stage = Stage::set(AccessTimes::default()).await;
    let (bob, ada) = (stage.sign_in("bob").await, stage.sign_in("ada").await);
    let local = stage.engine.sign_in_locally().await.unwrap();
    let mut owns = Vec::new();
    for person in [&bob, &ada, &local] {
        owns.push(stage.engine.is_owner(person).await.unwrap());
    }
    assert_eq!(owns, [true, false, true]);
    stage.end().await;
}

#[tokio::test]
async fn folders_of_this_machine_do_not_wait_for_github() {
    let stage = Stage::set(NOTHING_REMEMBERED).await;
    stage.github.fail(Some(Fault::BadGateway));
    let local = stage.engine.sign_in_locally().await.unwrap();
    let sample = stage.engine.repositories(&local).await.unwrap().remove(0).id;
    let id = stage.begin(&local, sample.as_str()).await;
    assert_eq!(stage.ways_in(&local, &id).await, all(None));
    stage.end().await;
}
