//! Ids for prompts and their parts, such that OpenCode puts them after everything it knows.
//!
//! OpenCode orders by id: twelve hexadecimal digits of time (milliseconds times 4096, plus a counter; the upper bits are
//! cut off), then fourteen letters and digits of chance.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::Delivery;

const DIGITS: usize = 12;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[derive(Debug, Default)]
pub(super) struct Ids {
    /// The time of the newest message known.
    newest: u64,
}

impl Ids {
    pub(super) fn see(&mut self, id: &str) {
        let time = id.strip_prefix("msg_").and_then(|rest| rest.get(..DIGITS));
        if let Some(time) = time.and_then(|digits| u64::from_str_radix(digits, 16).ok()) {
            self.newest = self.newest.max(time);
        }
    }

    #[expect(clippy::disallowed_methods, reason = "OpenCode's own ids come from the system's clock")]
    pub(super) fn mint(&mut self) -> Delivery {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64);
        self.mint_at(now)
    }

    /// The counter begins at 0: what OpenCode makes in the same millisecond comes after.
    fn mint_at(&mut self, now: u64) -> Delivery {
        let cut_off = (1 << (4 * DIGITS)) - 1;
        self.newest = (now.wrapping_mul(4096) & cut_off).max(self.newest + 1);
        let time = self.newest;
        Delivery {
            message: format!("msg_{time:012x}{}", chance()),
            part: format!("prt_{time:012x}{}", chance()),
        }
    }
}

fn chance() -> String {
    let mut bytes = [0; 14];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_what_opencode_makes() {
        // Recorded: msg_1f93e8204001... was made at 1795182985732 ms.
        let delivery = Ids::default().mint_at(1_795_182_985_732);
        assert_eq!((&delivery.message[..16], delivery.message.len()), ("msg_1f93e8204000", 30));
        assert_eq!(&delivery.part[..16], "prt_1f93e8204000");
    }

    #[test]
    fn ids_rise_above_what_is_known() {
        let mut ids = Ids::default();
        ids.see("msg_1f93e8204001XZ3xUIuB9bWAbH");
        ids.see("msg_0f93e8204001XZ3xUIuB9bWAbH");
        ids.see("prt_ff93e8204001XZ3xUIuB9bWAbH");
        let (first, second) = (ids.mint_at(0), ids.mint_at(0));
        assert_eq!([&first.message[..16], &second.message[..16]], ["msg_1f93e8204002", "msg_1f93e8204003"]);
    }
}
