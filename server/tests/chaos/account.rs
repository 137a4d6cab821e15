//! The account of one session: what became of each message, as the conversation shows it and as the agent saw it.

use std::collections::{BTreeMap, BTreeSet};

use slipway_protocol::{Command, MessageView, Notice, PartBody, Role, SessionView};
use slipway_test_support::fake_agent::Called;

use crate::{
    browser::Answered,
    desk::Entry,
    rest::Session,
    script::{Block, Script},
    story::Wish,
    telling::Harm,
};

#[derive(Default)]
pub(crate) struct Account {
    pub(crate) checks: u32,
    pub(crate) violations: Vec<String>,
}

/// A message as it should be.
struct Fate {
    script: Script,
    removed: bool,
    refused: bool,
    /// Its place in the queue was changed.
    moved: bool,
}

/// A message of the person, and what was said until the next one.
struct Turn<'a> {
    asked: &'a str,
    said: Vec<&'a str>,
    notices: Vec<Notice>,
}

impl Account {
    pub(crate) fn of(session: &Session, view: &SessionView, calls: &[Called], harm: &Harm) -> Self {
        let mut account = Self::default();
        let fates = fates(session);
        let turns = turns(&view.messages);
        let denied = session
            .ledger
            .entries
            .iter()
            .any(|entry| matches!(entry.wish, Wish::Answer { allow: false, .. }));
        let retries = session.ledger.applied(|wish| matches!(wish, Wish::Retry));
        let mut again = 0;
        for fate in fates.values() {
            again += account.message(fate, &turns, denied);
            account.calls(fate, &turns, calls);
        }
        account.hold(again <= retries, || {
            format!("{again} messages were sent once more, and that was asked {retries} times")
        });
        account.order(&fates, &turns);
        account.causes(session, &fates, &turns, harm);
        let open = view.messages.iter().flat_map(|said| &said.parts).filter(|part| part.open).count();
        account.hold(open == 0, || format!("{open} parts are open, and nobody writes"));
        account
    }

    fn hold(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        self.checks += 1;
        if !holds {
            self.violations.push(otherwise());
        }
    }

