//! Markdown, whole or while it is being written.

use std::time::Duration;

use leptos::prelude::*;
use slipway_markdown::{blocks, render, settled};

use super::{
    shown::ShownPart,
    stream::{Fading, Pace, with_caret},
};
use crate::browser;

/// A part of prose. One that is finished is rendered whole; one that was still open when the page met it grows block
/// by block, and its finished blocks are never touched again.
#[component]
pub fn Prose(part: ShownPart) -> impl IntoView {
    let streams = part.part.with_untracked(|part| part.open);
    if streams {
        view! { <Growing part/> }.into_any()
    } else {
        let html = Memo::new(move |_| part.text.with(|text| render(text)));
        view! { <div class="prose" inner_html=move || html.get()></div> }.into_any()
    }
}

/// How far a growing text is on the page.
#[derive(Clone)]
struct Progress {
    pace: Pace,
    fading: Fading,
    /// Where the block begins that can still change.
    tail: usize,
    running: bool,
}

#[component]
fn Growing(part: ShownPart) -> impl IntoView {
    let (finished, tail) = part.text.with_untracked(|text| cut(text, 0));
    let first_tail = with_caret(&render(&settled(&tail)));
    let start = part.text.with_untracked(String::len);
    let progress = StoredValue::new(Progress {
        pace: Pace::starting_at(start),
        fading: Fading::starting_at(&render(&settled(&tail))),
        tail: start - tail.len(),
        running: false,
    });
    let finished = RwSignal::new(finished);
    let tail = RwSignal::new(first_tail);
    let painter = Painter { progress, finished, tail, part: StoredValue::new(part.clone()) };
    Effect::new(move |_| {
        let open = part.part.with(|part| part.open);
        part.text.track();
        if open {
            painter.start();
        } else {
            painter.finish();
        }
    });
    let blocks = move || finished.with(Vec::len);
    view! {
        <div class="prose">
            <For each=move || 0..blocks() key=|at| *at let(at)>
                <div class="piece" inner_html=finished.with_untracked(|finished| finished.get(at).cloned().unwrap_or_default())></div>
            </For>
            <div class="piece" inner_html=move || tail.get()></div>
        </div>
    }
    .into_any()
}

/// The finished blocks from `from` on as HTML, and the text that can still change.
fn cut(text: &str, from: usize) -> (Vec<String>, String) {
    let found = blocks(&text[from..]);
    match found.split_last() {
        Some((tail, done)) => (done.iter().map(|block| render(block)).collect(), (*tail).to_owned()),
        None => (Vec::new(), String::new()),
    }
}

/// Brings text to the page, frame by frame and only while there is some.
#[derive(Clone, Copy)]
struct Painter {
    progress: StoredValue<Progress>,
    finished: RwSignal<Vec<String>>,
    tail: RwSignal<String>,
    part: StoredValue<ShownPart>,
}

impl Painter {
    fn start(self) {
        let was_running =
            self.progress.try_update_value(|progress| std::mem::replace(&mut progress.running, true));
        if was_running == Some(false) {
            self.next_frame();
        }
    }

    fn next_frame(self) {
        request_animation_frame(move || self.frame());
    }

    fn frame(self) {
        let now = browser::frame_time();
        let Some(part) = self.part.try_get_value() else { return };
        if !part.part.with_untracked(|part| part.open) {
            return;
        }
        let rest = part.text.with_untracked(|text| {
            self.progress.try_update_value(|progress| {
                if !progress.pace.is_due(text.len() - progress.tail, now) {
                    return Some(progress.pace.rest(text));
                }
                let shown = progress.pace.frame(text, now);
                let (done, tail) = cut(&text[..shown], progress.tail);
                if !done.is_empty() {
                    progress.fading.restart();
                    self.finished.update(|finished| finished.extend(done));
                }
                progress.tail = shown - tail.len();
                self.tail.set(progress.fading.frame(&render(&settled(&tail)), now));
                progress.running = progress.pace.is_behind(text) || progress.fading.is_under_way();
                progress.running.then(|| progress.pace.rest(text))
            })
        });
        if let Some(rest) = rest.flatten() {
            set_timeout(move || self.next_frame(), rest);
        }
    }

    /// Shows everything, without caret.
    fn finish(self) {
        let Some(part) = self.part.try_get_value() else { return };
        part.text.with_untracked(|text| {
            self.progress.update_value(|progress| {
                let (done, tail) = cut(text, progress.tail);
                self.finished.update(|finished| finished.extend(done));
                progress.tail = text.len() - tail.len();
                progress.running = false;
                self.tail.set(render(&tail));
            });
        });
    }
}

/// How long a thing that runs has been running, told every second once the program runs.
#[component]
pub fn Elapsed(started_at: i64) -> impl IntoView {
    let shown = RwSignal::new(String::new());
    Effect::new(move |_| {
        let tick =
            move || shown.set(crate::text::figures::duration((browser::now() - started_at) / 1_000 * 1_000));
        tick();
        if let Ok(interval) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || interval.clear());
        }
    });
    view! { <span class="tabular-nums text-text-3">{shown}</span> }
}
