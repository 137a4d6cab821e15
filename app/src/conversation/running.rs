//! The tools that run right now.

use leptos::prelude::*;
use slipway_protocol::Phase;

use super::{segments::Kind, sentence::Call, shown::Shown};

/// Those of the last message: an earlier one has ended. What waits for a person does not run.
pub fn running(shown: Shown) -> Vec<Call> {
    if shown.head.with(|head| head.phase == Phase::WaitingForYou) {
        return Vec::new();
    }
    let Some(last) = shown.messages.with(|messages| messages.last().cloned()) else { return Vec::new() };
    let tools = last.parts.get().into_iter().filter(|part| part.kind == Kind::Tools);
    tools.filter_map(|part| part.part.with(Call::of)).filter(Call::is_running).collect()
}
