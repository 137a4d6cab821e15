//! Turns: a prompt goes out, the agent works, the turn ends. One prompt is in flight at a time.

use slipway_agent::Outgoing;
use slipway_protocol::{Notice, Phase, PromptState};

use super::{
    message::Done,
    phase,
    state::{End, Input, State},
    supervisor::Supervisor,
};
use crate::clock;

impl Supervisor {
    /// Sends the first prompt of the queue: stored with its ids first, so that it is sent exactly once.
    pub(super) async fn send_next(&mut self) -> Option<Input> {
        let prompt = self.transcript.queue().first().filter(|_| !self.is_put_away())?.clone();
        let delivery = self.conversation.as_mut()?.mint();
        self.turn_error = None;
        self.turn_began = clock::now();
        self.failed_prompt = None;
        self.transcript.begin_turn(prompt.clone(), delivery, clock::now());
        self.transcript.edit_head(|head| {
            head.active_at = clock::now();
            head.failure = None;
        });
        // What could not be stored is not sent: the supervisor ends, and the next one finds the prompt queued.
        if !self.commit().await {
            return None;
        }
        match self.deliver_prompt().await {
            Ok(()) => Some(Input::Sent(prompt.id)),
            Err(sentence) => {
                self.turn_error = Some(sentence);
                self.finish_turn(End::Done);
                None
            }
        }
    }

    async fn deliver_prompt(&mut self) -> Result<(), String> {
        let (Some((prompt, delivery)), Some(conversation)) = (&self.transcript.sent, &mut self.conversation)
        else {
            return Err("There is no agent to send it to.".into());
        };
        let outgoing = Outgoing {
            text: prompt.text.clone(),
            mode: prompt.mode,
            model: prompt.model.clone().or_else(|| self.transcript.head.model.clone()),
        };
        conversation.prompt(delivery, outgoing).await.map_err(|error| error.to_string())
    }

    /// After a restart: a prompt that was stored but never arrived is sent now, under the same ids.
    pub(super) async fn make_sure_it_was_sent(&mut self) {
        let (Some((_, delivery)), Some(conversation)) = (&self.transcript.sent, &mut self.conversation)
        else {
            return;
        };
        if matches!(conversation.knows(delivery).await, Ok(false))
            && let Err(sentence) = self.deliver_prompt().await
        {
            tracing::warn!(sentence, "the prompt could not be sent again");
        }
    }

    pub(super) async fn ask_to_stop(&mut self) -> Option<Input> {
        let conversation = self.conversation.as_mut()?;
        if let Err(error) = conversation.stop().await {
            tracing::warn!(%error, "the agent did not take the stop");
        }
        None
    }

    /// Closes the turn's rows, says how it ended, and looks at what changed in the checkout.
    pub(super) fn finish_turn(&mut self, end: End) {
        let now = clock::now();
        let error = self.turn_error.take();
        let state = match (end, &error) {
            (End::Done, Some(_)) | (End::Interrupted, _) => PromptState::Failed,
            _ => PromptState::Done,
        };
        let seconds = (now - self.turn_began) / 1000;
        let prompt = self.transcript.end_turn(state, end != End::Done, now);
        self.transcript.expire_requests();
        match (end, error) {
            (End::Done, Some(sentence)) => self.transcript.notice(Notice::Failed, sentence, now),
            (End::Stopped, _) => {
                self.transcript.notice(
                    Notice::Stopped,
                    format!("Stopped after {seconds} s. What was done is kept."),
                    now,
                );
            }
            (End::Interrupted, _) => {
                let sentence = "The agent ended unexpectedly. What it had written was kept.";
                self.transcript.notice(Notice::Interrupted, sentence, now);
            }
            (End::Done, None) => {}
        }
        if state == PromptState::Failed {
            self.failed_prompt = prompt;
        }
        self.transcript.edit_head(|head| head.active_at = now);
        self.look_at_changes();
    }

    pub(super) fn look_at_changes(&mut self) {
        let (place, done, head) = (self.place.clone(), self.done.clone(), self.transcript.head.clone());
        self.errands += 1;
        tokio::spawn(async move {
            let _ = done.send(Done::Changes(place.changes(head).await)).await;
        });
    }

    pub(super) fn fail(&mut self, sentence: String) {
        self.transcript.edit_head(|head| {
            head.failure = Some(slipway_protocol::Failure { sentence, can_retry: true });
        });
    }

    /// Brings the phase and its sentence into the session's row.
    pub(super) fn show_phase(&mut self) {
        let (phase, activity) = self.phase();
        self.transcript.edit_head(|head| {
            head.phase = phase;
            head.activity = activity;
            if phase != Phase::Failed {
                head.failure = None;
            }
        });
    }

    fn phase(&self) -> (Phase, String) {
        let head = &self.transcript.head;
        match &self.state {
            State::Asleep | State::Closing => (Phase::Asleep, self.last_words()),
            State::Waiting { .. } => {
                (Phase::WaitingForAgent, "Waits for a place among the running agents".into())
            }
            State::Starting { .. } if head.base_commit.is_empty() => {
                (Phase::Starting, "Preparing the checkout".into())
            }
            State::Starting { .. } => (Phase::Starting, "Starting the agent".into()),
            State::BackingOff { .. } => (Phase::Starting, "The start failed; trying again".into()),
            State::Ready { .. } => (Phase::Idle, self.last_words()),
            State::Stopping { .. } => (Phase::Stopping, "Stopping".into()),
            State::Failed => {
                let sentence = head.failure.as_ref().map(|failure| failure.sentence.clone());
                (Phase::Failed, sentence.unwrap_or_else(|| "The session failed".into()))
            }
            State::Busy { .. } | State::Settling { .. } => self.phase_of_turn(),
        }
    }

    fn phase_of_turn(&self) -> (Phase, String) {
        if self.transcript.has_open_requests() {
            return (Phase::WaitingForYou, self.transcript.open_question());
        }
        let head = &self.transcript.head;
        if head.phase == Phase::Retrying && self.transcript.newest_part().is_none() {
            return (Phase::Retrying, head.activity.clone());
        }
        let mode = self.transcript.sent.as_ref().map_or(head.mode, |(prompt, _)| prompt.mode);
        let of_part = |part: &slipway_protocol::Part| phase::of_part(&part.body, part.open, mode);
        if let Some(shown) = self.transcript.newest_part().and_then(of_part) {
            return shown;
        }
        // Between two steps nothing is known: what was shown stays.
        if head.phase.is_busy()
            && !matches!(head.phase, Phase::Starting | Phase::WaitingForYou | Phase::WaitingForAgent)
        {
            return (head.phase, head.activity.clone());
        }
        (Phase::Planning, "Thinking".into())
    }

    /// The end of what the agent said last, in one line.
    fn last_words(&self) -> String {
        let said = self.transcript.last_text().unwrap_or_default();
        let line = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let plain: String = line.chars().filter(|c| !matches!(c, '*' | '`' | '#' | '_')).take(160).collect();
        if plain.is_empty()
            && !self.transcript.head.activity.is_empty()
            && !self.transcript.head.phase.is_busy()
        {
            return self.transcript.head.activity.clone();
        }
        plain.trim().to_owned()
    }
}
