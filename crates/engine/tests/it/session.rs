//! A session as a person has it: verbs to ask for something, and the view that follows.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use slipway_engine::{Engine, Follower};
use slipway_protocol::{
    Applied, Command, CommandId, CommandOutcome, Frame, Join, MessageId, MessageView, Mode, NewSession,
    PartBody, Person, Phase, PromptId, RepositoryId, Role, SessionId, SessionView, SubmittedCommand,
};
use tokio::time::timeout;

/// Everything that is waited for comes within this time, also on a crowded machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Session {
    pub(crate) id: SessionId,
    engine: Engine,
    who: Person,
    follower: Option<Follower>,
    view: Option<SessionView>,
}

impl Session {
    pub(crate) async fn begin(engine: &Engine, message: &str) -> Self {
        let who = engine.sign_in_locally().await.unwrap();
        Self::begin_as(engine, who, message).await
    }

    /// In the person's most recent repository.
    pub(crate) async fn begin_as(engine: &Engine, who: Person, message: &str) -> Self {
        let repository = engine.repositories(&who).await.unwrap().remove(0).id;
        let new = new_session(repository, message);
        let id = engine.create_session(&who, new).await.unwrap();
        Self { id, engine: engine.clone(), who, follower: None, view: None }
    }

    pub(crate) async fn open(engine: &Engine, id: &SessionId) -> Self {
        let who = engine.sign_in_locally().await.unwrap();
        Self { id: id.clone(), engine: engine.clone(), who, follower: None, view: None }
    }

    pub(crate) fn person(&self) -> Person {
        self.who.clone()
    }

    pub(crate) async fn say(&self, text: &str) -> PromptId {
        let prompt = PromptId::new(new_id("prompt"));
        let command = Command::Prompt {
            prompt: prompt.clone(),
            text: text.into(),
            mode: None,
            model: None,
            attachments: Vec::new(),
        };
        assert_eq!(self.ask(command).await, CommandOutcome::Applied);
        prompt
    }

    /// Runs a command that must be applied.
    pub(crate) async fn apply(&self, command: Command) {
        assert_eq!(self.ask(command).await, CommandOutcome::Applied);
    }

    /// The sentence of a command that must be refused.
    pub(crate) async fn refused(&self, command: Command) -> String {
        match self.ask(command).await {
            CommandOutcome::Refused { sentence } => sentence,
            CommandOutcome::Applied => panic!("it was applied"),
        }
    }

    pub(crate) async fn ask(&self, command: Command) -> CommandOutcome {
        self.ask_as(&new_id("command"), command).await
    }

    /// The same id again is the same command.
    pub(crate) async fn ask_as(&self, id: &str, command: Command) -> CommandOutcome {
        let submitted = SubmittedCommand { id: CommandId::new(id), command };
        self.engine.submit(&self.who, &self.id, submitted).await.unwrap()
    }

    /// As it is read from the rows.
    pub(crate) async fn read(&self) -> SessionView {
        self.engine.session(&self.who, &self.id, None).await.unwrap()
    }

    /// Nothing runs, and nothing waits to be sent.
    pub(crate) async fn until_idle(&mut self) -> SessionView {
        self.until(|view| view.head.phase == Phase::Idle && view.queue.is_empty()).await
    }

    pub(crate) async fn until_phase(&mut self, phase: Phase) {
        self.until(|view| view.head.phase == phase).await;
    }

    /// This is the last thing said.
    pub(crate) async fn until_said(&mut self, line: &str) {
        self.until(|view| said(view).last().is_some_and(|last| last == line)).await;
    }

    /// The session was deleted.
    pub(crate) async fn until_gone(&mut self) {
        let gone = async {
            loop {
                let Some(follower) = &mut self.follower else { return self.hear().await };
                if matches!(follower.next().await, Some(Frame::Gone) | None) {
                    return;
                }
            }
        };
        timeout(PATIENCE, gone).await.expect("the session is never gone");
    }

    /// What was seen last.
    pub(crate) fn view(&self) -> &SessionView {
        self.view.as_ref().expect("something was seen")
    }

    /// Each message as one line: who, and the words.
    pub(crate) fn said(&self) -> Vec<String> {
        said(self.view())
    }

    /// The agent's last answer.
    pub(crate) fn answer(&self) -> MessageId {
        let answer = self.view().messages.iter().rfind(|view| view.message.role == Role::Agent);
        answer.expect("an answer").message.id.clone()
    }

    /// Follows until the view is as wanted.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&SessionView) -> bool) -> SessionView {
        let following = async {
            loop {
                if let Some(view) = self.view.as_ref().filter(|view| wanted(view)) {
                    return view.clone();
                }
                self.hear().await;
            }
        };
        if let Ok(view) = timeout(PATIENCE, following).await {
            return view;
        }
        panic!("this is how far it came: {:#?}", self.view)
    }

    /// Joins where it has to, and applies one frame.
    async fn hear(&mut self) {
        let Some(follower) = &mut self.follower else {
            let join = self.view.as_ref().map_or_else(Join::default, SessionView::join);
            self.follower = Some(self.engine.follow(&self.who, &self.id, join).await.unwrap());
            return;
        };
        let applied = match (follower.next().await, &mut self.view) {
            (Some(Frame::Snapshot { view }), None) => {
                self.view = Some(*view);
                Applied::Whole
            }
            (Some(frame), Some(view)) => view.apply(frame),
            (_, _) => Applied::Rejoin,
        };
        if applied != Applied::Whole {
            self.follower = None;
        }
    }
}

/// As a person asks for one.
pub(crate) fn new_session(repository: RepositoryId, message: &str) -> NewSession {
    NewSession {
        id: SessionId::new(new_id("session")),
        repository,
        base_branch: String::new(),
        mode: Mode::Build,
        model: None,
        prompt: PromptId::new(new_id("prompt")),
        message: message.into(),
    }
}

/// What was said, in order: the person's words, and the agent's.
pub(crate) fn conversation(view: &SessionView) -> Vec<(Role, &str)> {
    let prose = view.messages.iter().flat_map(|said| {
        let spoken =
            said.parts.iter().filter(|part| matches!(part.body, PartBody::Text | PartBody::Notice { .. }));
        spoken.map(|part| (said.message.role, part.text.as_str()))
    });
    prose.collect()
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

/// The end of what the agent says.
pub(crate) fn last_words(view: &SessionView) -> &str {
    let said = conversation(view);
    said.iter().rfind(|(role, _)| *role == Role::Agent).map_or("", |(_, text)| text)
}

/// An id that nobody else of this run has.
pub(crate) fn new_id(kind: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    format!("{kind}-{:04}", NUMBER.fetch_add(1, Ordering::Relaxed))
}
