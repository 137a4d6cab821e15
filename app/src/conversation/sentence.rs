//! A run of tools as one sentence: "Explored 6 files", "Edited 2 files, ran 1 command +33 -2".

use super::{
    call::{Call, Fault},
    deed::{Deed, Theme},
};
use crate::text::figures::{count, plural};

/// A word or two of the sentence, by weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    Plain(String),
    Strong(String),
    Code(String),
}

/// How it ended, at the end of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Running,
    /// For a person.
    Waiting,
    Done,
    /// What went wrong, each kind once, with the number of calls.
    Faulty(Vec<(Fault, usize)>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    pub words: Vec<Word>,
    pub added: u32,
    pub removed: u32,
    pub outcome: Outcome,
    /// From the first start to the last end, once all have ended.
    pub milliseconds: Option<i64>,
}

impl Call {
    /// The call's own line: verb and target, and what a sub-agent has done meanwhile.
    pub fn words(&self) -> Vec<Word> {
        let mut words = Vec::new();
        if self.below.is_empty() {
            say(&mut words, &self.verb());
            name(&mut words, self);
        } else {
            say(&mut words, HELPER);
            name(&mut words, self);
            go_on(&mut words, &self.below);
        }
        words
    }
}

/// What a sub-agent is called in a sentence.
const HELPER: &str = "Helper";

pub fn sentence(calls: &[Call]) -> Sentence {
    let waiting = calls.iter().rposition(Call::waits_anywhere);
    let under_way = waiting.or_else(|| calls.iter().rposition(Call::is_running));
    let over = calls.iter().filter(|call| !call.is_running());
    let (denied, finished): (Vec<&Call>, Vec<&Call>) =
        over.partition(|call| call.fault() == Some(Fault::Denied));
    let mut words = Vec::new();
    let mut told: Vec<Theme> = Vec::new();
    for call in &finished {
        let theme = call.deed().theme();
        if !told.contains(&theme) {
            told.push(theme);
            let alike: Vec<&Call> =
                finished.iter().copied().filter(|other| other.deed().theme() == theme).collect();
            tell(&mut words, theme, &alike);
        }
    }
    match denied.as_slice() {
        [] => {}
        [call] => tell_one(&mut words, call),
        several => {
            say(&mut words, "Wanted to use");
            words.push(Word::Strong(plural(several.len(), "tool")));
        }
    }
    if let Some(call) = under_way.map(|at| &calls[at]) {
        tell_one(&mut words, call);
    }
    Sentence {
        words,
        added: calls.iter().map(Call::added).sum(),
        removed: calls.iter().map(Call::removed).sum(),
        outcome: match (waiting, under_way, faults(calls)) {
            (Some(_), _, _) => Outcome::Waiting,
            (None, Some(_), _) => Outcome::Running,
            (None, None, faults) if faults.is_empty() => Outcome::Done,
            (None, None, faults) => Outcome::Faulty(faults),
        },
        milliseconds: if under_way.is_some() { None } else { span(calls) },
    }
}

fn faults(calls: &[Call]) -> Vec<(Fault, usize)> {
    let mut counted: Vec<(Fault, usize)> = Vec::new();
    for fault in calls.iter().filter_map(Call::fault) {
        match counted.iter_mut().find(|(kind, _)| *kind == fault) {
            Some((_, count)) => *count += 1,
            None => counted.push((fault, 1)),
        }
    }
    counted
}

fn span(calls: &[Call]) -> Option<i64> {
    let start = calls.iter().map(|call| call.started_at).min()?;
    let end = calls.iter().map(|call| call.ended_at).max()??;
    Some(end - start)
}

/// Starts a clause: the first with a capital, the others after a comma.
fn say(words: &mut Vec<Word>, clause: &str) {
    if words.is_empty() {
        words.push(Word::Plain(clause.to_owned()));
    } else {
        words.push(Word::Plain(format!(", {}", small(clause))));
    }
}

