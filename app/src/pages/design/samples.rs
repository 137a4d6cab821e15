//! Made-up sessions for the pieces that show one.

use slipway_protocol::{
    Author, Configuration, ConfigurationKind, Cursor, FoundConfiguration, Message, MessageId, MessageView,
    Mode, Notice, Part, PartBody, PartId, Phase, Place, Prompt, PromptId, PromptState, Publishing,
    RepositoryId, Role, Rules, SessionHead, SessionId, SessionView, ToolCall, ToolStatus, Usage, UserId,
};

/// Where time stands still.
const THEN: i64 = 1_767_268_800_000;

pub(super) fn view() -> SessionView {
    SessionView {
        cursor: Cursor::default(),
        head: head(),
        messages: vec![lines(), work()],
        has_older: false,
        has_newer: false,
        queue: queue(),
        requests: Vec::new(),
    }
}

fn head() -> SessionHead {
    SessionHead {
        id: SessionId::new("of-the-design-page"),
        title: "Add back-off with jitter to the gauge feed".into(),
        titled_by_person: true,
        repository: RepositoryId::new("harbour/tide"),
        branch: "slipway/gauge-backoff".into(),
        base_branch: "main".into(),
        base_commit: "c0ffee5".into(),
        mode: Mode::Build,
        model: None,
        phase: Phase::Idle,
        activity: String::new(),
        tasks: Vec::new(),
        usage: Usage::default(),
        changed_files: Vec::new(),
        allowed: Vec::new(),
        rules: Rules { also: vec![place("crates.example.com")], ..Rules::default() },
        note_for_agent: String::new(),
        configuration: found(3),
        failure: None,
        publishing: Publishing::default(),
        created_at: THEN,
        active_at: THEN,
        archived_at: None,
        packed_bytes: None,
        deleted: false,
    }
}

fn place(host: &str) -> Place {
    Place { host: host.into(), port: 443 }
}

/// What a repository may bring, so much of it.
pub(super) fn found(most: usize) -> Configuration {
    let found = [
        (ConfigurationKind::Plugin, ".opencode/plugin/notify.ts"),
        (ConfigurationKind::McpServer, "tides"),
        (ConfigurationKind::Setting, "permission"),
        (ConfigurationKind::Tool, ".opencode/tool/gauge.ts"),
        (
            ConfigurationKind::Agent,
            ".opencode/agent/a-name-so-long-that-it-does-not-fit-beside-anything-else.md",
        ),
        (ConfigurationKind::Command, ".opencode/command/release.md"),
        (ConfigurationKind::Skill, ".claude/skills/harbours"),
    ];
    let found = found.into_iter().take(most);
    let found = found.map(|(kind, name)| FoundConfiguration { kind, name: name.into() });
    Configuration { found: found.collect(), in_force: false }
}

/// A thin line of each kind, the longest sentences among them.
fn lines() -> MessageView {
    let notice = |notice, sentence| (PartBody::Notice { notice }, sentence);
    let refused = |host, sentence| (PartBody::Refused { place: place(host) }, sentence);
    let told = [
        notice(Notice::Stopped, "Stopped after 41 s. What was done is kept."),
        notice(
            Notice::Stopped,
            "Stopped: this session used more than 20 GB of disk. Have the agent remove what is not needed; what was done is kept.",
        ),
        notice(
            Notice::Stopped,
            "Stopped after 4 h, the longest that a turn may take. Send a message to go on; what was done is kept.",
        ),
        notice(Notice::Failed, REFUSED_KEY),
        notice(Notice::Restarted, "The server restarted. Nothing was lost."),
        notice(
            Notice::Interrupted,
            "The agent ran out of memory (4 GB) and was ended. Send a message to go on; what it had written was kept.",
        ),
        notice(Notice::Delivered, "Pushed slipway/gauge-backoff, which has 3 commits now."),
        notice(Notice::Undone, "Undone: 2 files are as they were."),
        notice(
            Notice::Information,
            "A command could not start all that it wanted to: this session may run 512 processes at once.",
        ),
        refused(
            "other.example.com",
            "The agent wanted to reach other.example.com:443, and was refused. It is not on the list of what this session may reach.",
        ),
        refused(
            "crates.example.com",
            "The agent wanted to reach crates.example.com:443, and was refused. This session may reach no machine.",
        ),
    ];
    message("lines", Role::Notice, told)
}

