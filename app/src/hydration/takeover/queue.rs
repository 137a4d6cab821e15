//! What is still to be taken over, in its order.

use std::{cell::RefCell, collections::VecDeque};

use crate::browser::frame_time;

/// Milliseconds. Four times as slow, as on a phone, it is still less than the 50 ms in which a person notices nothing.
const LONGEST: f64 = 8.0;

pub(super) type TakeOver = Box<dyn FnOnce()>;

thread_local! {
    static PUT_OFF: RefCell<VecDeque<TakeOver>> = const { RefCell::new(VecDeque::new()) };
}

pub(super) fn put_off(take_over: TakeOver) {
    PUT_OFF.with_borrow_mut(|put_off| put_off.push_back(take_over));
}

/// At least one; false when none was left.
pub(super) fn take_over_some() -> bool {
    let until = frame_time() + LONGEST;
    while let Some(take_over) = PUT_OFF.with_borrow_mut(VecDeque::pop_front) {
        take_over();
        if frame_time() >= until {
            return true;
        }
    }
    false
}