/// Inside a sentence.
fn small(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

/// Says of whoever was named last what these calls did.
fn go_on(words: &mut Vec<Word>, calls: &[Call]) {
    // Who asked whom to ask whom is not for one line.
    let shallow: Vec<Call> = calls.iter().map(|call| Call { below: Vec::new(), ..call.clone() }).collect();
    let mut told = sentence(&shallow).words.into_iter();
    words.extend(told.next().map(|first| match first {
        Word::Plain(first) => Word::Plain(small(&first)),
        other => other,
    }));
    words.extend(told);
}

fn tell_one(words: &mut Vec<Word>, call: &Call) {
    if call.below.is_empty() {
        say(words, &call.verb());
        name(words, call);
    } else {
        say(words, HELPER);
        go_on(words, &call.below);
    }
}

fn name(words: &mut Vec<Word>, call: &Call) {
    let target = call.target();
    if !target.is_empty() {
        words.push(Word::Code(target));
    }
}

fn tell(words: &mut Vec<Word>, theme: Theme, calls: &[&Call]) {
    if let [call] = calls {
        return tell_one(words, call);
    }
    let targets = distinct(calls);
    let reads: Vec<&Call> = calls.iter().copied().filter(|call| call.deed() == Deed::Read).collect();
    let (clause, noun) = match theme {
        Theme::Explore if reads.is_empty() => {
            ("Ran", plural(calls.len(), "search").replace("searchs", "searches"))
        }
        Theme::Explore => ("Explored", plural(distinct(&reads), "file")),
        Theme::Edit => ("Edited", plural(targets, "file")),
        Theme::Run => ("Ran", plural(calls.len(), "command")),
        Theme::Fetch => ("Fetched", plural(targets, "page")),
        Theme::Delegate => ("Asked", plural(calls.len(), "sub-agent")),
        Theme::Plan => return say(words, "Updated the tasks"),
        Theme::Ask => ("Asked you", format!("{} times", count(calls.len() as u64))),
        Theme::Other => ("Used", plural(calls.len(), "tool")),
    };
    say(words, clause);
    words.push(Word::Strong(noun));
}

fn distinct(calls: &[&Call]) -> usize {
    let mut targets: Vec<&str> = calls.iter().map(|call| call.call.target.as_str()).collect();
    targets.sort_unstable();
    targets.dedup();
    targets.len()
}

#[cfg(test)]
mod tests {
    use slipway_protocol::{ToolCall, ToolStatus};

    use super::{Outcome, Word, sentence};
    use crate::conversation::call::{Call, Fault};

    fn call(tool: &str, target: &str) -> Call {
        let call = ToolCall::new(tool, target, ToolStatus::Completed);
        Call {
            call,
            interrupted: false,
            waits: false,
            started_at: 1_000,
            ended_at: Some(5_000),
            below: vec![],
        }
    }

    fn changed(mut call: Call, added: u32, removed: u32) -> Call {
        (call.call.added, call.call.removed) = (added, removed);
        call
    }

    fn running(mut call: Call) -> Call {
        (call.call.status, call.ended_at) = (ToolStatus::Running, None);
        call
    }

    fn asked(target: &str, below: Vec<Call>) -> Call {
        Call { below, ..call("task", target) }
    }

    fn said(calls: &[Call]) -> String {
        written(sentence(calls).words)
    }

    fn written(words: Vec<Word>) -> String {
        let mut text = String::new();
        for word in words {
            match word {
                Word::Plain(word) if word.starts_with(',') || text.is_empty() => text += &word,
                Word::Plain(word) | Word::Strong(word) => text = format!("{text} {word}"),
                Word::Code(word) => text = format!("{text} `{word}`"),
            }
        }
        text
    }

    #[test]
    fn one_call_is_named() {
        assert_eq!(said(&[call("read", "src/a.rs")]), "Read `src/a.rs`");
        assert_eq!(said(&[call("bash", "cargo test")]), "Ran `cargo test`");
        assert_eq!(said(&[running(call("bash", "npm test"))]), "Running `npm test`");
        assert_eq!(said(&[call("todowrite", "5 tasks")]), "Updated the tasks");
        assert_eq!(said(&[call("teleport", "home")]), "Used `teleport home`");
    }

    #[test]
    fn several_calls_are_counted_by_what_they_do() {
        let explored = [call("read", "a"), call("grep", "x"), call("read", "b"), call("read", "a")];
        assert_eq!(said(&explored), "Explored 2 files");
        assert_eq!(said(&[call("grep", "x"), call("glob", "y")]), "Ran 2 searches");
        let worked = [
            changed(call("write", "a"), 28, 0),
            changed(call("edit", "b"), 5, 2),
            call("bash", "cargo check"),
        ];
        assert_eq!(said(&worked), "Edited 2 files, ran `cargo check`");
        let sentence = sentence(&worked);
        assert_eq!((sentence.added, sentence.removed, sentence.outcome), (33, 2, Outcome::Done));
        assert_eq!(sentence.milliseconds, Some(4_000));
    }

    #[test]
    fn what_runs_comes_last() {
        let calls = [call("edit", "a"), call("edit", "b"), running(call("bash", "cargo test"))];
        assert_eq!(said(&calls), "Edited 2 files, running `cargo test`");
        assert_eq!((sentence(&calls).outcome, sentence(&calls).milliseconds), (Outcome::Running, None));
    }

    #[test]
    fn what_waits_for_a_person_is_wanted_and_does_not_run() {
        let waiting = |call: Call| Call { waits: true, ..running(call) };
        let calls = [call("read", "a"), waiting(call("bash", "cargo publish")), running(call("bash", "ls"))];
        assert_eq!(said(&calls), "Read `a`, wants to run `cargo publish`");
        assert_eq!((sentence(&calls).outcome, sentence(&calls).milliseconds), (Outcome::Waiting, None));
        let helper = running(asked("Ship it", vec![waiting(call("bash", "cargo publish"))]));
        assert_eq!(said(std::slice::from_ref(&helper)), "Helper wants to run `cargo publish`");
        assert_eq!(sentence(&[helper]).outcome, Outcome::Waiting);
    }

    #[test]
    fn a_helper_is_told_by_what_it_does() {
        let explored = || vec![call("read", "a"), call("read", "b")];
        assert_eq!(said(&[asked("Look around", vec![])]), "Asked a sub-agent `Look around`");
        assert_eq!(said(&[asked("Look around", explored())]), "Helper explored 2 files");
        assert_eq!(
            written(asked("Look around", explored()).words()),
            "Helper `Look around` explored 2 files"
        );
        let mut worked = explored();
        worked.push(running(changed(call("edit", "a"), 3, 1)));
        let worked = running(asked("Mend it", worked));
        let calls = [call("read", "x"), worked];
        assert_eq!(said(&calls), "Read `x`, helper explored 2 files, editing `a`");
        assert_eq!((sentence(&calls).added, sentence(&calls).removed), (3, 1));
        let deeper = asked("Split up", vec![asked("Look", explored())]);
        assert_eq!(said(&[deeper]), "Helper asked a sub-agent `Look`");
        assert_eq!(said(&[asked("a", explored()), asked("b", vec![])]), "Asked 2 sub-agents");
    }

    #[test]
    fn failures_are_counted() {
        let mut failed = call("bash", "cargo test");
        failed.call.exit = Some(101);
        let once = Outcome::Faulty(vec![(Fault::Failed, 1)]);
        assert_eq!(sentence(&[failed.clone(), call("bash", "ls")]).outcome, once);
        let mut cut = running(call("bash", "sleep 9"));
        cut.interrupted = true;
        let each = Outcome::Faulty(vec![(Fault::Failed, 2), (Fault::Interrupted, 1)]);
        assert_eq!(sentence(&[failed.clone(), cut, failed]).outcome, each);
    }

    #[test]
    fn what_was_denied_was_wanted_and_did_not_run() {
        let ended = |status, mut call: Call| {
            call.call.status = status;
            call
        };
        let denied = |call| ended(ToolStatus::Denied, call);
        let publish = denied(call("bash", "cargo publish"));
        assert_eq!(said(std::slice::from_ref(&publish)), "Wanted to run `cargo publish`");
        let calls = [publish.clone(), call("bash", "cargo test")];
        assert_eq!(said(&calls), "Ran `cargo test`, wanted to run `cargo publish`");
        assert_eq!(sentence(&calls).outcome, Outcome::Faulty(vec![(Fault::Denied, 1)]));
        assert_eq!(said(&[publish, denied(call("write", "a"))]), "Wanted to use 2 tools");
        let dismissed = denied(call("question", "Which?"));
        assert_eq!(said(std::slice::from_ref(&dismissed)), "Asked you");
        assert_eq!(sentence(&[dismissed]).outcome, Outcome::Faulty(vec![(Fault::Dismissed, 1)]));
        let stopped = ended(ToolStatus::Stopped, call("bash", "sleep 9"));
        assert_eq!(said(std::slice::from_ref(&stopped)), "Ran `sleep 9`");
        assert_eq!(sentence(&[stopped]).outcome, Outcome::Faulty(vec![(Fault::Stopped, 1)]));
    }
}
