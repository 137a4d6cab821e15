//! Values to store: every field differs from its default somewhere.

use slipway_protocol::{
    AllowedAct, Answer, Attachment, AttachmentId, Author, ChangedFile, Command, CommandId, Configuration,
    ConfigurationKind, Failure, FoundConfiguration, Message, MessageId, Mode, ModelRef, Notice, Part,
    PartBody, PartId, PermissionAsk, Person, Phase, Place, Prompt, PromptId, PromptState, Publishing,
    PullRequestLink, Question, QuestionOption, RepositoryId, Request, RequestAsk, RequestId, RequestState,
    Role, Rules, SessionHead, SessionId, SubmittedCommand, Task, TaskStatus, ToolCall, ToolStatus,
    TurnChanges, Usage, UserId,
};

pub(crate) fn author(person: &Person) -> Author {
    Author { id: person.id.clone(), name: person.name.clone() }
}

pub(crate) fn ada() -> Author {
    Author { id: UserId::new("ada"), name: "Ada".into() }
}

pub(crate) fn head(id: &str) -> SessionHead {
    SessionHead {
        id: SessionId::new(id),
        title: format!("Fix the clock of {id}"),
        titled_by_person: false,
        repository: RepositoryId::new("local/tide"),
        branch: format!("slipway/{id}"),
        base_branch: "main".into(),
        base_commit: String::new(),
        mode: Mode::Build,
        model: None,
        phase: Phase::Asleep,
        activity: String::new(),
        tasks: Vec::new(),
        usage: Usage::default(),
        changed_files: Vec::new(),
        allowed: Vec::new(),
        rules: Rules::default(),
        note_for_agent: String::new(),
        configuration: Configuration::default(),
        failure: None,
        publishing: Publishing::default(),
        created_at: 10,
        active_at: 10,
        archived_at: None,
        packed_bytes: None,
        deleted: false,
    }
}

/// Nothing in it is as [`head`] made it.
pub(crate) fn busy_head(id: &str) -> SessionHead {
    SessionHead {
        title: "Renamed".into(),
        titled_by_person: true,
        repository: RepositoryId::new("local/ebb"),
        branch: "slipway/other".into(),
        base_branch: "trunk".into(),
        base_commit: "c0ffee".into(),
        mode: Mode::Plan,
        model: Some(ModelRef { provider: "a/b".into(), model: "c/d".into() }),
        phase: Phase::WaitingForYou,
        activity: "Asks: may I?".into(),
        tasks: vec![Task { text: "Look".into(), status: TaskStatus::InProgress }],
        usage: Usage { context_used: 1, context_limit: u64::MAX, tokens: 2, cost_micros: 3 },
        changed_files: vec![
            ChangedFile { path: "a.rs".into(), added: 3, removed: 1 },
            ChangedFile { path: "b.rs".into(), added: 4, removed: 0 },
        ],
        allowed: vec![AllowedAct { action: "bash".into(), pattern: "cargo *".into() }],
        rules: Rules {
            asks: true,
            closed: true,
            also: vec![Place { host: "other.test".into(), port: 8443 }],
        },
        note_for_agent: "Look again.".into(),
        configuration: Configuration {
            found: vec![FoundConfiguration { kind: ConfigurationKind::Plugin, name: "spy.js".into() }],
            in_force: true,
        },
        publishing: Publishing {
            commit: Some("c0ffee".into()),
            theirs: Some("decaf".into()),
            pull_request: Some(PullRequestLink {
                number: 12,
                url: "https://github.example/local/ebb/pull/12".into(),
                title: "Mend".into(),
            }),
            under_way: true,
            problem: Some("It did not work.".into()),
            signed_out: true,
        },
        failure: Some(Failure { sentence: "It broke.".into(), can_retry: true, blocks: true }),
        created_at: 20,
        active_at: 30,
        archived_at: Some(40),
        packed_bytes: Some(5),
        ..head(id)
    }
}