    /// Stands in the conversation, with its answer or with a line that says why there is none; once, but for what was tried
    /// again after it broke. Returns how often that was.
    fn message(&mut self, fate: &Fate, turns: &[Turn<'_>], denied: bool) -> usize {
        let mark = fate.script.mark();
        let of_it: Vec<_> = turns.iter().filter(|turn| turn.asked.starts_with(&mark)).collect();
        if fate.removed || fate.refused {
            self.hold(of_it.is_empty(), || format!("{mark} was taken back, and was sent"));
            return 0;
        }
        self.hold(!of_it.is_empty(), || format!("{mark} does not stand in the conversation"));
        for turn in &of_it {
            self.turn(fate, turn, denied);
        }
        let tried = of_it.len().saturating_sub(1);
        let broke = of_it.iter().take(tried).all(|turn| turn.is_cut_short());
        self.hold(broke, || format!("{mark} was answered, and was sent again"));
        tried
    }

    /// The message as it was said last, and its answer or what ended it.
    fn turn(&mut self, fate: &Fate, turn: &Turn<'_>, denied: bool) {
        let mark = fate.script.mark();
        self.hold(turn.asked == fate.script.text(), || {
            format!("{mark} is not what was said last: {}", turn.asked)
        });
        let expected = fate.script.answer();
        let cut_short = turn.is_cut_short();
        let may_end_early = cut_short || denied && fate.script.asks();
        let whole = turn.said == expected;
        self.hold(whole || may_end_early, || {
            format!(
                "{mark} was answered by {:?} and not by {expected:?}; notices: {:?}",
                turn.said, turn.notices
            )
        });
        if fate.script.fails() && !may_end_early {
            self.hold(false, || format!("{mark} failed, and nothing says so"));
        }
        // Words that were lost with the stream, and not made good before the end.
        if !whole && !fate.script.blocks.contains(&Block::Cut) {
            let is_begin = turn.said.len() <= expected.len()
                && turn.said.iter().zip(&expected).all(|(said, whole)| whole.starts_with(said));
            self.hold(is_begin, || format!("{mark} has a hole: {:?} of {expected:?}", turn.said));
        }
    }

    /// The agent got it once for each time that it is shown; where it did not, that is shown too.
    fn calls(&mut self, fate: &Fate, turns: &[Turn<'_>], calls: &[Called]) {
        let mark = fate.script.mark();
        let text = |call: &Called| call.body["parts"][0]["text"].as_str().unwrap_or_default().to_owned();
        let sent: BTreeSet<_> = calls
            .iter()
            .filter(|call| call.path.ends_with("/prompt_async") && text(call).starts_with(&mark))
            .map(|call| call.body["messageID"].as_str().unwrap_or_default().to_owned())
            .collect();
        let of_it: Vec<_> = turns.iter().filter(|turn| turn.asked.starts_with(&mark)).collect();
        self.hold(sent.len() <= of_it.len(), || {
            format!("{mark} was given to the agent {} times, and is shown {} times", sent.len(), of_it.len())
        });
        let shown = of_it.iter().any(|turn| turn.is_cut_short());
        self.hold(!sent.is_empty() || shown || fate.removed || fate.refused, || {
            format!("{mark} never reached the agent, and nothing says so")
        });
    }

    /// In the order in which it was said, but for what was moved.
    fn order(&mut self, fates: &BTreeMap<usize, Fate>, turns: &[Turn<'_>]) {
        let place = |fate: &Fate| turns.iter().position(|turn| turn.asked.starts_with(&fate.script.mark()));
        let places: Vec<_> = fates.values().filter(|fate| !fate.moved).filter_map(place).collect();
        self.hold(places.is_sorted(), || format!("the order of the queue was not kept: {places:?}"));
    }

    /// What went wrong was done to it.
    fn causes(&mut self, session: &Session, fates: &BTreeMap<usize, Fate>, turns: &[Turn<'_>], harm: &Harm) {
        let count = |kinds: &[Notice]| {
            turns.iter().filter(|turn| turn.notices.iter().any(|notice| kinds.contains(notice))).count()
        };
        let broken = count(&[Notice::Interrupted, Notice::Failed]);
        let fails = |turn: &&Turn<'_>| {
            fates.values().any(|fate| fate.script.fails() && turn.asked.starts_with(&fate.script.mark()))
        };
        let failing = turns.iter().filter(fails).count();
        self.hold(broken <= failing + harm.agent as usize, || {
            let notices: Vec<_> =
                turns.iter().map(|turn| (turn.asked.lines().next(), &turn.notices)).collect();
            format!(
                "{broken} turns broke, where {failing} were to fail and {} were hurt: {notices:?}",
                harm.agent
            )
        });
        let stops = session.ledger.entries.iter().filter(|entry| {
            matches!(entry.wish, Wish::Stop | Wish::SendNow { .. } | Wish::Archive | Wish::Delete)
        });
        let (stopped, stops) = (count(&[Notice::Stopped]), stops.count());
        self.hold(stopped <= stops, || {
            format!("{stopped} turns were stopped, and that was asked {stops} times")
        });
    }
}

impl Turn<'_> {
    fn is_cut_short(&self) -> bool {
        let ends = [Notice::Interrupted, Notice::Stopped, Notice::Failed];
        self.notices.iter().any(|notice| ends.contains(notice))
    }
}

/// What follows from the commands that were applied.
fn fates(session: &Session) -> BTreeMap<usize, Fate> {
    let fate =
        |script: &Script, refused| Fate { script: script.clone(), removed: false, refused, moved: false };
    let mut fates = BTreeMap::from([(0, fate(&session.first, false))]);
    for Entry { wish, submitted, answered } in &session.ledger.entries {
        let applied = *answered == Answered::Applied;
        match (wish, &submitted.command) {
            (Wish::Say(script), Command::Prompt { .. }) => {
                fates.insert(script.message, fate(script, !applied));
            }
            (Wish::Edit(script), _) if applied => {
                if let Some(fate) = fates.get_mut(&script.message) {
                    fate.script = script.clone();
                }
            }
            (Wish::Remove { message }, _) if applied => {
                if let Some(fate) = fates.get_mut(message) {
                    fate.removed = true;
                }
            }
            (Wish::Move { message, .. } | Wish::SendNow { message }, _) if applied => {
                if let Some(fate) = fates.get_mut(message) {
                    fate.moved = true;
                }
            }
            _ => {}
        }
    }
    fates
}

fn turns(messages: &[MessageView]) -> Vec<Turn<'_>> {
    let mut turns: Vec<Turn<'_>> = Vec::new();
    for MessageView { message, parts } in messages {
        match (message.role, turns.last_mut()) {
            (Role::User, _) => {
                let asked = parts.first().map_or("", |part| part.text.as_str());
                turns.push(Turn { asked, said: Vec::new(), notices: Vec::new() });
            }
            (Role::Agent, Some(turn)) => {
                let prose = parts.iter().filter(|part| part.body == PartBody::Text);
                turn.said.extend(prose.map(|part| part.text.as_str()));
            }
            (Role::Notice, Some(turn)) => {
                turn.notices.extend(parts.iter().filter_map(|part| match &part.body {
                    PartBody::Notice { notice } => Some(*notice),
                    _ => None,
                }));
            }
            (Role::Agent | Role::Notice, None) => {}
        }
    }
    turns
}
