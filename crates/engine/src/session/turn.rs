//! Turns: a prompt goes out, the agent works, the turn ends. One prompt is in flight at a time.

use std::time::Duration;

use slipway_agent::{AgentError, GivenFile, Outgoing};
use slipway_protocol::{Attachment, Failure, Notice, PromptId, PromptState, SessionId};
use slipway_store::Store;

use super::{
    excess::Excess,
    state::{End, Input},
    supervisor::Supervisor,
};
use crate::{
    clock,
    fault::{self, Point},
};

/// How long the loop waits for the answers of an agent that was silent.
const POLL_LIMIT: Duration = Duration::from_secs(10);

/// What went wrong in a turn.
pub(super) struct TurnError {
    pub(super) sentence: String,
    /// The next turn would end in the same way, unless a person mends something first.
    pub(super) blocks: bool,
}

impl Supervisor {
    /// Sends the first prompt of the queue: stored with its ids first, so that it is sent exactly once.
    pub(super) async fn send_next(&mut self) -> Option<Input> {
        if self.configuration_moved {
            return Some(Input::Unsent);
        }
        if self.transcript.sent.is_some() {
            return self.send_again().await;
        }
        let next = self.transcript.queue().first().filter(|_| !self.is_put_away()).cloned();
        let (Some(prompt), Some(conversation)) = (next, &mut self.conversation) else {
            return Some(Input::Unsent);
        };
        let delivery = conversation.mint();
        let now = clock::now();
        self.turn_error = None;
        self.excess = None;
        self.forget_pressure();
        self.turn_began = now;
        let before = self.fresh_mark.take();
        self.transcript.begin_turn(prompt.clone(), delivery, before, now);
        self.transcript.edit_head(|head| {
            head.active_at = now;
            head.failure = None;
        });
        // What could not be stored is not sent: the supervisor ends, and the next one finds the prompt queued.
        if !self.commit().await {
            return None;
        }
        fault::pass(Point::BeforeSend);
        Some(self.send(prompt.id).await)
    }

    /// The first prompt of the queue takes its place in the conversation, unanswered.
    pub(super) fn skip_next(&mut self) {
        let now = clock::now();
        let next = self.transcript.queue().first().cloned();
        if let (None, Some(prompt), Some(conversation)) =
            (&self.transcript.sent, next, &mut self.conversation)
        {
            let delivery = conversation.mint();
            self.turn_error = None;
            self.transcript.begin_turn(prompt, delivery, None, now);
        }
        if self.transcript.sent.is_some() {
            self.turn_began = now;
            self.finish_turn(End::Skipped);
        }
    }

    /// A prompt that was stored as sent when everything went down: the agent knows whether it arrived.
    async fn send_again(&mut self) -> Option<Input> {
        let id = self.transcript.sent.as_ref().map(|(prompt, _)| prompt.id.clone())?;
        match self.has_arrived().await {
            Ok(false) => {}
            // What was written of the answer is gone with the agent that wrote it.
            Ok(true) => {
                self.finish_turn(End::Interrupted);
                return Some(Input::Unsent);
            }
            Err(error) => return Some(self.give_up(&error)),
        }
        self.turn_began = clock::now();
        Some(self.send(id).await)
    }

    /// What was stored as sent goes out.
    async fn send(&mut self, id: PromptId) -> Input {
        match self.deliver_prompt().await {
            Ok(()) => Input::Sent(id),
            // It may have arrived all the same.
            Err(AgentError::Unreachable(sentence)) => {
                tracing::warn!(sentence, "it is not certain that the agent has the prompt");
                self.poll_due = true;
                Input::Sent(id)
            }
            Err(refusal) => self.give_up(&refusal),
        }
    }

    fn give_up(&mut self, refusal: &AgentError) -> Input {
        self.turn_error = Some(TurnError { sentence: refusal.to_string(), blocks: false });
        self.finish_turn(End::Done);
        Input::Unsent
    }

    async fn deliver_prompt(&mut self) -> Result<(), AgentError> {
        let (Some((prompt, delivery)), Some(conversation)) = (&self.transcript.sent, &mut self.conversation)
        else {
            return Err(AgentError::Refused("There is no agent to send it to.".into()));
        };
        let head = &self.transcript.head;
        let model = prompt.model.clone().or_else(|| head.model.clone());
        if prompt.asks_to_compact() {
            let model =
                model.ok_or_else(|| AgentError::Refused("Choose the model that is to do this.".into()))?;
            conversation.compact(delivery, model).await?;
        } else {
            let note = Some(head.note_for_agent.clone()).filter(|note| !note.is_empty());
            // On the heap: it is in every supervisor, and seldom at work.
            let files = Box::pin(given_files(&self.place.store, &self.id, &prompt.attachments)).await?;
            let outgoing = Outgoing { text: prompt.text.clone(), note, files, mode: prompt.mode, model };
            conversation.prompt(delivery, outgoing).await?;
            self.transcript.edit_head(|head| head.note_for_agent.clear());
        }
        fault::pass(Point::Sent);
        Ok(())
    }

