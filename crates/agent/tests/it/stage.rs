//! A checkout, an OpenCode at work on it, and the model that it asks.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use serde_json::Value;
use slipway_agent::{
    Agent, AgentEvent, Brought, Conversation, Delivery, LaunchRequest, Outgoing, PartUpdate, Permissions,
    Provider, ProviderKind, ProviderModel, Resume, opencode::OpenCode,
};
use slipway_protocol::{Answer, Mode, ModelRef, PartBody, RequestAsk, ToolCall};
use slipway_sandbox::{Bubblewrap, Egress, Isolation, Sandbox};
use slipway_test_support::{
    ScriptedModel,
    fake_agent::control::{self, Control},
    programs::{beside, bubblewrap, is_missing, keeper, plain_git},
};
use tempfile::TempDir;
use tokio::time::timeout;

/// Everything that is waited for comes within this time, also on a crowded machine.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Stage {
    pub(crate) agent: OpenCode,
    pub(crate) model: ScriptedModel,
    folder: TempDir,
}

impl Stage {
    /// None, with a word about it, where a program is missing.
    pub(crate) async fn set() -> Option<Self> {
        Self::with_egress(Egress::default()).await
    }

    /// Behind walls, where there are any.
    pub(crate) async fn with_egress(egress: Egress) -> Option<Self> {
        let behind = |program| Isolation::Bubblewrap(Bubblewrap { program, paths: Vec::new(), egress });
        Self::with(bubblewrap().map_or(Isolation::Host, behind)).await
    }

    pub(crate) async fn behind(walls: Bubblewrap) -> Option<Self> {
        Self::with(Isolation::Bubblewrap(walls)).await
    }

    async fn with(isolation: Isolation) -> Option<Self> {
        let (opencode, keeper) = (opencode(), keeper());
        if is_missing(&[&opencode, &keeper]) {
            return None;
        }
        let stage = Self {
            agent: OpenCode::new(
                opencode,
                Arc::new(Sandbox::new(keeper, isolation)),
                env::var("PATH").unwrap(),
            ),
            model: ScriptedModel::start().await.unwrap(),
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir(stage.checkout()).unwrap();
        std::fs::write(stage.checkout().join("clock.txt"), "tick\ntock\n").unwrap();
        stage.git(&["init", "--quiet", "--initial-branch=main"]);
        stage.git(&["add", "."]);
        stage.git(&["commit", "--quiet", "--message=A clock"]);
        Some(stage)
    }

    pub(crate) fn checkout(&self) -> PathBuf {
        self.folder.path().join("checkout")
    }

    pub(crate) fn file(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.checkout().join(name)).ok()
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        plain_git(&self.checkout(), arguments)
    }

    /// The folders into which OpenCode could not fetch packages, as its log says.
    pub(crate) fn failed_installs(&self) -> Vec<String> {
        let log = self.folder.path().join("home/data/opencode/log/opencode.log");
        let log = std::fs::read_to_string(log).unwrap();
        let lines = log.lines().filter(|line| line.contains("background dependency install failed"));
        let folders = lines.filter_map(|line| line.split_once(" dir=")?.1.split(' ').next());
        folders.map(str::to_owned).collect()
    }

    pub(crate) fn scratch(&self) -> PathBuf {
        self.folder.path().join("m")
    }

    pub(crate) fn provider(&self) -> Provider {
        Provider {
            id: "scripted".into(),
            name: "Scripted".into(),
            kind: ProviderKind::OpenAiCompatible,
            base_url: Some(self.model.url()),
            api_key: Some(slipway_test_support::scripted_model::KEY.into()),
            models: vec![ProviderModel {
                id: "fake-1".into(),
                name: "Fake One".into(),
                context: 128_000,
                output: 8_192,
            }],
            small_model: None,
        }
    }

    pub(crate) fn request(&self, permissions: Permissions) -> LaunchRequest {
        LaunchRequest {
            generation: 1,
            checkout: self.checkout(),
            mirror: None,
            runtime: self.folder.path().join("r"),
            home: self.folder.path().join("home"),
            providers: vec![self.provider()],
            permissions,
            allowed: Vec::new(),
            reach: slipway_sandbox::Reach::default(),
            brought: Brought::Off { hidden: Vec::new() },
        }
    }

    /// A conversation whose agent is ready.
    pub(crate) async fn talk(&self, permissions: Permissions) -> Talk {
        self.launch_with(self.request(permissions)).await
    }

    pub(crate) async fn launch_with(&self, request: LaunchRequest) -> Talk {
        let mut talk = self.start(request).await;
        talk.session = Some(talk.conversation.open(None, "A clock").await.unwrap());
        talk
    }

