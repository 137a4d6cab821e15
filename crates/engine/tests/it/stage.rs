//! Engines on one database, each as if it were a process of its own, and what they work with.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, mpsc},
    time::Duration,
};

use serde_json::Value;
use slipway_agent::{Permissions, Provider, ProviderKind, ProviderModel, opencode::OpenCode};
use slipway_engine::{
    AccessTimes, Accounts, Archive, Engine, GitHubRepositories, Limits, LocalRepositories, OnExit, Parts,
    Repositories, Settings, Vault,
};
use slipway_git::Git;
use slipway_protocol::{ModelRef, SessionId};
use slipway_sandbox::{Isolation, Sandbox};
use slipway_store::Store;
use slipway_test_support::{
    fake_agent::{
        Called, START,
        control::{self, Control},
        record,
    },
    programs::{beside, is_missing, keeper, plain_git},
};
use tempfile::TempDir;
use tokio::{
    runtime::{Handle, Runtime},
    sync::oneshot,
};

use crate::session::{PATIENCE, Session};

/// A database, a repository, and a fake agent; one session at a time, since the reins lead to one agent.
pub(crate) struct Stage {
    pub(crate) agent: Control,
    url: String,
    program: PathBuf,
    folder: TempDir,
}

impl Stage {
    /// None, with a word about it, where a program is missing.
    pub(crate) fn set(url: String) -> Option<Self> {
        Self::in_folder(tempfile::tempdir().unwrap(), url)
    }

    fn in_folder(folder: TempDir, url: String) -> Option<Self> {
        let fake = beside("fake-agent");
        if is_missing(&[&fake, &keeper()]) {
            return None;
        }
        repository(&folder.path().join("repos/demo"));
        let agent = Control::in_folder(folder.path());
        let record = folder.path().join("calls").display().to_string();
        let variables = [agent.variable(), (control::ASKS, "1"), (control::RECORD, &record)];
        let program = control::wrapper(folder.path(), &fake, &variables).unwrap();
        Some(Self { agent, url, program, folder })
    }

