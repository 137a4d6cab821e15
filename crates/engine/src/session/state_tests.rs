//! The table of the state machine, line by line: state, input, what follows at time 1,000.

use slipway_protocol::PromptId;

use super::{
    CHECKOUT_MS, CLOSE_MS, Effect, End, Input, POLL_MS, PREPARE_MS, SETTLE_MS, START_MS, STOP_MS, STUCK_MS,
    State, TimeLeft, Times, Turn,
};
use crate::spending::{Allowance, Overspent};

const IDLE_STOP: i64 = 600_000;
const TIMES: Times = Times { idle_stop: IDLE_STOP, turn: 3_600_000 };
const NOW: i64 = 1_000;

fn prompt() -> PromptId {
    PromptId::new("p1")
}

fn busy() -> State {
    State::Busy(Turn::new(prompt(), 0, TIMES))
}

fn ready() -> State {
    State::Ready { idle_since: NOW }
}

fn closing() -> State {
    State::Closing { deadline: NOW + CLOSE_MS }
}

fn stopping(deadline: i64, heard_idle: bool) -> State {
    State::Stopping { prompt: prompt(), deadline, heard_idle }
}

fn preparing() -> State {
    State::Preparing { deadline: NOW + PREPARE_MS }
}

#[track_caller]
fn follows(state: State, input: Input, next: State, effects: &[Effect]) {
    let label = format!("{state:?} on {input:?}");
    assert_eq!(state.on(input, NOW, TIMES), (next, effects.to_vec()), "{label}");
}

#[test]
fn a_session_wakes_for_work_and_starts_when_it_has_a_place() {
    follows(State::Asleep, Input::Work, State::Waiting { attempt: 1 }, &[Effect::TakeSlot]);
    let starting = State::Starting { attempt: 1, deadline: NOW + START_MS };
    let checking_out = State::CheckingOut { attempt: 1, deadline: NOW + CHECKOUT_MS };
    follows(State::Waiting { attempt: 1 }, Input::Slot, checking_out.clone(), &[Effect::CheckOut]);
    follows(checking_out.clone(), Input::Ready, checking_out.clone(), &[]);
    follows(checking_out, Input::CheckedOut, starting.clone(), &[Effect::Start]);
    follows(starting, Input::Ready, ready(), &[Effect::LookForNext]);
}

#[test]
fn a_prompt_is_sent_when_the_files_are_recorded() {
    follows(
        State::Ready { idle_since: 5 },
        Input::Work,
        State::Ready { idle_since: 5 },
        &[Effect::LookForNext],
    );
    follows(ready(), Input::Next, preparing(), &[Effect::Mark]);
    follows(preparing(), Input::Marked, preparing(), &[Effect::SendNext]);
    follows(preparing(), Input::Sent(prompt()), State::Busy(Turn::new(prompt(), NOW, TIMES)), &[]);
    follows(preparing(), Input::Unsent, ready(), &[Effect::LookForNext]);
    let late = State::Preparing { deadline: 900 };
    follows(late, Input::Tick, preparing(), &[Effect::SendNext]);
}

#[test]
fn a_prompt_that_is_stopped_before_it_is_sent_is_not_sent() {
    follows(preparing(), Input::Stop, ready(), &[Effect::SkipNext, Effect::LookForNext]);
}

#[test]
fn an_agent_that_begins_after_it_was_asked_to_stop_is_asked_again() {
    follows(stopping(9_000, false), Input::Begun, stopping(9_000, false), &[Effect::AskToStop]);
    follows(busy(), Input::Begun, busy(), &[]);
}

#[test]
fn a_failed_start_is_tried_three_times_and_then_shown() {
    let failed = |retry| Input::StartFailed { sentence: "no".into(), retry };
    let starting = |attempt| State::Starting { attempt, deadline: 90_000 };
    follows(starting(1), failed(true), State::BackingOff { attempt: 2, until: 3_000 }, &[]);
    follows(starting(2), failed(true), State::BackingOff { attempt: 3, until: 5_000 }, &[]);
    follows(starting(3), failed(true), State::Failed, &[Effect::Release, Effect::Fail("no".into())]);
    let checking_out = |attempt| State::CheckingOut { attempt, deadline: NOW + CHECKOUT_MS };
    follows(checking_out(1), failed(true), State::BackingOff { attempt: 2, until: 3_000 }, &[]);
    follows(State::BackingOff { attempt: 2, until: NOW }, Input::Tick, checking_out(2), &[Effect::CheckOut]);
    follows(starting(1), failed(false), State::Failed, &[Effect::Release, Effect::Fail("no".into())]);
    follows(State::Failed, Input::Work, State::Waiting { attempt: 1 }, &[Effect::TakeSlot]);
    let sentence = "The agent did not get ready in time. Your message is kept.".to_owned();
    let late = State::Starting { attempt: 1, deadline: 900 };
    follows(late, Input::Tick, State::Failed, &[Effect::Close, Effect::Fail(sentence)]);
    let sentence = "The repository could not be fetched in 35 minutes. Your message is kept.".to_owned();
    let late = State::CheckingOut { attempt: 1, deadline: 900 };
    follows(late, Input::Tick, State::Failed, &[Effect::Close, Effect::Fail(sentence)]);
    follows(State::Failed, Input::Closed, State::Failed, &[Effect::Release]);
}