    /// Ready, and not opened yet.
    pub(crate) async fn start(&self, request: LaunchRequest) -> Talk {
        self.agent.prepare(&request.home).await.unwrap();
        let mut talk = Talk::new(self.agent.launch(request).await.unwrap());
        talk.until(|event| *event == AgentEvent::Ready).await;
        talk
    }

    /// As a server that was killed and comes back.
    pub(crate) async fn take_over(&self, left: Left, generation: u64) -> Talk {
        let Left { resume, parts, events } = left;
        let request = LaunchRequest { generation, ..self.request(Permissions::Auto) };
        let (session, heard) = (resume.agent_session.clone(), resume.seq);
        let conversation = self.agent.adopt(request, resume).await.unwrap().unwrap();
        Talk { conversation, session, events, parts, heard }
    }
}

/// A fake agent in OpenCode's place.
pub(crate) struct FakeStage {
    agent: OpenCode,
    pub(crate) control: Control,
    folder: TempDir,
}

impl FakeStage {
    /// It says nothing but what the test makes it say.
    pub(crate) fn held() -> Option<Self> {
        Self::set(&[(control::HELD, "1")])
    }

    pub(crate) fn alone() -> Option<Self> {
        Self::set(&[])
    }

    fn set(variables: &[(&str, &str)]) -> Option<Self> {
        let program = beside("fake-agent");
        if is_missing(&[&program, &keeper()]) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("checkout")).unwrap();
        let control = Control::in_folder(folder.path());
        let variables = [variables, &[control.variable()]].concat();
        let program = control::wrapper(folder.path(), &program, &variables).unwrap();
        let sandbox = Arc::new(Sandbox::new(keeper(), Isolation::Host));
        let agent = OpenCode::new(program, sandbox, env::var("PATH").unwrap());
        Some(Self { agent, control, folder })
    }

    pub(crate) async fn talk(&self) -> Talk {
        let request = LaunchRequest {
            generation: 1,
            checkout: self.folder.path().join("checkout"),
            mirror: None,
            runtime: self.folder.path().join("r"),
            home: self.folder.path().join("home"),
            providers: Vec::new(),
            permissions: Permissions::Auto,
            allowed: Vec::new(),
            reach: slipway_sandbox::Reach::default(),
            brought: Brought::Off { hidden: Vec::new() },
        };
        self.agent.prepare(&request.home).await.unwrap();
        let mut talk = Talk::new(self.agent.launch(request).await.unwrap());
        talk.until(|event| *event == AgentEvent::Ready).await;
        talk.session = Some(talk.conversation.open(None, "Fake").await.unwrap());
        talk
    }

    /// Said in this order.
    pub(crate) async fn say(&self, events: impl IntoIterator<Item = Value>) {
        for event in events {
            self.control.emit(&event).await.unwrap();
        }
    }
}

/// A keeper outlives who started it; that of a test that failed need not.
impl Drop for Stage {
    fn drop(&mut self) {
        end_keeper(self.folder.path());
    }
}

impl Drop for FakeStage {
    fn drop(&mut self) {
        end_keeper(self.folder.path());
    }
}

fn end_keeper(folder: &Path) {
    if let Ok(pid) = std::fs::read_to_string(folder.join("r/keeper.pid")) {
        let _ = Command::new("kill").arg(pid.trim()).status();
    }
}

