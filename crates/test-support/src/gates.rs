//! Gates: places where a script waits until a test lets it go on.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::watch;

/// Named gates. One that is opened stays open; how many wait at each is known.
#[derive(Clone, Debug)]
pub struct Gates(watch::Sender<State>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct State {
    open: BTreeSet<String>,
    held: BTreeMap<String, usize>,
}

impl Default for Gates {
    fn default() -> Self {
        Self(watch::Sender::new(State::default()))
    }
}

impl Gates {
    /// Lets everybody through, now and later.
    pub fn open(&self, name: &str) {
        self.0.send_modify(|state| {
            state.open.insert(name.to_owned());
        });
    }

    /// Those who come later wait again.
    pub fn close(&self, name: &str) {
        self.0.send_modify(|state| {
            state.open.remove(name);
        });
    }

    /// Returns once somebody waits there.
    pub async fn held(&self, name: &str) {
        self.until(|state| state.held.contains_key(name)).await;
    }

    /// The gates where somebody waits.
    pub fn waiting(&self) -> Vec<String> {
        self.0.borrow().held.keys().cloned().collect()
    }

    /// Waits at the gate.
    pub(crate) async fn pass(&self, name: &str) {
        let _waits = Waits::at(self, name);
        self.until(|state| state.open.contains(name)).await;
    }

    async fn until(&self, happened: impl FnMut(&State) -> bool) {
        let mut states = self.0.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = states.wait_for(happened).await;
    }
}

/// Counts somebody as waiting for as long as it lives, so that one who hangs up is no longer counted.
struct Waits<'a> {
    gates: &'a Gates,
    name: &'a str,
}

impl<'a> Waits<'a> {
    fn at(gates: &'a Gates, name: &'a str) -> Self {
        gates.0.send_modify(|state| *state.held.entry(name.to_owned()).or_default() += 1);
        Self { gates, name }
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.gates.0.send_modify(|state| {
            if let Some(count) = state.held.get_mut(self.name) {
                *count -= 1;
                if *count == 0 {
                    state.held.remove(self.name);
                }
            }
        });
    }
}
