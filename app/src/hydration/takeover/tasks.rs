//! The program's tasks, effects among them: held until the page is taken over, then run as the browser has time.

use std::{cell::RefCell, mem};

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use wasm_bindgen_futures::spawn_local;

enum State {
    Holding(Vec<PinnedLocalFuture<()>>),
    Running,
}

thread_local! {
    static STATE: RefCell<State> = const { RefCell::new(State::Running) };
}

/// To be called before the page is taken over.
pub(super) fn hold() {
    STATE.set(State::Holding(Vec::new()));
    // Fails where it is set already: with a second program in one page, which no page has.
    let _ = Executor::init_custom_executor(Tasks);
}

/// Lets those run that came in the meantime, in their order.
pub(super) fn release() {
    if let State::Holding(held) = STATE.replace(State::Running) {
        held.into_iter().for_each(spawn_local);
    }
}

struct Tasks;

impl CustomExecutor for Tasks {
    fn spawn(&self, task: PinnedFuture<()>) {
        self.spawn_local(task);
    }

    fn spawn_local(&self, task: PinnedLocalFuture<()>) {
        let free = STATE.with_borrow_mut(|state| match mem::replace(state, State::Running) {
            State::Holding(mut held) => {
                held.push(task);
                *state = State::Holding(held);
                None
            }
            State::Running => Some(task),
        });
        if let Some(task) = free {
            spawn_local(task);
        }
    }

    fn poll_local(&self) {}
}
