//! The one word and the one sentence that people see of a session, brought into its row.

use slipway_protocol::Phase;

use super::{phase, slots::Waits, state::State, supervisor::Supervisor};

impl Supervisor {
    /// Brings the phase and its sentence into the session's row.
    pub(super) fn show_phase(&mut self) {
        let (phase, activity) = self.phase();
        self.transcript.edit_head(|head| {
            head.phase = phase;
            head.activity = activity;
            if phase != Phase::Failed && head.blocked_by().is_none() {
                head.failure = None;
            }
        });
    }

    fn phase(&self) -> (Phase, String) {
        let head = &self.transcript.head;
        if let Some(failure) = head.blocked_by().filter(|_| self.state.is_free()) {
            return (Phase::Failed, failure.sentence.clone());
        }
        match &self.state {
            State::Asleep | State::Closing { .. } => (Phase::Asleep, self.last_words()),
            State::Waiting { .. } => (Phase::WaitingForAgent, self.place_in_line()),
            State::Overspent(overspent) => (Phase::WaitingForAgent, overspent.to_string()),
            State::CheckingOut { .. } if head.base_commit.is_empty() => {
                (Phase::Starting, "Preparing the checkout".into())
            }
            State::CheckingOut { .. } | State::Starting { .. } => {
                (Phase::Starting, "Starting the agent".into())
            }
            State::BackingOff { .. } => (Phase::Starting, "The start failed; trying again".into()),
            State::Ready { .. } => (Phase::Idle, self.last_words()),
            State::Stopping { .. } => (Phase::Stopping, "Stopping".into()),
            State::Failed => {
                let sentence = head.failure.as_ref().map(|failure| failure.sentence.clone());
                (Phase::Failed, sentence.unwrap_or_else(|| "The session failed".into()))
            }
            State::Preparing { .. } | State::Busy(_) | State::Settling { .. } => self.phase_of_turn(),
        }
    }

    fn place_in_line(&self) -> String {
        let place = |place| match place {
            1 => "next in line".to_owned(),
            place => format!("number {place} in line"),
        };
        match self.place.slots.place_in_line(&self.id, &self.owner) {
            Some(Waits::ForOwn(at)) => {
                let most = self.place.settings.limits.awake_per_person;
                format!("Waits for a place among your own agents ({most} at once): {}", place(at))
            }
            Some(Waits::ForAny(at)) => {
                format!("Waits for a place among the running agents: {}", place(at))
            }
            None => format!("Waits for a place among the running agents: {}", place(1)),
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
