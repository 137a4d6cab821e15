//! What the agent reports, brought into the rows.

use std::time::Duration;

use futures::FutureExt as _;
use slipway_agent::{AgentEvent, FailureKind, Numbered};
use slipway_protocol::{Notice, Phase, Task};
use tokio::time::{Instant, timeout_at};

use super::{
    state::{Input, State},
    supervisor::{Supervisor, next_event},
    turn::TurnError,
};
use crate::{clock, naming};

/// What a keeper holds is read within this time.
const HEAR_OUT: Duration = Duration::from_secs(5);
/// Steps that are heard in one go, before people and time are looked at again.
const MOST_AT_ONCE: usize = 256;

impl Supervisor {
    /// What the agent has said by now: this step, and those behind it up to one that is to be stored.
    pub(super) async fn listen(&mut self, first: Option<Numbered>) {
        self.hear(first).await;
        for _ in 1..MOST_AT_ONCE {
            if self.transcript.has_changes() || self.broken.is_some() {
                break;
            }
            let Some(next) = next_event(&mut self.conversation).now_or_never() else { break };
            self.hear(next).await;
        }
        self.teller.tell(Instant::now());
    }

    /// One step of the agent. None: its keeper is gone.
    pub(super) async fn hear(&mut self, numbered: Option<Numbered>) {
        let Some(numbered) = numbered else {
            tracing::warn!("the keeper is gone");
            // Asked once more it would say the same, for ever and before everything else.
            self.conversation = None;
            if let Some(excess) = self.learn_why_it_ended() {
                self.blame(excess);
            }
            self.feed(Input::Exited).await;
            return;
        };
        let Numbered { seq, mut events } = numbered;
        let last = events.pop();
        for event in events {
            self.apply(event).await;
        }
        // Whatever the last event commits carries the number of all. Text is committed after it was heard, not before.
        if matches!(last, Some(AgentEvent::Delta { .. })) && self.transcript.has_changes() {
            self.commit().await;
        }
        self.state.heard(clock::now());
        if let Some(conversation) = &self.conversation {
            self.transcript.heard(conversation.boot(), seq);
        }
        if let Some(event) = last {
            self.apply(event).await;
        }
    }

    async fn apply(&mut self, event: AgentEvent) {
        let now = clock::now();
        match event {
            AgentEvent::Ready => self.open().await,
            AgentEvent::Busy => {
                self.show_busy();
                self.feed(Input::Begun).await;
            }
            AgentEvent::Idle { settled } => self.feed(Input::Idle { settled }).await,
            AgentEvent::Retrying { attempt, sentence, next_at } => {
                self.show_retry(attempt, &sentence, next_at);
            }
            AgentEvent::Asked { key, ask, from_sub_agent } => {
                self.transcript.ask(&key, ask, from_sub_agent, now);
                self.show_phase();
            }
            AgentEvent::AskClosed { key } => {
                self.transcript.expire_request(&key);
                self.show_phase();
            }
            AgentEvent::Failed { kind: FailureKind::Aborted, .. } => self.feed(Input::Stopped).await,
            AgentEvent::Failed { kind, sentence } => {
                self.turn_error = Some(TurnError { sentence, blocks: kind.needs_a_person() });
            }
            AgentEvent::Gap => self.reconcile().await,
            AgentEvent::Exited { sentence } => {
                tracing::warn!(sentence, "the agent ended");
                self.exited(sentence).await;
            }
            said => self.keep(said).await,
        }
    }

    /// What the agent said or did; whatever else an event may be is passed over.
    async fn keep(&mut self, said: AgentEvent) {
        match said {
            AgentEvent::Part(update) => {
                self.look_at_command(&update.body);
                self.transcript.update_part(update, clock::now());
                self.show_phase();
            }
            AgentEvent::Delta { key, text } => self.stream(&key, &text).await,
            AgentEvent::Dropped { key } => self.transcript.drop_part(&key),
            AgentEvent::Tasks(tasks) => self.show_tasks(tasks),
            AgentEvent::Title(title) => self.show_title(&title),
            AgentEvent::Notice(sentence) => {
                self.transcript.notice(Notice::Information, sentence, clock::now());
            }
            AgentEvent::Refused { place, sentence, can_allow } => {
                self.show_refusal(place, sentence, can_allow).await;
            }
            AgentEvent::Usage { context_used, tokens, cost_micros } => {
                self.show_usage(context_used, tokens, cost_micros);
            }
            _ => {}
        }
    }

