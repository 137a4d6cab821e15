//! What a session took too much of, in the words of its conversation.

use std::{fmt, time::Duration};

use slipway_protocol::Notice;

use crate::{limits::Bytes, spending::Overspent};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Excess {
    /// Its files are larger than this.
    Disk { most: u64 },
    /// It has more files than this.
    Files { most: u64 },
    /// It was filling a disk that has less than this left.
    Room { reserve: u64 },
    /// Its processes together took more, where no kernel kept them from it.
    Memory { most: u64 },
    /// It ran so many processes that it could start no more, and went on trying.
    Processes { most: u64 },
    /// Its turn took as long as a turn may.
    Time { most: Duration },
    /// Its person's agents have used what they may in a day.
    Day(Overspent),
    /// The kernel had no more memory for the agent itself.
    AgentKilled { most: u64 },
}

impl Excess {
    pub(super) fn notice(&self) -> Notice {
        match self {
            Self::AgentKilled { .. } => Notice::Interrupted,
            _ => Notice::Stopped,
        }
    }

    /// The agent is ended for it; else only the turn is, or the agent has ended already.
    pub(super) fn ends_agent(&self) -> bool {
        !matches!(self, Self::Time { .. } | Self::Day(_) | Self::AgentKilled { .. })
    }
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk { most } => write!(
                f,
                "Stopped: this session used more than {} of disk. Have the agent remove what is not needed; what was done is kept.",
                Bytes(*most)
            ),
            Self::Files { most } => write!(
                f,
                "Stopped: this session had more than {most} files. Have the agent remove what is not needed; what was done is kept."
            ),
            Self::Room { reserve } => write!(
                f,
                "Stopped: this session was filling the server's disk, of which less than {} is free. Have the agent remove what is \
                 not needed; what was done is kept.",
                Bytes(*reserve)
            ),
            Self::Memory { most } => write!(
                f,
                "Stopped: this session used more than {} of memory. Send a message to go on with less at once; what was done is kept.",
                Bytes(*most)
            ),
            Self::Processes { most } => write!(
                f,
                "Stopped: this session ran {most} processes at once and went on starting more. Send a message to go on with fewer; \
                 what was done is kept."
            ),
            Self::Time { most } => write!(
                f,
                "Stopped after {}, the longest that a turn may take. Send a message to go on; what was done is kept.",
                spoken(*most)
            ),
            Self::Day(Overspent { what, .. }) => write!(
                f,
                "Stopped: you have used today's {what}. It goes on at 00:00 UTC; what was done is kept."
            ),
            Self::AgentKilled { most } => write!(
                f,
                "The agent ran out of memory ({}) and was ended. Send a message to go on; what it had written was kept.",
                Bytes(*most)
            ),
        }
    }
}

/// A command was killed; the agent goes on.
pub(super) fn command_killed(most: u64) -> String {
    format!("A command ran out of memory and was ended: this session may use {}.", Bytes(most))
}

/// A command could not start what it wanted to; the agent goes on.
pub(super) fn command_refused(most: u64) -> String {
    format!("A command could not start all that it wanted to: this session may run {most} processes at once.")
}

fn spoken(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60, seconds) {
        (hours @ 1.., ..) if seconds.is_multiple_of(3600) => format!("{hours} h"),
        (_, minutes @ 1.., _) if seconds.is_multiple_of(60) => format!("{minutes} min"),
        _ => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spending::Allowance;

    #[test]
    fn each_says_how_much_is_allowed() {
        let hours = Duration::from_hours(4);
        let said = [
            Excess::Disk { most: 20 << 30 },
            Excess::Files { most: 1_000_000 },
            Excess::Room { reserve: 1 << 30 },
            Excess::Memory { most: 4 << 30 },
            Excess::Processes { most: 512 },
            Excess::Time { most: hours },
            Excess::Day(Overspent { what: Allowance::Tokens(5_000), until: 0 }),
            Excess::AgentKilled { most: 4 << 30 },
        ]
        .map(|excess| excess.to_string());
        let amounts = ["20 GB", "1000000", "1 GB", "4 GB", "512", "4 h", "5,000 tokens", "4 GB"];
        for (said, amount) in said.iter().zip(amounts) {
            assert!(said.contains(amount) && said.ends_with("kept."), "{said}");
        }
        assert_eq!(
            [90, 120, 5].map(|seconds| spoken(Duration::from_secs(seconds))),
            ["90 s", "2 min", "5 s"]
        );
    }
}
