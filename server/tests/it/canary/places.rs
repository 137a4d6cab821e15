//! Where a secret could lie: processes, files, the database.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// All that was found, to be searched.
pub(super) struct Places {
    pub(super) processes: Vec<Started>,
    pub(super) files: Vec<(PathBuf, String)>,
    pub(super) texts: Vec<(&'static str, String)>,
}

impl Places {
    /// Each place that holds it.
    pub(super) fn holding(&self, secret: &str) -> Vec<String> {
        let digits = secret.bytes().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"));
        let capitals = digits.to_uppercase();
        let is_in = |text: &str| [secret, &digits, &capitals].iter().any(|form| text.contains(form));
        let processes = self.processes.iter().filter(|started| started.with.contains(secret));
        let processes = processes.map(|started| format!("{secret} in the process {}", started.program));
        let files = self.files.iter().filter(|(_, text)| text.contains(secret));
        let files = files.map(|(path, _)| format!("{secret} in {}", path.display()));
        let texts = self.texts.iter().filter(|(_, text)| is_in(text));
        let texts = texts.map(|(place, _)| format!("{secret} in {place}"));
        processes.chain(files).chain(texts).collect()
    }

    /// What is known to be there is found, in each kind of place: who searches elsewhere finds nothing and proves nothing.
    pub(super) fn are_the_right_ones(&self) {
        let said = self.holding(super::SAID);
        for place in ["a page or an answer", "the socket", "the database", "clock.txt"] {
            assert!(said.iter().any(|found| found.ends_with(place)), "{place}: {said:?}");
        }
        let config = self.holding("OPENCODE_CONFIG_CONTENT=");
        assert!(
            config.iter().any(|found| found.contains("process") && found.contains("opencode")),
            "{config:?}"
        );
        let kept = self.holding("slipway-keeper");
        assert!(kept.iter().any(|found| found.contains("in the process")), "{kept:?}");
        let logged = self.holding("DEBUG");
        assert!(logged.iter().any(|found| found.ends_with(super::LOG)), "{logged:?}");
        assert!(
            self.files.iter().any(|(path, _)| path.ends_with("spool")),
            "the keeper's files are among them"
        );
    }
}

/// What a process was started with.
pub(super) struct Started {
    pub(super) program: String,
    /// Its arguments and its environment.
    pub(super) with: String,
}

/// Everything that runs for this folder's sessions: keepers, agents, and what those have started.
pub(super) fn processes(folder: &Path, server: u32) -> Vec<Started> {
    let folder = folder.display().to_string();
    let ids = fs::read_dir("/proc").unwrap().flatten();
    let ids = ids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let others = ids.filter(|id| ![server, std::process::id()].contains(id));
    let started = others.filter_map(|id| {
        let read = |name: &str| fs::read(format!("/proc/{id}/{name}"));
        // One that has ended meanwhile is not there.
        let (arguments, environment) = (read("cmdline").ok()?, read("environ").ok()?);
        let program = String::from_utf8_lossy(arguments.split(|byte| *byte == 0).next()?).into_owned();
        Some(Started { program, with: text(&[arguments, environment].concat()) })
    });
    started.filter(|started| started.with.contains(&folder)).collect()
}

/// Every file below the folder and what it holds, but for those that are left out.
pub(super) fn files(folder: &Path, left_out: &[&str]) -> Vec<(PathBuf, String)> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(&inner).into_iter().flatten().flatten() {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && !left_out.iter().any(|name| path.ends_with(name)) {
                found.push((path.clone(), text(&fs::read(&path).unwrap_or_default())));
            }
        }
    }
    found
}

/// All tables, as text. Bytes stand there as hexadecimal digits.
pub(super) fn tables(database: &Path) -> String {
    let said = Command::new("sqlite3").arg(database).arg(".dump").output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).unwrap()
}

/// What is none becomes a mark; the secrets are text.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