    /// Keeps what the keeper held when this server came. Who ends the agent now must not lose what it had said before.
    pub(super) async fn hear_out(&mut self) {
        let until = Instant::now() + HEAR_OUT;
        while self.conversation.as_ref().is_some_and(|conversation| conversation.is_behind()) {
            let Ok(Some(Numbered { seq, events })) =
                timeout_at(until, next_event(&mut self.conversation)).await
            else {
                return tracing::warn!("what the agent said last could not be heard out");
            };
            for event in events {
                self.keep(event).await;
            }
            if let Some(conversation) = &self.conversation {
                self.transcript.heard(conversation.boot(), seq);
            }
        }
    }

    /// The agent knows a better title than the first line of the first message, and a person one better still.
    fn show_title(&mut self, title: &str) {
        if !self.transcript.head.titled_by_person && !title.trim().is_empty() {
            let title = naming::title(&self.transcript.scrub_line(title));
            self.transcript.edit_head(|head| head.title = title);
        }
    }

    fn show_tasks(&mut self, mut tasks: Vec<Task>) {
        for task in &mut tasks {
            task.text = self.transcript.scrub_line(&task.text);
        }
        self.transcript.edit_head(|head| head.tasks = tasks);
    }

    async fn exited(&mut self, mut sentence: String) {
        let starting = matches!(self.state, State::Starting { .. });
        if let Some(conversation) = self.conversation.take() {
            let _ = conversation.close().await;
        }
        match self.learn_why_it_ended() {
            Some(excess) if starting => sentence = excess.to_string(),
            Some(excess) => self.blame(excess),
            None => {}
        }
        let input = if starting { Input::StartFailed { sentence, retry: true } } else { Input::Exited };
        self.feed(input).await;
    }

    /// Text does not wait to be stored; the changes before it must be stored first, or followers would not know the part.
    async fn stream(&mut self, key: &str, text: &str) {
        if self.transcript.has_changes() {
            self.commit().await;
        }
        if let Some(delta) = self.transcript.append(key, text) {
            self.teller.stream(delta);
        }
    }

    async fn open(&mut self) {
        let Some(conversation) = &mut self.conversation else { return };
        // OpenCode finds a title only for what has none.
        let head = &self.transcript.head;
        let title = if head.titled_by_person { head.title.as_str() } else { "" };
        match conversation.open(self.agent_session.as_deref(), title).await {
            Ok(id) => {
                self.agent_session = Some(id.clone());
                self.transcript.set_agent_session(id);
                self.feed(Input::Ready).await;
            }
            Err(error) => self.exited(error.to_string()).await,
        }
    }

    async fn reconcile(&mut self) {
        let Some(conversation) = &mut self.conversation else { return };
        match conversation.reconcile().await {
            Ok(events) => Box::pin(self.apply_all(events)).await,
            Err(error) => tracing::warn!(%error, "could not ask the agent what was missed"),
        }
    }

    /// What the agent said when it was asked.
    pub(super) async fn apply_all(&mut self, events: Vec<AgentEvent>) {
        for event in events {
            // A gap within what mends a gap would go round for ever.
            if event != AgentEvent::Gap {
                self.apply(event).await;
            }
        }
    }

    fn show_busy(&mut self) {
        if self.transcript.head.phase == Phase::Retrying {
            self.transcript.edit_head(|head| head.phase = Phase::Planning);
        }
        self.show_phase();
    }

    fn show_retry(&mut self, attempt: u32, sentence: &str, next_at: i64) {
        let seconds = ((next_at - clock::now()).max(0) + 999) / 1000;
        let sentence = self.transcript.scrub_line(sentence);
        let activity = format!("{sentence} Trying again in {seconds} s (attempt {attempt}).");
        self.transcript.edit_head(|head| {
            head.phase = Phase::Retrying;
            head.activity = activity;
        });
    }
}