/// A tool in each state that it can come to, alone, and some together.
fn work() -> MessageView {
    use ToolStatus::{Completed, Denied, Failed, Running, Stopped};
    let call = |tool, target, status| ToolCall::new(tool, target, status);
    let ended = |exit, target| ToolCall { exit: Some(exit), ..call("bash", target, Completed) };
    let changed = |tool, target| ToolCall { added: 12, removed: 3, ..call(tool, target, Completed) };
    let calls = [
        call("read", "src/gauge.rs", Completed),
        changed("edit", "src/gauge.rs"),
        ended(0, "cargo test"),
        ended(101, "cargo test --workspace"),
        call("bash", "cargo bench", Running),
        call("bash", "cargo publish --dry-run", Denied),
        call("bash", "sleep 600", Stopped),
        call("question", "", Denied),
        call(
            "webfetch",
            "https://harbour.example.com/a-table-of-tides-whose-address-does-not-fit-into-one-line-of-a-phone",
            Failed,
        ),
        call("todowrite", "", Completed),
        call("gauge_history", "harbour", Completed),
    ];
    message("work", Role::Agent, calls.map(|call| (PartBody::Tool(call), "")))
}

fn message<'t>(id: &str, role: Role, told: impl IntoIterator<Item = (PartBody, &'t str)>) -> MessageView {
    let message = MessageId::new(id);
    let part = |(at, (body, text)): (i64, (PartBody, &str))| Part {
        id: PartId::new(format!("{id}-{at}")),
        message: message.clone(),
        ord: at,
        parent: None,
        body,
        text: text.into(),
        hidden: 0,
        open: false,
        interrupted: false,
        started_at: THEN,
        ended_at: Some(THEN + 1_800),
    };
    let parts = (1..).zip(told).map(part).collect();
    let message = Message {
        id: message.clone(),
        ord: 1,
        role,
        author: None,
        mode: Mode::Build,
        created_at: THEN,
        ended_at: Some(THEN),
        changes: None,
    };
    MessageView { message, parts }
}

pub(super) const REFUSED_KEY: &str =
    "The model provider refused the API key (“Unauthorized”). Check the provider's key in the settings.";

fn queue() -> Vec<Prompt> {
    let texts = [
        "Also log one line per retry, at debug level, with the delay that was drawn and the station’s name",
        "Then bump the version",
    ];
    let prompt = |(position, text): (i64, &str)| Prompt {
        id: PromptId::new(format!("waits-{position}")),
        position,
        text: text.into(),
        author: Author { id: UserId::new("alice"), name: "alice".into() },
        mode: Mode::Build,
        model: None,
        attachments: Vec::new(),
        state: PromptState::Queued,
        message: None,
        created_at: THEN,
    };
    (1..).zip(texts).map(prompt).collect()
}

pub(super) fn push_under_way() -> Publishing {
    Publishing { under_way: true, ..Publishing::default() }
}

pub(super) fn push_refused() -> Publishing {
    let sentence = "You may not push to this repository. Ask its owner. Your commits are kept here.";
    Publishing { problem: Some(sentence.into()), ..Publishing::default() }
}

pub(super) fn push_signed_out() -> Publishing {
    let sentence = "GitHub no longer accepts your sign-in. Sign in again. Nothing was pushed; your commits are kept here.";
    Publishing { problem: Some(sentence.into()), signed_out: true, ..Publishing::default() }
}
