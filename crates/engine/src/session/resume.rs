//! Where a supervisor begins and ends: taking up what an earlier server left, and leaving what a later one takes up.

use std::time::Duration;

use slipway_agent::{Brought, Conversation, Resume};
use slipway_protocol::{Notice, PromptState};

use super::{
    hub::Live,
    message::OnExit,
    state::{End, Input, START_MS, State, Turn},
    storing::Broken,
    supervisor::{Supervisor, next_event},
};
use crate::{
    clock,
    fault::{self, Point},
};

impl Supervisor {
    /// Finds the agent that went on alone, or tidies up after one that did not.
    pub(super) async fn take_up(&mut self) {
        let found = match self.transcript.keeper().cloned() {
            Some((boot, seq)) => self.find_agent(boot, seq).await,
            None => None,
        };
        match found {
            Some(conversation) => self.go_on_with(conversation).await,
            None => self.tidy_up(),
        }
        // Whoever was pushing is gone; what was asked is asked again below.
        self.transcript.edit_head(|head| head.publishing.under_way = false);
        // A stop that was meant for the turn that ran then must not end the next one.
        self.apply_commands().await;
        if matches!(self.state, State::Asleep | State::Ready { .. }) && self.has_work() {
            self.feed(Input::Work).await;
        }
        if !self.state.has_turn() {
            self.look_again();
        }
    }

    async fn find_agent(&mut self, boot: String, seq: u64) -> Option<Box<dyn Conversation>> {
        // It runs already, with what it was started with.
        let brought = Brought::Off { hidden: Vec::new() };
        let request = self.place.launch_request(&self.transcript.head, self.generation, brought);
        let resume = Resume { boot, seq, agent_session: self.agent_session.clone() };
        let found = self.place.agent.adopt(request, resume).await;
        found.unwrap_or_else(|error| {
            tracing::warn!(%error, "the keeper could not be taken up");
            None
        })
    }

    async fn go_on_with(&mut self, conversation: Box<dyn Conversation>) {
        tracing::info!("went on with the agent that was running");
        fault::pass(Point::Adopted);
        self.slot = self.place.slots.try_take(&self.owner);
        self.conversation = Some(conversation);
        let now = clock::now();
        self.state = match (&self.transcript.sent, &self.agent_session) {
            (Some((prompt, _)), Some(_)) => State::Busy(Turn::new(prompt.id.clone(), now, self.times())),
            (None, Some(_)) => State::Ready { idle_since: now },
            (_, None) => State::Starting { attempt: 1, deadline: now + START_MS },
        };
        if self.state.in_turn()
            && let Err(error) = self.make_sure_it_was_sent().await
        {
            tracing::warn!(%error, "the agent could not be asked whether it has the prompt");
        }
    }

    /// No agent is left: what was open ends here. A prompt that nobody has begun to answer may never have arrived: the
    /// next agent is asked.
    fn tidy_up(&mut self) {
        let now = clock::now();
        if self.transcript.has_answer() {
            self.transcript.end_turn(PromptState::Failed, true, now);
            let sentence = "The agent was gone when Slipway started again. What it had written was kept.";
            self.transcript.notice(Notice::Interrupted, sentence, now);
        }
        self.transcript.expire_requests();
        if self.transcript.keeper().is_some() {
            self.transcript.forget_keeper();
        }
    }

    /// The server ends: a running turn is left to its keeper or stopped, an idle agent is ended.
    pub(super) async fn shut_down(&mut self, on_exit: OnExit) {
        let under_way = self.state.in_turn() || matches!(self.state, State::Starting { .. });
        if under_way && on_exit == OnExit::Keep {
            self.commit().await;
            return;
        }
        if self.state.in_turn() {
            self.stop_for_good().await;
        }
        if let Some(conversation) = self.conversation.take() {
            let _ = conversation.close().await;
        }
        self.transcript.expire_requests();
        self.transcript.forget_keeper();
        // What waits is taken up by the next server, which finds it by its phase.
        if !matches!(self.state, State::Failed | State::Waiting { .. } | State::Overspent(_)) {
            self.state = State::Asleep;
        }
        self.show_phase();
        self.commit().await;
    }

    async fn stop_for_good(&mut self) {
        self.ask_to_stop().await;
        let patience = tokio::time::Instant::now() + Duration::from_secs(3);
        while self.state.in_turn() {
            let Ok(event) = tokio::time::timeout_at(patience, next_event(&mut self.conversation)).await
            else {
                break;
            };
            self.hear(event).await;
        }
        if self.state.in_turn() {
            self.finish_turn(End::Stopped);
        }
    }

    /// Lets go of the session: a running agent goes on with its keeper.
    pub(super) async fn end(mut self) {
        self.place.slots.set_idle(&self.id, &self.owner, None);
        self.teller.finish();
        self.hear_of_flush().await;
        match self.broken.take() {
            Some(Broken::Fenced) => {
                tracing::warn!("another supervisor has taken this session over");
                self.publish(Live::Moved);
            }
            Some(Broken::Store(error)) => {
                tracing::error!(%error, "the store takes nothing; left to the keeper");
            }
            None => {
                if let Err(error) = self.place.store.release_lease(&self.id, self.generation).await {
                    tracing::warn!(%error, "the lease was not released");
                }
            }
        }
        if let Some(waits) = self.in_line.take() {
            waits.abort();
        }
        if let Some(conversation) = self.conversation.take() {
            conversation.leave();
        }
    }
}