    /// Whether the agent has what was stored as sent.
    async fn has_arrived(&mut self) -> Result<bool, AgentError> {
        let (Some((prompt, delivery)), Some(conversation)) = (&self.transcript.sent, &mut self.conversation)
        else {
            return Err(AgentError::Refused("There is no agent to ask.".into()));
        };
        if prompt.asks_to_compact() {
            conversation.has_begun_to_compact(delivery).await
        } else {
            conversation.knows(delivery).await
        }
    }

    /// A prompt that was stored but never arrived is sent now, under the same ids.
    pub(super) async fn make_sure_it_was_sent(&mut self) -> Result<(), AgentError> {
        if self.transcript.sent.is_none() || self.conversation.is_none() || self.has_arrived().await? {
            return Ok(());
        }
        self.deliver_prompt().await
    }

    /// Asks a silent agent what is true: events may have been lost on the way.
    pub(super) async fn poll(&mut self) {
        if !self.state.in_turn() {
            return;
        }
        let told = tokio::time::timeout(POLL_LIMIT, async {
            self.make_sure_it_was_sent().await?;
            match &mut self.conversation {
                Some(conversation) => conversation.reconcile().await,
                None => Ok(Vec::new()),
            }
        });
        match told.await {
            Ok(Ok(events)) => {
                self.state.answered(clock::now());
                self.apply_all(events).await;
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the agent does not say what is true");
                self.feed(Input::Unanswered).await;
            }
            Err(_) => {
                tracing::warn!("the agent does not answer");
                self.feed(Input::Unanswered).await;
            }
        }
    }

    pub(super) async fn ask_to_stop(&mut self) {
        let Some(conversation) = &mut self.conversation else { return };
        if let Err(error) = conversation.stop().await {
            tracing::warn!(%error, "the agent did not take the stop");
        }
        fault::pass(Point::StopAsked);
    }

    /// Closes the turn's rows, says how it ended, and looks at what changed in the checkout.
    pub(super) fn finish_turn(&mut self, end: End) {
        let now = clock::now();
        let error = self.turn_error.take();
        let state = match (end, &error) {
            (End::Done, None) | (End::Stopped | End::Skipped, _) => PromptState::Done,
            _ => PromptState::Failed,
        };
        self.transcript.end_turn(state, end != End::Done, now);
        self.transcript.expire_requests();
        let seconds = (now - self.turn_began) / 1000;
        let excess = self.excess.take();
        let ends_agent = excess.as_ref().is_some_and(Excess::ends_agent);
        if let Some(excess) = excess {
            self.transcript.notice(excess.notice(), excess.to_string(), now);
        } else {
            self.look_at_pressure();
            self.tell_of_refused();
            if end == End::Done {
                self.show_block(error.as_ref());
            }
            if let Some((notice, sentence)) = ending(end, error, seconds) {
                self.transcript.notice(notice, sentence, now);
            }
        }
        self.transcript.edit_head(|head| head.active_at = now);
        // Where an agent used up the machine, its files are looked at when it has ended: before that no work on them can start.
        if !ends_agent {
            self.look_at_files();
        }
        self.finish_stops();
    }

    /// What only a person can mend stands in the session's row until a person goes on.
    fn show_block(&mut self, error: Option<&TurnError>) {
        let Some(error) = error.filter(|error| error.blocks) else { return };
        let sentence = self.transcript.scrub_line(&error.sentence);
        self.transcript.edit_head(|head| {
            head.failure = Some(Failure { sentence, can_retry: true, blocks: true });
        });
    }
}

/// What is in the files of a prompt.
async fn given_files(
    store: &Store,
    session: &SessionId,
    attachments: &[Attachment],
) -> Result<Vec<GivenFile>, AgentError> {
    let mut files = Vec::with_capacity(attachments.len());
    for Attachment { id, name, .. } in attachments {
        let stored = store.attachment(session, id).await;
        let stored =
            stored.map_err(|error| AgentError::Refused(format!("{name} could not be read: {error}.")))?;
        let gone = || AgentError::Refused(format!("{name} is not kept any more. Attach it again."));
        let (known, content) = stored.ok_or_else(gone)?;
        files.push(GivenFile { name: known.name, mime: known.mime, content });
    }
    Ok(files)
}

/// The line in the conversation that says how a turn ended; none where the answer says enough.
fn ending(end: End, error: Option<TurnError>, seconds: i64) -> Option<(Notice, String)> {
    let line = match (end, error) {
        (End::Done, None) => return None,
        (End::Done, Some(error)) => (Notice::Failed, error.sentence),
        (End::Stopped, _) => {
            (Notice::Stopped, format!("Stopped after {seconds} s. What was done is kept."))
        }
        (End::Skipped, _) => (Notice::Stopped, "Stopped before it was sent.".into()),
        (End::Interrupted, _) => (
            Notice::Interrupted,
            "The agent ended unexpectedly. What it had written was kept.".into(),
        ),
        (End::Unresponsive, _) => (
            Notice::Interrupted,
            "The agent no longer answered and was ended. What it had written was kept.".into(),
        ),
        (End::Stuck, _) => (
            Notice::Interrupted,
            "The agent had forgotten what it asked and did not go on. It was ended; what it had written was kept."
                .into(),
        ),
    };
    Some(line)
}
