//! What the machine itself gives while all its processors are busy: the figures of one day and another can only be compared
//! beside it. No token can be told while a machine stands still.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::table::Line;

const TIME: Duration = Duration::from_secs(5);
/// A loop that looks at the clock was interrupted when it did not for so long.
const INTERRUPTED: Duration = Duration::from_micros(500);

/// What one processor told.
struct Looked {
    /// How often it looked at the clock.
    times: u64,
    /// Milliseconds.
    interruptions: Vec<f64>,
}

pub(super) fn measure() -> Result<Vec<Line>> {
    let processors = std::thread::available_parallelism()?.get();
    let looking: Vec<_> = (0..processors).map(|_| std::thread::spawn(look)).collect();
    let looked: Vec<Looked> = looking.into_iter().filter_map(|looking| looking.join().ok()).collect();
    let times = looked.iter().map(|one| one.times as f64).sum::<f64>() / looked.len() as f64;
    let interruptions: Vec<f64> = looked.into_iter().flat_map(|one| one.interruptions).collect();
    // Of all moments, not of all interruptions: one of 10 ms is met by ten times as many tokens as one of 1 ms.
    let lost: f64 = interruptions.iter().sum::<f64>() / (TIME.as_secs_f64() * 1000.0 * processors as f64);
    let longest = interruptions.into_iter().fold(0.0, f64::max);
    Ok(vec![
        Line::new(
            "looks at the clock in a second, each of all processors busy",
            times / TIME.as_secs_f64() / 1e6,
            "M/s",
        ),
        Line::new("time in which a busy processor was elsewhere", lost * 100.0, "%"),
        Line::new("longest interruption of a busy processor in 5 s", longest, "ms"),
    ])
}

fn look() -> Looked {
    let begun = Instant::now();
    let (mut last, mut looked) = (begun, Looked { times: 0, interruptions: Vec::new() });
    while last - begun < TIME {
        let now = Instant::now();
        if now - last > INTERRUPTED {
            looked.interruptions.push((now - last).as_secs_f64() * 1000.0);
        }
        (last, looked.times) = (now, looked.times + 1);
    }
    looked
}
