//! An engine with a repository, and a person who follows one of its sessions as a browser does.

use std::{
    env,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command as Process,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use slipway_agent::{Permissions, opencode::OpenCode};
use slipway_engine::{Engine, Follower, LocalRepositories, OnExit, Parts, Settings};
use slipway_git::Git;
use slipway_protocol::{
    Applied, Command, CommandId, CommandOutcome, Frame, Join, MessageId, MessageView, Mode, NewSession,
    PartBody, Person, Phase, PromptId, RepositoryId, Role, SessionId, SessionView, SubmittedCommand,
};
use slipway_sandbox::{Isolation, Sandbox};
use slipway_store::Store;
use slipway_test_support::fake_agent::control::{self, Control};
use tempfile::TempDir;
use tokio::time::timeout;

/// Everything that is waited for comes within this time, also on a crowded machine.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Stage {
    pub(crate) engine: Engine,
    pub(crate) store: Store,
    pub(crate) who: Person,
    /// The reins of the session's agent; where there are several sessions, of the last one that started.
    pub(crate) control: Control,
    settings: Settings,
    program: PathBuf,
    folder: TempDir,
}

impl Stage {
    pub(crate) async fn set() -> Option<Self> {
        Self::with(|_| ()).await
    }

    /// None, with a word about it, where a program is missing.
    pub(crate) async fn with(settings: impl FnOnce(&mut Settings)) -> Option<Self> {
        let (keeper, agent) = (beside("slipway-keeper"), beside("fake-agent"));
        if let Some(missing) = [&keeper, &agent].into_iter().find(|program| !program.exists()) {
            let reason = format!("passed over: there is no {}", missing.display());
            assert!(env::var("SLIPWAY_TEST_REQUIRE_ALL").as_deref() != Ok("1"), "{reason}");
            println!("{reason}");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let program = folder.path().join("agent.sh");
        // The agent that is only asked for its models needs no reins.
        let script = format!(
            "#!/bin/sh\ncase \"$PWD\" in */sessions/*) export {}='{address}';; esac\nexec '{}' \"$@\"\n",
            control::ADDRESS,
            agent.display()
        );
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        make_repository(&folder.path().join("repositories/tide"));
        let mut set = Settings {
            data_dir: folder.path().join("data"),
            runtime_dir: folder.path().join("r"),
            providers: Vec::new(),
            default_model: None,
            permissions: Permissions::Ask,
            max_agents: 4,
            idle_stop: Duration::from_mins(10),
            host_mode: true,
        };
        settings(&mut set);
        let url = format!("sqlite://{}", folder.path().join("slipway.db").display());
        let store = Store::open(&url).await.unwrap();
        let engine = start(&store, &set, &program, folder.path()).await;
        let who = engine.sign_in_locally().await.unwrap();
        Some(Self { engine, store, who, control: Control(address), settings: set, program, folder })
    }

    /// The server ends, and another one starts on the same database.
    pub(crate) async fn restart(&mut self, on_exit: OnExit) {
        self.engine.shut_down(on_exit).await;
        self.engine = start(&self.store, &self.settings, &self.program, self.folder.path()).await;
    }

    /// A session with its first prompt.
    pub(crate) async fn session(&self, first: &str) -> Session<'_> {
        let id = SessionId::new(new_id());
        let new = NewSession {
            id: id.clone(),
            prompt: PromptId::new(new_id()),
            repository: RepositoryId::new("local/tide"),
            base_branch: "main".into(),
            mode: Mode::Build,
            model: None,
            message: first.into(),
        };
        self.engine.create_session(&self.who, new).await.unwrap();
        self.look_at(&id).await
    }

    /// One more browser.
    pub(crate) async fn look_at(&self, id: &SessionId) -> Session<'_> {
        let view = self.engine.session(&self.who, id).await.unwrap();
        let follower = self.engine.follow(&self.who, id, view.join()).await.unwrap();
        Session { stage: self, id: id.clone(), view, follower }
    }

    pub(crate) fn checkout(&self, id: &SessionId) -> PathBuf {
        self.settings.data_dir.join("sessions").join(id.as_str()).join("work")
    }
}

async fn start(store: &Store, settings: &Settings, program: &Path, folder: &Path) -> Engine {
    let sandbox = Arc::new(Sandbox::new(beside("slipway-keeper"), Isolation::Host));
    let git = Git::new(Arc::clone(&sandbox), "git".into());
    let repositories = folder.join("repositories");
    let sources = LocalRepositories::new(git.clone(), Some(repositories), folder.join("sample"));
    let parts = Parts {
        store: store.clone(),
        agent: Arc::new(OpenCode::new(program.to_owned(), sandbox, env::var("PATH").unwrap())),
        git,
        sources: Arc::new(sources),
        settings: settings.clone(),
    };
    Engine::start(parts).await.unwrap()
}

/// A browser that follows one session.
pub(crate) struct Session<'a> {
    stage: &'a Stage,
    pub(crate) id: SessionId,
    pub(crate) view: SessionView,
    follower: Follower,
}

