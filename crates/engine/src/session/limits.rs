//! A session that takes too much: what becomes of it, and what its conversation says.

use slipway_protocol::{Notice, PartBody};
use slipway_sandbox::Pressure;

use super::{
    excess::{Excess, command_killed, command_refused},
    state::Input,
    supervisor::Supervisor,
};
use crate::clock;

impl Supervisor {
    /// Stops the turn and ends the agent, with one line that says why.
    pub(super) async fn exceeded(&mut self, excess: Excess) {
        if self.conversation.is_none() {
            return;
        }
        tracing::warn!(%excess, "the session takes too much");
        self.blame(excess);
        self.feed(Input::PutToSleep).await;
    }

    /// The agent is gone. Where the kernel had no more memory for it, that is why.
    pub(super) fn learn_why_it_ended(&mut self) -> Option<Excess> {
        let killed = self.felt().killed > 0;
        killed.then(|| Excess::AgentKilled { most: self.place.settings.limits.held.most().memory })
    }

    /// Why the turn ends; without one it is said at once.
    pub(super) fn blame(&mut self, excess: Excess) {
        if self.state.in_turn() {
            self.excess = Some(excess);
        } else {
            self.transcript.notice(excess.notice(), excess.to_string(), clock::now());
        }
    }

    /// Says so where a command that has ended was killed for want of memory.
    pub(super) fn look_at_command(&mut self, body: &PartBody) {
        let PartBody::Tool(call) = body else { return };
        if call.status.is_over() {
            self.look_at_pressure();
        }
    }

    /// Tells of commands that were killed; of those that were refused processes once a turn, at its end.
    pub(super) fn look_at_pressure(&mut self) {
        let (felt, most) = (self.felt(), self.place.settings.limits.held.most());
        self.refused += felt.refused;
        if felt.killed > 0 {
            self.transcript.notice(Notice::Information, command_killed(most.memory), clock::now());
        }
    }

    pub(super) fn tell_of_refused(&mut self) {
        if std::mem::take(&mut self.refused) > 0 {
            let most = self.place.settings.limits.held.most().processes;
            self.transcript.notice(Notice::Information, command_refused(most), clock::now());
        }
    }

    /// From now on only what comes is told.
    pub(super) fn forget_pressure(&mut self) {
        self.felt();
        self.refused = 0;
    }

    /// What the session's group has counted since it was looked at last.
    fn felt(&mut self) -> Pressure {
        let now = self.place.settings.limits.held.pressure(self.id.as_str());
        now.since(std::mem::replace(&mut self.pressure, now))
    }
}
