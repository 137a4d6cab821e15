//! The tools that run right now.

use leptos::prelude::*;
use slipway_protocol::Phase;

use super::{call::Call, deed::Deed, segments::Kind, shown::Shown};

/// Those of the last message: an earlier one has ended. What waits for a person does not run. True: a sub-agent runs it.
pub fn running(shown: Shown) -> Vec<(Call, bool)> {
    if shown.head.with(|head| head.phase == Phase::WaitingForYou) {
        return Vec::new();
    }
    let Some(last) = shown.messages.with(|messages| messages.last().cloned()) else { return Vec::new() };
    let tools = last.parts.get().into_iter().filter(|part| part.kind == Kind::Tools);
    let calls = tools.filter_map(|part| Some((last.call(&part)?, part.parent.with(Option::is_some))));
    // What a sub-agent runs says more than that it runs.
    let tells = |call: &Call| call.deed() != Deed::Delegate || !call.below.iter().any(Call::is_running);
    calls.filter(|(call, _)| call.is_running() && tells(call)).collect()
}