fn opencode() -> PathBuf {
    let fetched = || root().join(".tools/opencode-1.18.33/bin/opencode");
    env::var_os("SLIPWAY_OPENCODE").map_or_else(fetched, PathBuf::from)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A conversation and what was said in it.
pub(crate) struct Talk {
    pub(crate) conversation: Box<dyn Conversation>,
    pub(crate) session: Option<String>,
    pub(crate) events: Vec<AgentEvent>,
    parts: BTreeMap<String, Part>,
    heard: u64,
}

pub(crate) struct Part {
    /// The key of the call below which it stands.
    pub(crate) parent: Option<String>,
    pub(crate) body: PartBody,
    pub(crate) text: String,
    pub(crate) open: bool,
}

/// What a server knows that let go of a conversation.
pub(crate) struct Left {
    pub(crate) resume: Resume,
    parts: BTreeMap<String, Part>,
    events: Vec<AgentEvent>,
}

impl Talk {
    fn new(conversation: Box<dyn Conversation>) -> Self {
        Self { conversation, session: None, events: Vec::new(), parts: BTreeMap::new(), heard: 0 }
    }

    pub(crate) async fn prompt(&mut self, text: &str, mode: Mode) -> Delivery {
        let delivery = self.conversation.mint();
        self.send(&delivery, text, mode).await;
        delivery
    }

    pub(crate) async fn send(&mut self, delivery: &Delivery, text: &str, mode: Mode) {
        let model = ModelRef::parse("scripted/fake-1");
        self.conversation
            .prompt(delivery, Outgoing { text: text.into(), note: None, files: Vec::new(), mode, model })
            .await
            .unwrap();
    }

    /// A whole turn, in which whatever is asked is allowed.
    pub(crate) async fn turn(&mut self, text: &str, mode: Mode) -> Vec<AgentEvent> {
        let begin = self.events.len();
        self.prompt(text, mode).await;
        self.end().await;
        self.events[begin..].to_vec()
    }

    pub(crate) async fn end(&mut self) {
        loop {
            let ends_or_asks = |event: &AgentEvent| {
                matches!(event, AgentEvent::Idle { settled: true } | AgentEvent::Asked { .. })
            };
            let AgentEvent::Asked { key, .. } = self.until(ends_or_asks).await else { return };
            assert!(self.conversation.answer(&key, &Answer::AllowOnce).await.unwrap());
        }
    }

    /// Allows this, and everything after it.
    pub(crate) async fn end_with(&mut self, key: &str) {
        assert!(self.conversation.answer(key, &Answer::AllowOnce).await.unwrap());
        self.end().await;
    }

    /// The key and the words of what is asked next.
    pub(crate) async fn asked(&mut self) -> (String, RequestAsk, bool) {
        let asked = self.until(|event| matches!(event, AgentEvent::Asked { .. })).await;
        let AgentEvent::Asked { key, ask, from_sub_agent } = asked else { unreachable!() };
        (key, ask, from_sub_agent)
    }

    pub(crate) async fn idle(&mut self) {
        self.until(|event| *event == AgentEvent::Idle { settled: true }).await;
    }

    /// Hears until this is said, and stores all of it.
    pub(crate) async fn until(&mut self, said: impl Fn(&AgentEvent) -> bool) -> AgentEvent {
        loop {
            let Ok(numbered) = timeout(PATIENCE, self.conversation.next()).await else {
                panic!("not said in time; what was said: {:#?}", self.events)
            };
            let numbered =
                numbered.unwrap_or_else(|| panic!("the keeper is gone; what was said: {:#?}", self.events));
            assert!(numbered.seq > self.heard);
            self.heard = numbered.seq;
            self.conversation.acknowledge(numbered.seq);
            let found = numbered.events.iter().find(|event| said(event)).cloned();
            for event in numbered.events {
                self.apply(&event);
                self.events.push(event);
            }
            if let Some(found) = found {
                return found;
            }
        }
    }

    pub(crate) fn apply(&mut self, event: &AgentEvent) {
        match event {
            AgentEvent::Part(PartUpdate { key, parent, body, text, open, .. }) => {
                assert!(
                    parent.as_ref().is_none_or(|parent| self.parts.contains_key(parent)),
                    "{key} {parent:?}"
                );
                let held = self.parts.remove(key).map(|part| part.text);
                let text = text.clone().or(held).unwrap_or_default();
                self.parts.insert(
                    key.clone(),
                    Part { parent: parent.clone(), body: body.clone(), text, open: *open },
                );
            }
            AgentEvent::Delta { key, text } => self.parts.get_mut(key).unwrap().text.push_str(text),
            AgentEvent::Dropped { key } => {
                self.parts.remove(key);
            }
            _ => {}
        }
    }

    /// What the agent itself said, in order.
    pub(crate) fn prose(&self) -> Vec<&str> {
        let prose = self.parts.values().filter(|part| part.body == PartBody::Text && part.parent.is_none());
        prose.map(|part| part.text.as_str()).collect()
    }

    /// The tools it used, in order, with their output.
    pub(crate) fn tools(&self) -> Vec<(&ToolCall, &str)> {
        let tools = self.parts.values().filter_map(|part| match &part.body {
            PartBody::Tool(call) => Some((call, part.text.as_str())),
            _ => None,
        });
        tools.collect()
    }

    /// The parts below this call, in order.
    pub(crate) fn below(&self, key: &str) -> Vec<&Part> {
        self.parts.values().filter(|part| part.parent.as_deref() == Some(key)).collect()
    }

    /// The keys of the calls of this tool, in order.
    pub(crate) fn calls_of(&self, tool: &str) -> Vec<&str> {
        let of_tool = |part: &Part| matches!(&part.body, PartBody::Tool(call) if call.tool == tool);
        self.parts.iter().filter(|(_, part)| of_tool(part)).map(|(key, _)| key.as_str()).collect()
    }

    pub(crate) fn parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.values()
    }

    pub(crate) fn leave(self) -> Left {
        let resume =
            Resume { boot: self.conversation.boot().into(), seq: self.heard, agent_session: self.session };
        self.conversation.leave();
        Left { resume, parts: self.parts, events: self.events }
    }

    pub(crate) async fn close(self) {
        self.conversation.close().await.unwrap();
    }
}