pub(crate) fn message(ord: i64, role: Role) -> Message {
    Message {
        id: MessageId::new(format!("m{ord}")),
        ord,
        role,
        author: (role == Role::User).then(ada),
        mode: Mode::Plan,
        created_at: 100 + ord,
        ended_at: (role != Role::Agent).then_some(200),
        changes: (role == Role::Agent).then_some(TurnChanges {
            files: 2,
            added: 7,
            removed: 1,
            undone: true,
        }),
    }
}

pub(crate) fn part(message: i64, ord: i64, body: PartBody) -> Part {
    Part {
        id: PartId::new(format!("p{message}-{ord}")),
        message: MessageId::new(format!("m{message}")),
        ord,
        parent: (ord > 1).then(|| PartId::new(format!("p{message}-1"))),
        body,
        text: String::new(),
        open: true,
        hidden: 0,
        interrupted: false,
        started_at: 1000,
        ended_at: None,
    }
}

pub(crate) fn closed(part: Part, text: &str) -> Part {
    Part { text: text.into(), open: false, interrupted: true, ended_at: Some(2000), ..part }
}

pub(crate) fn picture() -> Attachment {
    Attachment { id: AttachmentId::new("a1"), name: "tide.png".into(), mime: "image/png".into(), bytes: 3 }
}

pub(crate) fn bodies() -> [PartBody; 5] {
    let call = ToolCall {
        id: Some("call-1".into()),
        tool: "bash".into(),
        target: "cargo test".into(),
        status: ToolStatus::Failed,
        input: "{\"command\":\"cargo test\"}".into(),
        diff: Some("+ a\n- b\n".into()),
        added: 1,
        removed: 1,
        exit: Some(-1),
        error: Some("no".into()),
    };
    [
        PartBody::Text,
        PartBody::Reasoning,
        PartBody::Tool(call),
        PartBody::Attachment(picture()),
        PartBody::Notice { notice: Notice::Delivered },
    ]
}

pub(crate) fn prompt(position: i64) -> Prompt {
    Prompt {
        id: PromptId::new(format!("q{position}")),
        position,
        text: format!("Do {position}"),
        author: ada(),
        mode: Mode::Build,
        model: Some(ModelRef { provider: "scripted".into(), model: "fake-1".into() }),
        attachments: vec![picture()],
        state: PromptState::Queued,
        message: None,
        created_at: 50,
    }
}

pub(crate) fn request(number: i64) -> Request {
    Request {
        id: RequestId::new(format!("r{number}")),
        ask: RequestAsk::Permission(PermissionAsk {
            call: Some("call-1".into()),
            action: "bash".into(),
            title: "Run a command".into(),
            subject: "cargo publish".into(),
            diff: None,
            always: vec!["cargo *".into()],
        }),
        from_sub_agent: true,
        state: RequestState::Open,
        answer: None,
        answered_by: None,
        created_at: 60,
    }
}

pub(crate) fn question(number: i64) -> Request {
    let option = QuestionOption { label: "Tide".into(), description: "It moves".into() };
    let question =
        Question { header: "Name".into(), text: "Which?".into(), options: vec![option], multiple: true };
    Request {
        ask: RequestAsk::Question { questions: vec![question] },
        from_sub_agent: false,
        ..request(number)
    }
}

pub(crate) fn answered(request: Request) -> Request {
    let answer = Some(Answer::Choices { choices: vec![vec!["Tide".into()], Vec::new()] });
    Request { state: RequestState::Answered, answer, answered_by: Some(ada()), ..request }
}

pub(crate) fn submitted(id: &str, command: Command) -> SubmittedCommand {
    SubmittedCommand { id: CommandId::new(id), command }
}

pub(crate) fn first_commands() -> [SubmittedCommand; 1] {
    let command = Command::Prompt {
        prompt: PromptId::new("q0"),
        text: "Begin".into(),
        mode: None,
        model: None,
        attachments: Vec::new(),
    };
    [submitted("c0", command)]
}
