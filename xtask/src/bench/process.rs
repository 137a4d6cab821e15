//! What a process takes, read from `/proc`.

use anyhow::{Context as _, Result};

/// Clock ticks a second; Linux has had no other number for programs since 2.4.
const TICKS: f64 = 100.0;

/// What the process holds in memory, in megabytes.
pub(super) fn resident(process: u32) -> Result<f64> {
    memory(&format!("/proc/{process}/status"), "VmRSS:")
}

/// The same, with its share only of what it holds together with others: a hundred keepers map one program.
fn proportional(process: u32) -> Result<f64> {
    memory(&format!("/proc/{process}/smaps_rollup"), "Pss:")
}

fn memory(file: &str, name: &'static str) -> Result<f64> {
    let text = std::fs::read_to_string(file).context("memory is read from /proc")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).context(name)?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024.0 / 1e6)
}

/// Seconds of a processor that it has used, in all its threads.
pub(super) fn processor(process: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).context("time is read from /proc")?;
    // The program's name stands in parentheses and may hold anything.
    let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
    let mut times = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    let mut time = || times.next().context("no times in stat")?.context("a time is no number");
    Ok((time()? + time()?) / TICKS)
}

/// The processes whose program has this name, with their memory in megabytes; what they share is divided among them.
pub(super) fn of_program(name: &str) -> Vec<(u32, f64)> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers
        .filter(|process| {
            let program = std::fs::read_to_string(format!("/proc/{process}/comm"));
            program.is_ok_and(|program| program.trim() == name)
        })
        .filter_map(|process| Some((process, proportional(process).ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read() {
        let own = std::process::id();
        assert!(resident(own).unwrap() > 1.0);
        assert!(proportional(own).unwrap() <= resident(own).unwrap());
        assert!(processor(own).unwrap() >= 0.0);
        assert!(resident(u32::MAX).is_err());
    }
}
