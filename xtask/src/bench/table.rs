//! The table: each line with its figure, what it is compared with, its target and the verdict; as JSON, and against an
//! earlier one.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Line {
    /// Which measurement it belongs to.
    pub(super) subject: String,
    pub(super) what: String,
    pub(super) figure: f64,
    pub(super) unit: String,
    /// The same of something else, in the same run.
    pub(super) reference: Option<Reference>,
    pub(super) target: Option<Target>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Reference {
    pub(super) what: String,
    pub(super) figure: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Target {
    AtMost(f64),
    AtLeast(f64),
    /// Of the reference.
    RatioAtMost(f64),
}

impl Line {
    pub(super) fn new(what: impl Into<String>, figure: f64, unit: &str) -> Self {
        let (subject, unit) = (String::new(), unit.to_owned());
        Self { subject, what: what.into(), figure, unit, reference: None, target: None }
    }

    pub(super) fn against(mut self, what: impl Into<String>, figure: f64) -> Self {
        self.reference = Some(Reference { what: what.into(), figure });
        self
    }

    pub(super) fn at_most(mut self, most: f64) -> Self {
        self.target = Some(Target::AtMost(most));
        self
    }

    pub(super) fn at_least(mut self, least: f64) -> Self {
        self.target = Some(Target::AtLeast(least));
        self
    }

    pub(super) fn ratio_at_most(mut self, most: f64) -> Self {
        self.target = Some(Target::RatioAtMost(most));
        self
    }

    /// The figure as a part of its reference.
    pub(super) fn ratio(&self) -> Option<f64> {
        self.reference.as_ref().map(|reference| self.figure / reference.figure)
    }

    /// None where there is no target. A figure that is no number meets none.
    pub(super) fn is_met(&self) -> Option<bool> {
        Some(match self.target? {
            Target::AtMost(most) => self.figure <= most,
            Target::AtLeast(least) => self.figure >= least,
            Target::RatioAtMost(most) => self.ratio().is_some_and(|ratio| ratio <= most),
        })
    }

    fn verdict(&self) -> &'static str {
        match self.is_met() {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "",
        }
    }

    pub(super) fn print(&self) {
        let Self { subject, what, figure, unit, .. } = self;
        let ratio = self.ratio().map(|ratio| format!("{ratio:.2} x")).unwrap_or_default();
        let reference = self.reference.as_ref().map(|of| format!("{:.1} {}", of.figure, of.what));
        let target = match self.target {
            Some(Target::AtMost(most)) => format!("<= {most}"),
            Some(Target::AtLeast(least)) => format!(">= {least}"),
            Some(Target::RatioAtMost(most)) => format!("<= {most} x"),
            None => String::new(),
        };
        let (reference, verdict) = (reference.unwrap_or_default(), self.verdict());
        println!(
            "{subject:<11} {what:<58} {figure:>10.2} {unit:<6} {ratio:>8} {target:>10} {verdict:<6} {reference}"
        );
    }
}

/// A whole run.
#[derive(Serialize, Deserialize)]
pub(super) struct Table {
    /// What it was measured on.
    pub(super) machine: String,
    pub(super) lines: Vec<Line>,
}

impl Table {
    pub(super) fn print(&self) {
        println!("\n{}", self.machine);
        for line in &self.lines {
            line.print();
        }
        let verdicts: Vec<bool> = self.lines.iter().filter_map(Line::is_met).collect();
        let met = verdicts.iter().filter(|met| **met).count();
        println!("{met} of {} targets met", verdicts.len());
    }

    pub(super) fn save(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(std::fs::write(path, serde_json::to_string_pretty(self)?)?)
    }

    pub(super) fn read(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is not a table of ours", path.display()))
    }
}

/// Prints how the lines that both have differ. Returns how many verdicts do.
pub(super) fn compare(before: &Table, after: &Table) -> usize {
    println!("before: {}\nafter:  {}", before.machine, after.machine);
    let mut differ = 0;
    for line in &after.lines {
        let same = |other: &&Line| (&other.subject, &other.what) == (&line.subject, &line.what);
        let Some(old) = before.lines.iter().find(same) else { continue };
        let change = (line.figure / old.figure - 1.0) * 100.0;
        let note = if old.is_met() == line.is_met() { "" } else { "  <- another verdict" };
        differ += usize::from(!note.is_empty());
        println!(
            "{:<11} {:<58} {:>10.2} {:>10.2} {:<6} {change:>+7.0} % {:<6} {:<6}{note}",
            line.subject,
            line.what,
            old.figure,
            line.figure,
            line.unit,
            old.verdict(),
            line.verdict()
        );
    }
    println!("{differ} verdicts differ");
    differ
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_of_the_figure_or_of_its_part_of_the_reference() {
        let line = || Line::new("a page", 3.0, "ms");
        assert_eq!(line().is_met(), None);
        assert_eq!(line().at_most(3.0).is_met(), Some(true));
        assert_eq!(line().at_least(4.0).is_met(), Some(false));
        assert_eq!(line().against("a file", 2.0).ratio_at_most(1.5).is_met(), Some(true));
        assert_eq!(line().against("a file", 2.0).ratio_at_most(1.4).is_met(), Some(false));
        assert_eq!(line().ratio_at_most(1.4).is_met(), Some(false));
        assert_eq!(Line::new("nothing", f64::NAN, "ms").at_most(1.0).is_met(), Some(false));
    }

    #[test]
    fn verdicts_of_two_runs_are_compared_line_by_line() {
        let table = |figure| Table {
            machine: "here".into(),
            lines: vec![Line::new("a", figure, "ms").at_most(2.0), Line::new("b", figure, "ms")],
        };
        assert_eq!(compare(&table(1.0), &table(1.5)), 0);
        assert_eq!(compare(&table(1.0), &table(3.0)), 1);
        assert_eq!(compare(&Table { machine: String::new(), lines: vec![] }, &table(3.0)), 0);
    }
}
