//! The tools that run right now.

use leptos::prelude::*;

use super::{segments::Kind, sentence::Call, shown::Shown};

/// Those of the last message: an earlier one has ended.
pub fn running(shown: Shown) -> Vec<Call> {
    let Some(last) = shown.messages.with(|messages| messages.last().cloned()) else { return Vec::new() };
    let tools = last.parts.get().into_iter().filter(|part| part.kind == Kind::Tools);
    tools.filter_map(|part| part.part.with(Call::of)).filter(Call::is_running).collect()
}
