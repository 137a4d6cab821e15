//! What one session, and one person, may take of the server.

use std::time::Duration;

use clap::Args;

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitSettings {
    /// Memory of one session, such as `4G` [default: 4G, or half of what the machine has].
    #[arg(long, env = "SLIPWAY_SESSION_MEMORY", value_name = "SIZE", value_parser = size)]
    pub session_memory: Option<u64>,

    /// Processes and threads of one session.
    #[arg(long, env = "SLIPWAY_SESSION_PROCESSES", default_value = "512", value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(64..))]
    pub session_processes: u64,

    /// Processors of one session, such as `1.5` [default: all, after the server itself].
    #[arg(long, env = "SLIPWAY_SESSION_CPU", value_name = "NUMBER", value_parser = thousandths)]
    pub session_cpu: Option<u64>,

    /// Disk of one session, with all of its files.
    #[arg(long, env = "SLIPWAY_SESSION_DISK", default_value = "20G", value_name = "SIZE", value_parser = size)]
    pub session_disk: u64,

    /// Files of one session.
    #[arg(long, env = "SLIPWAY_SESSION_FILES", default_value = "1000000", value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub session_files: u64,

    /// What must stay free of the disk; below it the session that grows most is stopped [default: 1G, or 2 % of a small disk].
    #[arg(long, env = "SLIPWAY_DISK_RESERVE", value_name = "SIZE", value_parser = size)]
    pub disk_reserve: Option<u64>,

    /// Stops a turn that took so long; waiting for a person does not count.
    #[arg(long, env = "SLIPWAY_TURN_LIMIT", default_value = "4h", value_name = "TIME", value_parser = super::duration)]
    pub turn_limit: Duration,

    /// Agents that one person may have at once; the next one waits in line.
    #[arg(long, env = "SLIPWAY_AWAKE_PER_PERSON", default_value = "5", value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    pub awake_per_person: u16,

    /// Sessions that one person may have, archived ones with them.
    #[arg(long, env = "SLIPWAY_SESSIONS_PER_PERSON", default_value = "500", value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub sessions_per_person: u64,

    /// Tokens that one person's agents may use in a day, by UTC; a running turn is stopped there [default: no limit].
    #[arg(long, env = "SLIPWAY_TOKENS_PER_DAY", value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub tokens_per_day: Option<u64>,

    /// US dollars that they may cost in a day, such as `5` or `2.50` [default: no limit].
    #[arg(long, env = "SLIPWAY_COST_PER_DAY", value_name = "DOLLARS", value_parser = micros)]
    pub cost_per_day: Option<u64>,
}

/// `512M`, `4G`, `1T`.
fn size(text: &str) -> Result<u64, String> {
    let problem = || "a size is a number and M, G or T, such as 4G".to_owned();
    let unit = text.chars().last().ok_or_else(problem)?;
    let bytes: u64 = match unit.to_ascii_uppercase() {
        'M' => 1 << 20,
        'G' => 1 << 30,
        'T' => 1 << 40,
        _ => return Err(problem()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| problem())?;
    let size = number.checked_mul(bytes).filter(|size| *size > 0);
    size.ok_or_else(|| "this size must be more than nothing, and less than everything".into())
}

/// `2`, `1.5`, in thousandths.
fn thousandths(text: &str) -> Result<u64, String> {
    let number: f64 = text.parse().map_err(|_| "processors are a number, such as 2 or 1.5".to_owned())?;
    if (0.01..=10_000.0).contains(&number) {
        return Ok((number * 1000.0).round() as u64);
    }
    Err("a session needs at least a hundredth of a processor".into())
}

/// Dollars, `5` or `2.50`, in millionths.
fn micros(text: &str) -> Result<u64, String> {
    let dollars: f64 =
        text.parse().map_err(|_| "this is a number of US dollars, such as 5 or 2.50".to_owned())?;
    if (0.01..=1e9).contains(&dollars) {
        return Ok((dollars * 1e6).round() as u64);
    }
    Err("a day costs at least a cent".into())
}

#[cfg(test)]
mod tests {
    use super::{micros, size, thousandths};

    #[test]
    fn sizes_are_a_number_and_a_unit() {
        assert_eq!(["512M", "4G", "1t"].map(size), [Ok(512 << 20), Ok(4 << 30), Ok(1 << 40)]);
        for wrong in ["", "G", "4", "4 G", "-1G", "0G", "1.5G", "99999999999T", "4é"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_cost_is_in_dollars() {
        assert_eq!(["5", "2.50", "0.01"].map(micros), [Ok(5_000_000), Ok(2_500_000), Ok(10_000)]);
        for wrong in ["", "$5", "5 USD", "0", "-1", "NaN", "inf"] {
            assert!(micros(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn processors_may_be_parts_of_one() {
        assert_eq!(["2", "1.5", "0.01"].map(thousandths), [Ok(2_000), Ok(1_500), Ok(10)]);
        for wrong in ["", "all", "0", "-1", "NaN", "inf"] {
            assert!(thousandths(wrong).is_err(), "{wrong}");
        }
    }
}
