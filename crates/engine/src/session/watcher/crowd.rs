//! Whether a session goes on starting processes at its limit: a fork bomb, rather than a build that reached it once.

use slipway_sandbox::Pressure;

/// Looks in a row at which processes were refused.
const LOOKS: u32 = 3;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Crowd {
    last: Option<Pressure>,
    crowded: u32,
}

impl Crowd {
    /// What the session's group counts now; `most` is how many may be in it.
    pub(super) fn goes_on(&mut self, now: Pressure, most: u64) -> bool {
        let refused = self.last.is_some_and(|last| now.since(last).refused > 0);
        // Those that die of it make room for others that are refused in turn.
        let is_full = now.processes >= most / 2;
        self.crowded = if refused && is_full { self.crowded + 1 } else { 0 };
        self.last = Some(now);
        self.crowded >= LOOKS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_goes_on_and_a_build_does_not() {
        let looks = |counts: &[(u64, u64)]| {
            let mut crowd = Crowd::default();
            let at = |(refused, processes): &(u64, u64)| Pressure {
                killed: 0,
                refused: *refused,
                processes: *processes,
            };
            counts.iter().map(|count| crowd.goes_on(at(count), 100)).collect::<Vec<_>>()
        };
        let bomb = [(0, 10), (50, 100), (90, 99), (200, 100), (300, 100)];
        assert_eq!(looks(&bomb), [false, false, false, true, true]);
        let build = [(0, 10), (50, 100), (60, 80), (60, 90), (70, 20), (75, 60)];
        assert_eq!(looks(&build), [false; 6]);
        assert_eq!(
            looks(&[(900, 100), (900, 100), (900, 100), (900, 100)]),
            [false; 4],
            "what was before it woke"
        );
    }
}
