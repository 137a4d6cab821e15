//! How much of the disk a session takes, and how much there is.

use std::{collections::BTreeMap, path::Path, time::Duration};

use crate::{During, Job, Sandbox, SandboxError, View};

/// Prints kilobytes and files, and stops where there are more files than anybody may have.
const MEASURE: &str = include_str!("measure.sh");
const LIMIT: Duration = Duration::from_mins(1);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    pub bytes: u64,
    pub files: u64,
}

/// What a file system has, in all and still free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    pub total: u64,
    pub free: u64,
    /// Files that are there; 0 where the file system does not count them.
    pub files: u64,
}

impl Sandbox {
    /// What is in a folder that an agent can write, counted up to `most_files`. It belongs to no session: one that has used up its
    /// processes can be measured all the same.
    pub async fn measure(&self, folder: &Path, most_files: u64) -> Result<Size, SandboxError> {
        let argv = [
            "/bin/sh",
            "-euc",
            MEASURE,
            "slipway-measure",
            &folder.to_string_lossy(),
            &most_files.to_string(),
        ];
        let env = BTreeMap::from([("PATH", "/usr/local/bin:/usr/bin:/bin"), ("LC_ALL", "C")]);
        let job = Job {
            argv: argv.map(str::to_owned).into(),
            env: env.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            cwd: "/".into(),
            view: View::default().reading([folder.to_owned()]),
            stdin: Vec::new(),
            timeout: LIMIT,
            output_limit: 4096,
        };
        let output = self.run(job).await?;
        let said = String::from_utf8_lossy(&output.stdout);
        let mut numbers = said.split_whitespace().map(str::parse::<u64>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(kilobytes)), Some(Ok(files))) => Ok(Size { bytes: kilobytes * 1024, files }),
            _ => Err(SandboxError::NotMeasured {
                why: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            }),
        }
    }
}

/// The file system that a folder is in.
pub fn room(folder: &Path) -> Result<Room, SandboxError> {
    let found = rustix::fs::statvfs(folder).map_err(std::io::Error::from);
    let found = found.during(|| format!("see how much room there is in {}", folder.display()))?;
    Ok(Room {
        total: found.f_blocks * found.f_frsize,
        free: found.f_bavail * found.f_frsize,
        files: found.f_files.saturating_sub(found.f_ffree),
    })
}
