//! What follows from the state machine: places, starts and ends of agents, and what ran beside the loop.
//!
//! Invariant: what starts or ends an agent runs alone. Both work on the keeper's one folder, and a start clears away
//! whatever it finds there.

use slipway_protocol::{ErrorKind, Failure};

use super::{
    excess::Excess,
    message::{CheckedOut, Done, Started},
    state::{Effect, Input, State},
    supervisor::Supervisor,
};
use crate::Error;

impl Supervisor {
    pub(super) async fn act(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::TakeSlot => return self.take_slot().await,
            Effect::CheckOut | Effect::Start => self.go_on_with_start(),
            Effect::LookForNext => return self.look_for_next().await,
            Effect::Mark => return self.mark(),
            Effect::SendNext => return self.send_next().await,
            Effect::SkipNext => self.skip_next(),
            Effect::Poll => self.poll_due = true,
            Effect::TimeIsOver => self.blame(Excess::Time { most: self.place.settings.limits.turn }),
            Effect::AskToStop => self.ask_to_stop().await,
            Effect::FinishTurn(end) => self.finish_turn(end),
            // Why it ends is stored first: who dies between the two must not leave a turn that looks interrupted.
            Effect::Close => return if self.commit().await { self.close() } else { None },
            Effect::Release => self.release(),
            Effect::Fail(sentence) => self.fail(sentence),
        }
        None
    }

    async fn take_slot(&mut self) -> Option<Input> {
        if self.has_work()
            && let Some(overspent) = self.overspent().await
        {
            return Some(Input::Overspent(overspent));
        }
        if self.slot.is_none() {
            self.slot = self.place.slots.try_take(&self.owner);
        }
        if self.slot.is_some() {
            return Some(Input::Slot);
        }
        let (slots, done) = (self.place.slots.clone(), self.done.clone());
        let (id, owner) = (self.id.clone(), self.owner.clone());
        let waits = tokio::spawn(async move {
            let slot = slots.take(&id, &owner).await;
            let _ = done.send(Done::Slot(slot)).await;
        });
        self.in_line = Some(waits.abort_handle());
        None
    }

    /// The agent is gone, or was never there.
    fn release(&mut self) {
        self.conversation = None;
        self.slot = None;
        if let Some(waits) = self.in_line.take() {
            waits.abort();
        }
        if self.transcript.keeper().is_some() {
            self.transcript.forget_keeper();
        }
    }

    /// The step that the state is at: the checkout, or the agent in it. What is under way already serves as well, if it is
    /// still wanted when it is done.
    fn go_on_with_start(&mut self) {
        self.start_due = self.at_agent > 0;
        if self.start_due {
            return;
        }
        let (place, head) = (self.place.clone(), self.transcript.head.clone());
        let (owner, generation) = (self.owner.clone(), self.generation);
        match self.state {
            State::CheckingOut { .. } => {
                self.errand(async move { Done::CheckedOut(place.check_out(head, owner).await) });
            }
            State::Starting { .. } => {
                self.configuration_moved = false;
                self.errand(async move { Done::Started(place.start(head, owner, generation).await) });
            }
            _ => return,
        }
        self.at_agent += 1;
    }

    /// Ends the agent beside the loop; without one it is ended already.
    pub(super) fn close(&mut self) -> Option<Input> {
        self.transcript.expire_requests();
        let Some(conversation) = self.conversation.take() else { return Some(Input::Closed) };
        self.at_agent += 1;
        self.errand(async move {
            if let Err(error) = conversation.close().await {
                tracing::warn!(%error, "the agent did not end as it should");
            }
            Done::Closed
        });
        None
    }

    pub(super) async fn take_result(&mut self, result: Done) {
        self.errands -= usize::from(!matches!(result, Done::Slot(_)));
        self.at_agent -= usize::from(matches!(result, Done::CheckedOut(_) | Done::Started(_) | Done::Closed));
        match result {
            Done::Slot(slot) => {
                self.in_line = None;
                self.slot = Some(slot);
                self.feed(Input::Slot).await;
                if self.state.at_rest() {
                    self.slot = None;
                }
            }
            Done::CheckedOut(result) => self.checked_out(result).await,
            Done::Started(result) => self.started(result).await,
            Done::Marked(mark) => self.marked(mark).await,
            Done::Recorded(turn) => self.recorded(turn).await,
            Done::Looked(changed) => self.looked(changed),
            Done::Restored { command, restore, result } => self.restored(command, restore, result).await,
            Done::Discarded { command, path, result } => self.discarded(command, path, result).await,
            Done::Delivered { command, result } => self.delivered(command, result),
            Done::Updated { command, author, result } => self.updated(command, author, result).await,
            Done::Published { command, result } => self.published(command, result),
            Done::Packed(result) => self.packed(result).await,
            Done::Unpacked { command, result } => self.unpacked(command, result).await,
            Done::Closed => {
                self.look_again();
                self.feed(Input::Closed).await;
            }
        }
        if self.start_due && self.at_agent == 0 {
            self.start_due = false;
            if self.conversation.is_none() {
                self.go_on_with_start();
            }
        }
    }

    /// Where it starts from is kept in any case: the checkout stays for the next start.
    async fn checked_out(&mut self, result: Result<CheckedOut, Error>) {
        match result {
            Ok(made) => {
                self.transcript.edit_head(|head| head.base_commit = made.base_commit);
                self.note_extras(&made.extras);
                self.feed(Input::CheckedOut).await;
            }
            Err(error) if matches!(self.state, State::CheckingOut { .. }) => self.not_started(error).await,
            Err(error) => tracing::warn!(%error, "a checkout that is not wanted any more was not made"),
        }
    }

    async fn started(&mut self, started: Started) {
        let Started { configuration, conversation } = started;
        if let Some(configuration) = configuration {
            self.transcript.edit_head(|head| head.configuration = configuration);
        }
        match conversation {
            Ok(conversation) if matches!(self.state, State::Starting { .. }) => {
                self.transcript.heard(conversation.boot(), 0);
                self.forget_pressure();
                self.conversation = Some(conversation);
                self.mark_early();
            }
            // It was put to sleep, or given up, while it was starting.
            Ok(conversation) => {
                self.conversation = Some(conversation);
                self.close();
            }
            Err(error) if matches!(self.state, State::Starting { .. }) => self.not_started(error).await,
            Err(error) => tracing::warn!(%error, "an agent that is not wanted any more did not start"),
        }
    }

    async fn not_started(&mut self, error: Error) {
        tracing::warn!(%error, "the session could not start");
        let retry = error.kind == ErrorKind::Busy;
        self.feed(Input::StartFailed { sentence: error.sentence, retry }).await;
    }

    fn fail(&mut self, sentence: String) {
        let sentence = self.transcript.scrub_line(&sentence);
        self.transcript.edit_head(|head| {
            head.failure = Some(Failure { sentence, can_retry: true, blocks: false });
        });
    }
}
