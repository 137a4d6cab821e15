//! What the parts of a session's page share: the session, and how to ask something of it.

use leptos::{prelude::*, task::spawn_local};
use slipway_protocol::{Command, SessionId};

use crate::ask::ask;

/// The id of the composer's text field.
pub const COMPOSER: &str = "message";

#[derive(Clone, Copy)]
pub struct Session {
    id: StoredValue<SessionId>,
    /// Why the last thing that was asked did not happen.
    pub problem: RwSignal<Option<String>>,
    /// A message was sent from this page: its writer wants to see it.
    pub sent: Trigger,
}

impl Session {
    pub fn new(id: SessionId) -> Self {
        Self { id: StoredValue::new(id), problem: RwSignal::new(None), sent: Trigger::new() }
    }

    pub fn id(self) -> SessionId {
        self.id.get_value()
    }

    /// Asks, and shows above the composer why it did not work.
    pub fn run(self, command: Command) {
        spawn_local(async move {
            let answer = ask(self.id(), command).await;
            self.problem.set(answer.err().map(|problem| problem.sentence().to_owned()));
        });
    }
}
