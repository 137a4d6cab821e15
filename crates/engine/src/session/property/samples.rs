//! What the story is made of, where nothing hangs on it.

use slipway_protocol::{
    Author, Configuration, Mode, PartBody, PermissionAsk, Phase, Prompt, PromptId, PromptState, RepositoryId,
    RequestAsk, SessionHead, SessionId, ToolCall, ToolStatus, Usage, UserId,
};

pub(super) fn head(id: &SessionId) -> SessionHead {
    SessionHead {
        id: id.clone(),
        title: "Tide".into(),
        repository: RepositoryId::new("local/tide"),
        branch: "slipway/tide-1".into(),
        base_branch: "main".into(),
        base_commit: "c0ffee".into(),
        mode: Mode::Build,
        model: None,
        phase: Phase::Idle,
        activity: String::new(),
        tasks: vec![],
        usage: Usage::default(),
        changed_files: vec![],
        allowed: Vec::new(),
        rules: slipway_protocol::Rules::default(),
        note_for_agent: String::new(),
        configuration: Configuration::default(),
        failure: None,
        publishing: slipway_protocol::Publishing::default(),
        created_at: 1,
        active_at: 1,
        archived_at: None,
        packed_bytes: None,
        titled_by_person: false,
        deleted: false,
    }
}

/// Prose, the call of a sub-agent, and two tools of which a different end is shown.
pub(super) fn body(key: u8, open: bool) -> PartBody {
    let Some(tool) = [None, Some("task"), Some("bash"), Some("grep")][usize::from(key)] else {
        return PartBody::Text;
    };
    let status = if open { ToolStatus::Running } else { ToolStatus::Completed };
    PartBody::Tool(ToolCall::new(tool, "x", status))
}

pub(super) fn prompt(seq: u64) -> Prompt {
    Prompt {
        id: PromptId::new(format!("prompt-{seq}")),
        position: seq as i64,
        text: format!("Do number {seq}"),
        author: Author { id: UserId::new("local"), name: "You".into() },
        mode: Mode::Build,
        model: None,
        attachments: Vec::new(),
        state: PromptState::Queued,
        message: None,
        created_at: 1,
    }
}

pub(super) fn ask() -> RequestAsk {
    RequestAsk::Permission(PermissionAsk {
        call: None,
        action: "bash".into(),
        title: "Run a command".into(),
        subject: "ls".into(),
        diff: None,
        always: vec![],
    })
}