    /// On SQLite, where the engine of the database makes no difference.
    pub(crate) fn on_a_file() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("slipway.db").display());
        Self::in_folder(folder, url)
    }

    pub(crate) async fn server(&self, node: &str) -> Server {
        self.server_with(node, |_| {}).await
    }

    pub(crate) async fn server_with(&self, node: &str, change: impl FnOnce(&mut Settings)) -> Server {
        self.server_for(node, change, None).await
    }

    /// One that people of a GitHub use.
    pub(crate) async fn server_for(
        &self,
        node: &str,
        change: impl FnOnce(&mut Settings),
        accounts: Option<Arc<Accounts>>,
    ) -> Server {
        let mut settings = Settings {
            node: node.into(),
            data_dir: self.folder.path().join("data"),
            runtime_dir: self.folder.path().join("r"),
            providers: vec![provider()],
            default_model: ModelRef::parse("scripted/fake-1"),
            permissions: Permissions::Ask,
            max_agents: 2,
            idle_stop: Duration::from_mins(10),
            limits: Limits::default(),
            archive_after: Duration::from_hours(24),
            owners: Vec::new(),
            access: AccessTimes::default(),
            host_mode: true,
        };
        change(&mut settings);
        let sandbox = Arc::new(Sandbox::new(keeper(), Isolation::Host));
        let git = Git::new(Arc::clone(&sandbox), "git".into());
        let kept = self.folder.path().join("data/archive");
        let archive = Archive::in_folder(&kept, Arc::clone(&sandbox), git.clone()).unwrap();
        let agent = Arc::new(OpenCode::new(self.program.clone(), sandbox, env::var("PATH").unwrap()));
        let (repositories, sample) = (self.folder.path().join("repos"), self.folder.path().join("sample"));
        let local = LocalRepositories::new(git.clone(), Some(repositories), sample);
        let sources = Arc::new(Repositories::new(local, accounts.map(GitHubRepositories::new)));
        let url = self.url.clone();
        // One thread, so that who holds it holds all of the server.
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let starting = runtime.spawn(async move {
            let store = Store::open(&url).await.unwrap();
            Engine::start(Parts {
                store,
                agent,
                git,
                archive,
                sources,
                settings,
                vault: vault(),
                workers: Handle::current(),
            })
            .await
            .unwrap()
        });
        Server { engine: starting.await.unwrap(), runtime: Some(runtime) }
    }

    /// Agents are started, and do not get ready before the file that is returned is made.
    pub(crate) fn hold_starts(&self) -> PathBuf {
        let ready = self.folder.path().join("ready");
        let starts = std::fs::read_to_string(&self.program).unwrap();
        let waits = format!("#!/bin/sh\nwhile [ ! -e '{}' ]; do sleep 0.02; done\n", ready.display());
        std::fs::write(&self.program, starts.replacen("#!/bin/sh\n", &waits, 1)).unwrap();
        ready
    }

    /// The agent has come to this gate of its script.
    pub(crate) async fn until_held(&self, session: &mut Session, gate: &str) {
        session.until(|view| !view.messages.is_empty()).await;
        let held = tokio::time::timeout(PATIENCE, self.agent.held(gate)).await;
        held.expect("it never comes to the gate").unwrap();
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.folder.path().join("repos/demo")
    }

    pub(crate) fn checkout(&self, id: &SessionId) -> PathBuf {
        self.folder.path().join("data/sessions").join(id.as_str()).join("work")
    }

    /// As if its time were over: whoever asks next gets it.
    pub(crate) async fn let_the_lease_run_out(&self, id: &SessionId) {
        let store = self.store().await;
        let generation = store.session(id).await.unwrap().unwrap().generation;
        store.release_lease(id, generation).await.unwrap();
        store.close().await;
    }

    /// Nothing of the server moves until this is dropped, as after SIGSTOP. It is caught between two transactions: in the middle of
    /// one, the file of SQLite is locked for everybody, and no other server could go on.
    pub(crate) async fn pause(&self, server: &Server) -> Paused {
        for _ in 0..20 {
            let paused = server.pause().await;
            if let Ok(store) = Store::open(&self.url).await {
                store.close().await;
                return paused;
            }
        }
        panic!("it is always in the middle of a transaction");
    }

    /// The database, as somebody else opens it.
    pub(crate) async fn store(&self) -> Store {
        Store::open(&self.url).await.unwrap()
    }

    /// Every keeper dies without a word, and its agent with it.
    pub(crate) fn kill_keepers(&self) {
        self.signal_keepers("-KILL");
    }

    fn signal_keepers(&self, signal: &str) {
        let keepers = std::fs::read_dir(self.folder.path().join("r")).into_iter().flatten().flatten();
        for keeper in keepers {
            if let Ok(pid) = std::fs::read_to_string(keeper.path().join("keeper.pid")) {
                let _ = Command::new("kill").args([signal, pid.trim()]).status();
            }
        }
    }

    /// What the agents were asked for.
    pub(crate) fn calls(&self) -> Vec<Called> {
        let recorded = record::read(&self.folder.path().join("calls")).unwrap();
        recorded.into_iter().map(|recorded| recorded.call).collect()
    }

    /// The configurations that agents were started with, in order.
    pub(crate) fn starts(&self) -> Vec<Value> {
        let starts = self.calls().into_iter().filter(|call| call.method == START);
        starts.map(|call| call.body).collect()
    }

    /// The conversation's name at the agent: it is in the address of the prompt.
    pub(crate) fn agent_session(&self) -> String {
        let calls = self.calls();
        let prompt = calls.iter().rfind(|call| call.path.ends_with("/prompt_async")).unwrap();
        prompt.path.split('/').nth(2).unwrap().to_owned()
    }

    /// The texts that were given to the agents, in order.
    pub(crate) fn prompts(&self) -> Vec<String> {
        let prompts = self.calls().into_iter().filter(|call| call.path.ends_with("/prompt_async"));
        prompts.map(|call| call.body["parts"][0]["text"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// A keeper outlives who started it; that of a story that failed need not.
impl Drop for Stage {
    fn drop(&mut self) {
        self.signal_keepers("-TERM");
    }
}

/// An engine and all that it runs on.
pub(crate) struct Server {
    pub(crate) engine: Engine,
    runtime: Option<Runtime>,
}

impl Server {
    /// Makes a session whose first message this is.
    pub(crate) async fn begin(&self, message: &str) -> Session {
        Session::begin(&self.engine, message).await
    }

    /// Looks at a session that was made elsewhere.
    pub(crate) async fn session(&self, id: &SessionId) -> Session {
        Session::open(&self.engine, id).await
    }

    async fn pause(&self) -> Paused {
        let (held, holds) = oneshot::channel();
        let (wake, woken) = mpsc::sync_channel::<()>(1);
        let runtime = self.runtime.as_ref().unwrap();
        runtime.spawn(async move {
            let _ = held.send(());
            let _ = woken.recv();
        });
        holds.await.unwrap();
        Paused { wake }
    }

    pub(crate) async fn end(self) {
        self.engine.shut_down(OnExit::Stop).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub(crate) struct Paused {
    wake: mpsc::SyncSender<()>,
}

impl Drop for Paused {
    fn drop(&mut self) {
        let _ = self.wake.try_send(());
    }
}

/// With a list of models, so that no agent is asked for it.
fn provider() -> Provider {
    Provider {
        id: "scripted".into(),
        name: "Scripted".into(),
        kind: ProviderKind::OpenAiCompatible,
        base_url: Some("http://127.0.0.1:9/v1".into()),
        api_key: Some("sk-test".into()),
        models: vec![ProviderModel {
            id: "fake-1".into(),
            name: "Fake One".into(),
            context: 128_000,
            output: 8_192,
        }],
        small_model: None,
    }
}

fn repository(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("clock.txt"), "tick\ntock\n").unwrap();
    plain_git(folder, &["init", "--quiet", "--initial-branch=main"]);
    plain_git(folder, &["add", "."]);
    plain_git(folder, &["commit", "--quiet", "--message=A clock"]);
}

/// One key for all engines of a test.
pub(crate) fn vault() -> Vault {
    Vault::new(&[[7; 32]]).expect("a key")
}
