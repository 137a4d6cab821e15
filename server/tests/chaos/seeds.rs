//! Which stories are told: `SLIPWAY_CHAOS_SEEDS=20` tells the first twenty, `SLIPWAY_CHAOS_SEED=7` the seventh again.

use std::{env, ops::Range};

/// Stories told at the same time: they wait more than they work.
pub(crate) const AT_ONCE: usize = 3;
/// From so many on there is time for the long stops.
const QUICK: u64 = 100;

/// None: nobody asked for any.
pub(crate) fn wanted() -> Option<Range<u64>> {
    let number = |name: &str| env::var(name).ok()?.parse::<u64>().ok();
    let one = number("SLIPWAY_CHAOS_SEED").map(|seed| seed..seed + 1);
    one.or_else(|| number("SLIPWAY_CHAOS_SEEDS").map(|count| 1..count + 1))
}

pub(crate) fn is_long(seed: u64) -> bool {
    seed > QUICK
}
