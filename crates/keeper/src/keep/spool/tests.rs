use proptest::prelude::*;
use serde_json::json;

use super::*;

fn spool(limit: u64) -> (tempfile::TempDir, Spool) {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::create(&folder.path().join("spool"), limit).unwrap();
    (folder, spool)
}

/// Everything after `after`, read in pieces of `room` bytes.
fn events(spool: &mut Spool, after: u64, room: u64) -> Vec<(u64, KeeperEvent)> {
    let mut events = Vec::new();
    let mut after = after;
    while let Some((last, lines)) = spool.read(after, room) {
        for line in String::from_utf8(lines).unwrap().lines() {
            match serde_json::from_str(line).unwrap() {
                FromKeeper::Event { seq, event } => events.push((seq, event)),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(events.last().unwrap().0, last);
        after = last;
    }
    events
}

fn agent(number: u64, length: usize) -> KeeperEvent {
    KeeperEvent::Agent { data: json!({"n": number, "text": "x".repeat(length)}) }
}

#[test]
fn an_agents_event_is_passed_on_as_it_came() {
    let (_folder, mut spool) = spool(1 << 20);
    for data in [r#"{"b":1,"a":"ü\n"}"#, "{\n\"a\":\n1}", "7", "{broken", &"[".repeat(5000), "[[]]"] {
        spool.append_agent(data);
    }
    let agent = |data| KeeperEvent::Agent { data };
    let expected = [
        (1, agent(json!({"b": 1, "a": "ü\n"}))),
        (2, agent(json!({"a": 1}))),
        (3, agent(json!(7))),
        (4, KeeperEvent::Gap),
        (5, KeeperEvent::Gap),
        (6, agent(json!([[]]))),
    ];
    assert_eq!(events(&mut spool, 0, 1), expected);
    let deep = format!("{}{}", "[".repeat(101), "]".repeat(101));
    spool.append_agent(&deep);
    assert_eq!(events(&mut spool, 6, 1), [(7, KeeperEvent::Gap)]);
}

#[test]
fn what_nobody_takes_ends_in_a_gap() {
    let (folder, mut spool) = spool(100_000);
    for number in 1..=2000 {
        spool.append(agent(number, 1000));
        let size = std::fs::metadata(folder.path().join("spool")).unwrap().len();
        assert!(size <= 100_000, "{size}");
    }
    let kept = events(&mut spool, 0, 10_000);
    assert_eq!(kept[0].1, KeeperEvent::Gap);
    assert_eq!(kept.last().unwrap(), &(2000, agent(2000, 1000)));
    assert!(kept.len() > 70, "{}", kept.len());
    for pair in kept.windows(2) {
        assert_eq!(pair[1].0, pair[0].0 + 1);
    }
    // Who has read beyond the gap is not told of it.
    assert_eq!(events(&mut spool, kept[3].0, 10_000), kept[4..]);
    spool.forget(2000);
    assert!(spool.is_empty());
    assert_eq!(std::fs::metadata(folder.path().join("spool")).unwrap().len(), 0);
}

#[test]
fn an_event_above_the_limit_is_still_delivered() {
    let (_folder, mut spool) = spool(10_000);
    spool.append(agent(1, 10));
    spool.append(agent(2, 50_000));
    assert_eq!(events(&mut spool, 0, 1), [(1, KeeperEvent::Gap), (2, agent(2, 50_000))]);
}

#[derive(Clone, Debug)]
enum Step {
    Append(usize),
    Forget(u64),
    Read(u64, u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0usize..3000).prop_map(Step::Append),
        1 => (0u64..130).prop_map(Step::Forget),
        2 => (0u64..130, 1u64..9000).prop_map(|(after, room)| Step::Read(after, room)),
    ];
    proptest::collection::vec(step, 1..120)
}

proptest! {
    /// Against the obvious model, a list; no limit is reached.
    #[test]
    fn a_spool_is_a_list(steps in steps()) {
        let (_folder, mut spool) = spool(4096 * 40);
        let mut model: Vec<(u64, KeeperEvent)> = Vec::new();
        let (mut last, mut bytes) = (0, 0);
        for step in steps {
            match step {
                Step::Append(length) if bytes + length < 4096 * 20 => {
                    bytes += length + 100;
                    last += 1;
                    spool.append(agent(last, length));
                    model.push((last, agent(last, length)));
                }
                Step::Append(_) => {}
                Step::Forget(seq) => {
                    spool.forget(seq);
                    model.retain(|(number, _)| *number > seq);
                }
                Step::Read(after, room) => {
                    let expected: Vec<_> = model.iter().filter(|(seq, _)| *seq > after).cloned().collect();
                    prop_assert_eq!(events(&mut spool, after, room), expected);
                }
            }
            prop_assert_eq!(spool.last(), last);
            prop_assert_eq!(spool.is_empty(), model.is_empty());
        }
    }

    /// With a limit: what is read is the newest part, without a hole, after at most one gap.
    #[test]
    fn a_full_spool_keeps_the_newest(steps in steps(), limit in 2000u64..20_000) {
        let (_folder, mut spool) = spool(limit);
        let (mut last, mut forgotten) = (0, 0);
        for step in steps {
            match step {
                Step::Append(length) => {
                    last += 1;
                    spool.append(agent(last, length));
                }
                Step::Forget(seq) => {
                    spool.forget(seq);
                    forgotten = forgotten.max(seq.min(last));
                }
                Step::Read(after, room) => {
                    let after = after.max(forgotten);
                    let found = events(&mut spool, after, room);
                    let mut next = after + 1;
                    for (index, (seq, event)) in found.iter().enumerate() {
                        if *event == KeeperEvent::Gap {
                            prop_assert_eq!(index, 0);
                        } else {
                            prop_assert_eq!(*seq, next);
                            let intact = matches!(event, KeeperEvent::Agent { data } if data["n"] == *seq);
                            prop_assert!(intact);
                        }
                        next = seq + 1;
                    }
                    prop_assert_eq!(next, last.max(after) + 1);
                }
            }
        }
    }
}