#[test]
fn a_turn_ends_when_the_agent_settled_or_soon_after() {
    let done = [Effect::FinishTurn(End::Done), Effect::LookForNext];
    follows(busy(), Input::Idle { settled: true }, ready(), &done);
    let settling = |deadline| State::Settling { prompt: prompt(), deadline };
    follows(busy(), Input::Idle { settled: false }, settling(NOW + SETTLE_MS), &[]);
    follows(settling(2_000), Input::Tick, settling(2_000), &[]);
    follows(settling(900), Input::Tick, ready(), &done);
    follows(settling(900), Input::Idle { settled: true }, ready(), &done);
}

#[test]
fn a_silent_agent_is_asked_and_ended_when_it_does_not_answer() {
    let silent = |heard, unanswered| State::Busy(Turn { heard, unanswered, ..Turn::new(prompt(), 0, TIMES) });
    follows(silent(NOW - POLL_MS, 0), Input::Tick, silent(NOW, 0), &[Effect::Poll]);
    follows(silent(NOW - POLL_MS + 1, 0), Input::Tick, silent(NOW - POLL_MS + 1, 0), &[]);
    follows(silent(0, 0), Input::Unanswered, silent(NOW, 1), &[]);
    follows(silent(0, 1), Input::Unanswered, silent(NOW, 2), &[]);
    follows(
        silent(0, 2),
        Input::Unanswered,
        closing(),
        &[Effect::FinishTurn(End::Unresponsive), Effect::Close],
    );
    let mut alive = silent(0, 2);
    alive.heard(NOW);
    assert_eq!(alive, silent(NOW, 0));
}

#[test]
fn an_agent_that_forgot_what_it_asked_and_does_not_go_on_is_ended() {
    let stuck_at = |stuck_at| State::Busy(Turn { stuck_at, ..Turn::new(prompt(), 0, TIMES) });
    follows(busy(), Input::Forgotten, stuck_at(Some(NOW + STUCK_MS)), &[]);
    follows(stuck_at(Some(900)), Input::Tick, closing(), &[Effect::FinishTurn(End::Stuck), Effect::Close]);
    let mut going_on = stuck_at(Some(900));
    going_on.heard(NOW);
    follows(going_on.clone(), Input::Tick, going_on, &[]);
}

#[test]
fn a_turn_that_takes_too_long_is_stopped_and_waiting_for_a_person_does_not_count() {
    let over =
        |at: i64| State::Busy(Turn { left: TimeLeft::new(100, at - 100), ..Turn::new(prompt(), NOW, TIMES) });
    follows(over(NOW + 1), Input::Tick, over(NOW + 1), &[]);
    assert_eq!(over(NOW + 1).deadline(TIMES), Some(NOW + 1));
    let stopped = [Effect::TimeIsOver, Effect::AskToStop];
    follows(over(NOW), Input::Tick, stopping(NOW + STOP_MS, false), &stopped);

    let mut asks = over(NOW);
    asks.waits_for_person(true, NOW - 10);
    assert_eq!(asks.deadline(TIMES), Some(NOW + POLL_MS));
    follows(asks.clone(), Input::Tick, asks.clone(), &[]);
    asks.waits_for_person(false, NOW + 5_000);
    assert_eq!(asks.deadline(TIMES), Some(NOW + 5_010));
}

#[test]
fn what_waits_when_the_day_is_used_up_goes_on_tomorrow() {
    let overspent = Overspent { what: Allowance::Tokens(9), until: NOW + 1 };
    let waits = State::Overspent(overspent);
    let told = Input::Overspent(overspent);
    follows(State::Waiting { attempt: 1 }, told.clone(), waits.clone(), &[Effect::Release]);
    follows(ready(), told.clone(), waits.clone(), &[Effect::Close]);
    follows(busy(), told.clone(), stopping(NOW + STOP_MS, false), &[Effect::AskToStop]);
    follows(stopping(9_000, false), told, stopping(9_000, false), &[]);

    follows(waits.clone(), Input::Closed, waits.clone(), &[Effect::Release]);
    follows(waits.clone(), Input::Tick, waits.clone(), &[]);
    // Where something waits, a session that is asleep is woken.
    let over = State::Overspent(Overspent { until: NOW, ..overspent });
    follows(over, Input::Tick, State::Asleep, &[Effect::Release]);
    follows(waits.clone(), Input::Work, State::Waiting { attempt: 1 }, &[Effect::TakeSlot]);
    follows(waits, Input::PutToSleep, State::Asleep, &[Effect::Release]);
}