impl Session<'_> {
    /// Reads on until this holds for what is seen.
    pub(crate) async fn until(&mut self, what: &str, seen: impl Fn(&SessionView) -> bool) {
        let waited = timeout(PATIENCE, async {
            while !seen(&self.view) {
                self.read().await;
            }
        });
        let came = waited.await.is_ok();
        assert!(came, "never seen: {what}; what was seen last: {:#?}", self.view);
    }

    async fn read(&mut self) {
        let applied = match self.follower.next().await {
            Some(frame) => self.view.apply(frame),
            None => Applied::Rejoin,
        };
        assert_ne!(applied, Applied::Gone, "the session is gone");
        if applied == Applied::Rejoin {
            let join: Join = self.view.join();
            self.follower = self.stage.engine.follow(&self.stage.who, &self.id, join).await.unwrap();
        }
    }

    /// The agent has come to this gate of its script.
    pub(crate) async fn until_held(&mut self, gate: &str) {
        self.until("the agent works", |view| !view.messages.is_empty()).await;
        let held = timeout(PATIENCE, self.stage.control.held(gate)).await;
        held.expect("it never comes to the gate").unwrap();
    }

    pub(crate) async fn until_phase(&mut self, phase: Phase) {
        self.until(&format!("phase {phase}"), |view| view.head.phase == phase).await;
    }

    /// Nothing runs and nothing waits.
    pub(crate) async fn until_idle(&mut self) {
        self.until("idle", |view| view.head.phase == Phase::Idle && view.queue.is_empty()).await;
    }

    /// The session was deleted.
    pub(crate) async fn until_gone(&mut self) {
        let gone = async { while !matches!(self.follower.next().await, Some(Frame::Gone) | None) {} };
        timeout(PATIENCE, gone).await.expect("the session is never gone");
    }

    pub(crate) async fn run(&self, command: Command) -> CommandOutcome {
        self.run_as(&new_id(), command).await
    }

    /// The same id again is the same command.
    pub(crate) async fn run_as(&self, id: &str, command: Command) -> CommandOutcome {
        let submitted = SubmittedCommand { id: CommandId::new(id), command };
        self.stage.engine.submit(&self.stage.who, &self.id, submitted).await.unwrap()
    }

    /// Runs a command that must be applied.
    pub(crate) async fn apply(&self, command: Command) {
        assert_eq!(self.run(command).await, CommandOutcome::Applied);
    }

    /// The sentence of a command that must be refused.
    pub(crate) async fn refused(&self, command: Command) -> String {
        match self.run(command).await {
            CommandOutcome::Refused { sentence } => sentence,
            CommandOutcome::Applied => panic!("it was applied"),
        }
    }

    pub(crate) async fn say(&self, text: &str) -> PromptId {
        let prompt = PromptId::new(new_id());
        let command = Command::Prompt { prompt: prompt.clone(), text: text.into(), mode: None, model: None };
        self.apply(command).await;
        prompt
    }

    /// Each message as one line: who, and the words.
    pub(crate) fn said(&self) -> Vec<String> {
        said(&self.view)
    }

    /// This is the last thing said.
    pub(crate) async fn until_said(&mut self, line: &str) {
        self.until(line, |view| said(view).last().is_some_and(|last| last == line)).await;
    }

    /// The agent's last answer.
    pub(crate) fn answer(&self) -> MessageId {
        let answer = self.view.messages.iter().rfind(|view| view.message.role == Role::Agent);
        answer.expect("an answer").message.id.clone()
    }

    pub(crate) fn checkout(&self) -> PathBuf {
        self.stage.checkout(&self.id)
    }

    /// Lets a held script go on, once it has come to the gate.
    pub(crate) async fn open_gate(&self, name: &str) {
        self.stage.control.open_gate(name).await.unwrap();
    }

    /// The prompts that the agent really got, in order.
    pub(crate) async fn prompts_sent(&self) -> Vec<String> {
        let calls = self.stage.control.calls().await.unwrap();
        let prompts = calls.into_iter().filter(|call| call.path.ends_with("/prompt_async"));
        prompts.map(|call| call.body["parts"][0]["text"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

fn said(view: &SessionView) -> Vec<String> {
    let line = |view: &MessageView| {
        let who = match view.message.role {
            Role::User => "you",
            Role::Agent => "agent",
            Role::Notice => "notice",
        };
        let words = view.parts.iter().filter(|part| !matches!(part.body, PartBody::Tool(_)));
        let words: Vec<_> = words.map(|part| part.text.trim()).collect();
        format!("{who}: {}", words.join(" "))
    };
    view.messages.iter().map(line).collect()
}

/// A program that the same build made.
fn beside(program: &str) -> PathBuf {
    env::current_exe().unwrap().parent().unwrap().with_file_name(program)
}

/// An id that nobody has yet.
pub(crate) fn new_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    format!("story-{:04}", COUNT.fetch_add(1, Ordering::Relaxed))
}

fn make_repository(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("clock.txt"), "tick\ntock\n").unwrap();
    for arguments in [
        &["init", "--quiet", "--initial-branch=main"][..],
        &["add", "."],
        &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message=A clock"],
    ] {
        let done = Process::new("git").args(arguments).current_dir(folder).status().unwrap();
        assert!(done.success());
    }
}
