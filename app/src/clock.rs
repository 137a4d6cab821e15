//! The time as the page tells it: absolute and the same for everybody until the program runs, then relative.

use std::time::Duration;

use leptos::prelude::*;

use crate::{
    browser,
    text::time::{absolute, ago, machine, relative},
    visitor::visitor,
};

const TICK: Duration = Duration::from_secs(20);

/// The browser's time and how far local time is ahead; none until the program runs.
#[derive(Clone, Copy)]
pub struct Clock(RwSignal<Option<(i64, i64)>>);

impl Clock {
    /// Time and offset, as of the last tick.
    pub fn read(self) -> Option<(i64, i64)> {
        self.0.get()
    }

    /// For sorting by day: the page's own time until the program runs.
    pub fn time_and_offset(self) -> (i64, i64) {
        self.0.get().unwrap_or_else(|| (visitor().with_value(|visitor| visitor.now), 0))
    }
}

pub fn provide_clock() {
    let clock = RwSignal::new(None);
    provide_context(Clock(clock));
    Effect::new(move |_| {
        let tick = move || clock.set(Some((browser::now(), browser::time_offset())));
        tick();
        if let Ok(interval) = set_interval_with_handle(tick, TICK) {
            on_cleanup(move || interval.clear());
        }
    });
}

pub fn clock() -> Clock {
    expect_context()
}

/// A point in time; `in_words`: within a sentence, where an age says that it is one.
#[component]
pub fn Moment(#[prop(into)] at: Signal<i64>, #[prop(optional)] in_words: bool) -> impl IntoView {
    let clock = clock();
    let told = if in_words { ago } else { relative };
    let page_time = visitor().with_value(|visitor| visitor.now);
    let text = move || match clock.read() {
        Some((now, offset)) => told(now, at.get(), offset),
        None => absolute(page_time, at.get()),
    };
    view! { <time datetime=move || machine(at.get())>{text}</time> }
}
