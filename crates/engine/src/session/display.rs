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

    /// What the agent said last, in one line.
    fn last_words(&self) -> String {
        let said = first_line(self.transcript.last_text().unwrap_or_default());
        if said.is_empty()
            && !self.transcript.head.activity.is_empty()
            && !self.transcript.head.phase.is_busy()
        {
            return self.transcript.head.activity.clone();
        }
        said
    }
}

/// Bytes of an answer that are looked at, and letters of its first line that are shown.
const BEGINNING: usize = 4 * 1024;
const LINE: usize = 160;

/// The first line of Markdown as it reads.
fn first_line(said: &str) -> String {
    let read = slipway_markdown::plain(&said[..said.floor_char_boundary(BEGINNING)]);
    let line = read.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().take(LINE).collect()
}

#[cfg(test)]
mod tests {
    use super::first_line;

    #[test]
    fn an_answer_is_told_by_its_first_line_as_it_reads() {
        let cases = [
            ("", ""),
            ("\n\n## What *changes*\n\nMuch.", "What changes"),
            (
                "`harbour_id` and __datum__ say [what](https://example.org) they hold.",
                "harbour_id and datum say what they hold.",
            ),
            ("2 * 3 * 4 = 24", "2 * 3 * 4 = 24"),
        ];
        for (said, line) in cases {
            assert_eq!(first_line(said), line, "{said:?}");
        }
        assert_eq!(first_line(&"ä".repeat(5_000)), "ä".repeat(160));
    }
}