#[test]
fn stop_ends_the_turn_and_keeps_the_queue_or_ends_the_agent() {
    follows(busy(), Input::Stop, stopping(NOW + STOP_MS, false), &[Effect::AskToStop]);
    // Asked for by a server that is gone.
    follows(busy(), Input::Stopped, stopping(NOW + STOP_MS, false), &[]);
    follows(stopping(9_000, true), Input::Stopped, stopping(9_000, true), &[]);
    let stopped = [Effect::FinishTurn(End::Stopped), Effect::LookForNext];
    follows(stopping(9_000, false), Input::Idle { settled: true }, ready(), &stopped);
    follows(stopping(9_000, false), Input::Idle { settled: false }, stopping(NOW + SETTLE_MS, true), &[]);
    follows(stopping(900, true), Input::Tick, ready(), &stopped);
    let killed = [Effect::FinishTurn(End::Stopped), Effect::Close];
    follows(stopping(900, false), Input::Tick, closing(), &killed);
    let gone = [Effect::FinishTurn(End::Stopped), Effect::Release];
    follows(stopping(9_000, false), Input::Exited, State::Asleep, &gone);
}

#[test]
fn an_agent_that_dies_leaves_an_interrupted_turn_and_a_free_place() {
    let interrupted = [Effect::FinishTurn(End::Interrupted), Effect::Release];
    follows(busy(), Input::Exited, State::Asleep, &interrupted);
    let settling = State::Settling { prompt: prompt(), deadline: 9_000 };
    follows(settling, Input::Exited, State::Asleep, &interrupted);
    follows(ready(), Input::Exited, State::Asleep, &[Effect::Release]);
    follows(preparing(), Input::Exited, State::Asleep, &[Effect::Release]);
}

#[test]
fn an_idle_agent_is_ended_in_time_or_when_somebody_hungrier_waits() {
    follows(State::Ready { idle_since: NOW - IDLE_STOP }, Input::Tick, closing(), &[Effect::Close]);
    follows(ready(), Input::PutToSleep, closing(), &[Effect::Close]);
    follows(preparing(), Input::PutToSleep, closing(), &[Effect::Close]);
    follows(closing(), Input::Closed, State::Asleep, &[Effect::Release]);
    follows(State::Closing { deadline: 900 }, Input::Tick, State::Asleep, &[Effect::Release]);
}

#[test]
fn who_is_put_away_in_a_turn_is_stopped() {
    let stopped = [Effect::FinishTurn(End::Stopped), Effect::Close];
    for state in [busy(), State::Settling { prompt: prompt(), deadline: 9_000 }, stopping(9_000, false)] {
        follows(state, Input::PutToSleep, closing(), &stopped);
    }
    for state in [State::Waiting { attempt: 1 }, State::BackingOff { attempt: 2, until: 9_000 }] {
        follows(state, Input::PutToSleep, State::Asleep, &[Effect::Release]);
    }
}

#[test]
fn every_state_that_waits_for_a_machine_has_a_deadline() {
    let stuck = State::Busy(Turn { stuck_at: Some(7), ..Turn::new(prompt(), 0, TIMES) });
    let settling = State::Settling { prompt: prompt(), deadline: 4 };
    let deadlines: Vec<_> = [
        State::CheckingOut { attempt: 1, deadline: 1 },
        State::Starting { attempt: 1, deadline: 2 },
        State::BackingOff { attempt: 1, until: 3 },
        settling,
        State::Preparing { deadline: 5 },
        busy(),
        stuck,
        stopping(8, false),
        State::Closing { deadline: 9 },
        State::Ready { idle_since: 1 },
        State::Overspent(Overspent { what: Allowance::Tokens(9), until: 10 }),
    ]
    .iter()
    .map(|state| state.deadline(TIMES))
    .collect();
    let expected = [1, 2, 3, 4, 5, POLL_MS, 7, 8, 9, 1 + IDLE_STOP, 10].map(Some);
    assert_eq!(deadlines, expected);
    for rests in [State::Asleep, State::Failed, State::Waiting { attempt: 1 }] {
        assert_eq!(rests.deadline(TIMES), None);
    }
}

#[test]
fn what_means_nothing_changes_nothing() {
    follows(State::Asleep, Input::Stop, State::Asleep, &[]);
    follows(ready(), Input::Idle { settled: true }, ready(), &[]);
    follows(ready(), Input::Marked, ready(), &[]);
    follows(closing(), Input::Work, closing(), &[]);
    follows(busy(), Input::Next, busy(), &[]);
    follows(busy(), Input::Marked, busy(), &[]);
}
