//! The words between a server and a keeper: one JSON object a line, over a Unix socket in the session's own folder.
//!
//! The keeper knows nothing of any agent: a [`LaunchSpec`] tells it what to start, how to see that it is ready, where its
//! events come from, how it is stopped, and which model providers its gateway reaches.
//!
//! Invariant: an event has a number, numbers have no gaps within a `boot`, and an event is forgotten only after an `Ack`.
//! (Only a spool that is full drops events; one `Gap` then stands in their place, under the number of the last of them.)

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use egress::{Egress, Hosts, Reach};

mod egress;

/// Said in both hellos. A server replaces an idle keeper of another version.
pub const PROTOCOL: u32 = 2;

/// The longest line either side accepts, in bytes.
pub const MAX_LINE: usize = 32 * 1024 * 1024;

/// The keeper's socket, inside the session's runtime folder.
pub const SOCKET: &str = "keeper.sock";

/// Everything a keeper must know to start an agent; read from its standard input, since it holds secrets.
///
/// In `argv` and in the values of `env` these are replaced: `{port}` the loopback port chosen for the agent, `{password}`
/// a random one made at launch, `{gateway}` the gateway's address as the agent reaches it (`http://127.0.0.1:PORT`),
/// `{gateway_token}` the throw-away token the gateway demands as `Authorization: Bearer`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LaunchSpec {
    pub argv: Vec<String>,
    /// Put around the agent; none: it runs on the host.
    pub walls: Option<Walls>,
    /// The agent's init joins them, and with it all that it starts; the keeper does not.
    pub groups: Vec<Group>,
    /// The agent's whole environment; nothing is inherited.
    pub env: BTreeMap<String, String>,
    pub cwd: PathBuf,
    /// Made (0700) before the start.
    pub folders: Vec<PathBuf>,
    /// Emptied before each start.
    pub scratch: PathBuf,
    /// Where the agent's output goes; bounded by the keeper.
    pub log: PathBuf,
    pub user: String,
    pub ready: Readiness,
    pub events: EventSource,
    pub stop: Vec<StopStep>,
    pub gateway: Vec<GatewayRoute>,
    /// Where else the agents of this installation may go from behind their walls, and what the session says to that.
    pub egress: Egress,
    pub reach: Reach,
    /// The keeper stops itself after so many milliseconds without a server, unless the agent is busy.
    pub lonely_ms: u64,
    /// A `GET` of this path whose JSON answer equals `idle_answer` says that no turn runs.
    pub idle_probe: String,
    pub idle_answer: Value,
}

/// How bubblewrap is called to put walls around a program. Nothing of it is secret: it is an argument of *init*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walls {
    /// The program `bwrap`.
    pub program: PathBuf,
    /// Its options, but for the environment.
    pub options: Vec<String>,
    /// Small files that are there inside only: path and text.
    pub files: BTreeMap<String, String>,
    /// Plain files and folders of the outside that are empty inside, and cannot be written. What is not there is left out; anything
    /// else in such a place, a link first of all, is refused.
    #[serde(default)]
    pub hidden: Vec<PathBuf>,
    /// What can be written inside, for the second layer.
    #[serde(default)]
    pub writable: Vec<PathBuf>,
    /// Where this very program lies inside.
    pub init: PathBuf,
}

/// A control group, made by who joins it first. Like walls, an argument of *init*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub folder: PathBuf,
    /// Written into its files before it is joined, in this order.
    pub limits: Vec<GroupLimit>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupLimit {
    pub file: String,
    pub value: String,
    /// Where the kernel does not take it one goes on without.
    pub optional: bool,
}

/// The agent is ready when its output holds `line` and `GET probe` then answers 200 with JSON that holds `expect`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Readiness {
    pub line: String,
    pub probe: String,
    /// Members that the answer must have with these values.
    pub expect: BTreeMap<String, Value>,
    pub timeout_ms: u64,
}

/// Where the agent's events come from: server-sent events at `path`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EventSource {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    /// Silence after which the stream counts as lost.
    pub idle_timeout_ms: u64,
    /// The first event of a whole stream has this `type`.
    pub first: String,
    /// Events of these types are not kept.
    pub ignore: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum StopStep {
    Post {
        path: String,
        timeout_ms: u64,
    },
    Terminate {
        grace_ms: u64,
    },
    /// Everything that is left of it, children included.
    Kill,
}

/// Requests to `{gateway}/PREFIX/...` go to `upstream/...` with the key added.
#[derive(Clone, Serialize, Deserialize)]
pub struct GatewayRoute {
    pub prefix: String,
    /// Without a trailing slash.
    pub upstream: String,
    /// Added to each request; replaces what the agent sent under the same name.
    pub headers: BTreeMap<String, String>,
}

/// Never shows a header's value: they are keys.
impl fmt::Debug for GatewayRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.keys().collect();
        f.debug_struct("GatewayRoute")
            .field("prefix", &self.prefix)
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}

/// From the server to the keeper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "kebab-case")]
pub enum ToKeeper {
    /// First line of a connection. A lower generation than one seen before is refused; a higher one closes the
    /// connection of the one before it. Events after `after` follow at once.
    Hello { protocol: u32, generation: u64, after: u64 },
    /// An HTTP request to the agent. Answered by `Reply` with the same id.
    Call { id: u64, call: Call },
    /// Everything up to `seq` is stored and may be forgotten. Without acknowledgements the keeper stops sending after
    /// 16 MiB, and goes on recording.
    Ack { seq: u64 },
    /// From now on the session says this to where its agent may go.
    Reach { reach: Reach },
    /// Stops the agent by its steps, then the keeper itself.
    Stop,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    pub method: Method,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Option<Value>,
    pub timeout_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

/// From the keeper to the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "kebab-case")]
pub enum FromKeeper {
    Hello { protocol: u32, boot: String, last: u64 },
    Refused { sentence: String },
    Event { seq: u64, event: KeeperEvent },
    Reply { id: u64, reply: Reply },
}

/// The agent's answer to a call. `json` is none where the answer was not JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
pub enum Reply {
    Answered {
        status: u16,
        json: Option<Value>,
    },
    /// The agent could not be reached or did not answer in time.
    Unreachable {
        sentence: String,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum KeeperEvent {
    /// The agent answers and its event stream is open. `probe` is what the readiness probe answered.
    Ready { probe: Value },
    /// One event of the agent's stream, as it came.
    Agent { data: Value },
    /// Events may be missing here: the stream was lost and opened again, or the spool was full. Reconcile.
    Gap,
    /// The agent wanted to go there and may not. Told once of each place. The session may allow it where `can_allow` is true.
    Refused { host: String, port: u16, why: String, can_allow: bool },
    /// The agent did not get ready; the keeper ends.
    StartFailed { sentence: String },
    /// The agent is gone; the keeper ends once this was acknowledged or nobody listens.
    Exited { status: String, log_tail: String },
}
