//! What is printed: each story that failed, whole, and a table of all.

use std::{collections::BTreeMap, fmt::Write};

use crate::{story::Story, telling::Told};

#[derive(Default)]
pub(crate) struct Report {
    seeds: u32,
    failed: Vec<u64>,
    faults: BTreeMap<String, u32>,
    checks: u32,
    violations: usize,
}

impl Report {
    /// What there is to say about one story.
    pub(crate) fn add(&mut self, story: &Story, told: &Told) -> String {
        self.seeds += 1;
        self.checks += told.checks;
        self.violations += told.violations.len();
        for (kind, count) in &told.faults {
            *self.faults.entry(kind.clone()).or_default() += count;
        }
        let faults: u32 = told.faults.values().sum();
        let mut text = format!("seed {}: {faults} faults, {} checks", story.seed, told.checks);
        if told.violations.is_empty() {
            return text;
        }
        self.failed.push(story.seed);
        let _ = write!(text, ", FAILED\n{}  faults that happened: {:?}\n", story.told(), told.faults);
        for violation in &told.violations {
            let _ = writeln!(text, "  ! {violation}");
        }
        let _ = write!(text, "  again: cargo xtask test --only chaos --seed {}", story.seed);
        text
    }

    pub(crate) fn has_failed(&self) -> bool {
        !self.failed.is_empty()
    }

    /// The table, and as its last line what the test command counts.
    pub(crate) fn table(&self) -> String {
        let mut text = format!("\n{:<34} {:>7}\n", "seeds", self.seeds);
        for (kind, count) in &self.faults {
            let _ = writeln!(text, "  {kind:<32} {count:>7}");
        }
        let faults: u32 = self.faults.values().sum();
        let _ = writeln!(text, "{:<34} {faults:>7}", "faults injected");
        let _ = writeln!(text, "{:<34} {:>7}", "invariants checked", self.checks);
        let _ = writeln!(text, "{:<34} {:>7}", "violations", self.violations);
        if self.has_failed() {
            let _ = writeln!(text, "seeds that failed: {:?}", self.failed);
        }
        let failed = self.failed.len();
        let _ = write!(text, "\nchaos result: {} passed; {failed} failed", self.seeds as usize - failed);
        text
    }
}
