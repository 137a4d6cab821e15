//! How much of the machine a session may take: memory, processes, processors.
//!
//! Where the kernel lets this user make control groups, each session has one of its own, and the kernel holds the limits. An init joins
//! it before it starts anything, so that all of an agent and of the work on its files is in it, and neither server nor keeper is. Where
//! there are none, [`weigh`] tells who takes too much.
//!
//! Whose a program is says what it can write: whatever may write below `sessions/ID` belongs to session ID.
//!
//! Invariant: a group that somebody is in is never removed (the kernel sees to that), and an empty one is, in the end.

use std::{
    collections::HashSet,
    fmt, fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use slipway_keeper::wire::Group;

use crate::View;
use hierarchy::{Found, Hierarchy, Kind};

mod disk;
mod files;
mod hierarchy;
mod tree;

pub use disk::{Room, Size, room};
pub use tree::{Weight, agent, weigh};

/// What one session may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Most {
    /// Bytes of memory.
    pub memory: u64,
    /// Processes and threads.
    pub processes: u64,
    /// Thousandths of a processor; none: all, and less than the server where both want one.
    pub processors: Option<u64>,
}

impl Default for Most {
    fn default() -> Self {
        Self { memory: u64::MAX, processes: u64::MAX, processors: None }
    }
}

/// Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Limits(Arc<Held>);

#[derive(Debug, Default)]
struct Held {
    most: Most,
    /// The folder whose folders are the sessions.
    sessions: PathBuf,
    /// Before a session's id in the name of its group; another installation's differs.
    prefix: String,
    found: Found,
}

/// What a session's group has counted since it was made, and how many are in it now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pressure {
    /// Processes that were killed because there was no more memory for them.
    pub killed: u64,
    /// Processes that were not started because there were too many.
    pub refused: u64,
    pub processes: u64,
}

impl Pressure {
    /// What came after `before`. A group that was made anew counts from nothing.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        let grown = |now: u64, before: u64| now.checked_sub(before).unwrap_or(now);
        Self {
            killed: grown(self.killed, before.killed),
            refused: grown(self.refused, before.refused),
            processes: self.processes,
        }
    }
}

impl Limits {
    /// Looks which groups can be made on this machine, and makes ready for them. `sessions` is the folder whose folders are the sessions.
    pub fn find(sessions: &Path, most: Most) -> Self {
        let found = Found::on_this_machine();
        Self::of(sessions, most, found.prepared())
    }

    /// The same without moving anything: to tell about it.
    pub fn look(sessions: &Path, most: Most) -> Self {
        Self::of(sessions, most, Found::on_this_machine())
    }

    /// Nothing holds a session to these: it is weighed.
    pub fn without_groups(most: Most) -> Self {
        Self(Arc::new(Held { most, ..Held::default() }))
    }

    fn of(sessions: &Path, most: Most, found: Found) -> Self {
        let sessions = std::path::absolute(sessions).unwrap_or_else(|_| sessions.to_owned());
        let prefix = fs::create_dir_all(&sessions)
            .and_then(|()| fs::metadata(&sessions))
            .map(|folder| format!("slipway-{:x}-{:x}-", folder.dev(), folder.ino()));
        let (prefix, found) = match prefix {
            Ok(prefix) => (prefix, found),
            Err(error) => {
                (String::new(), Found::nothing(format!("{} cannot be used: {error}", sessions.display())))
            }
        };
        Self(Arc::new(Held { most, sessions, prefix, found }))
    }

    pub fn most(&self) -> Most {
        self.0.most
    }

    /// The kernel holds the limit of memory; else somebody must [`weigh`].
    pub fn hold_memory(&self) -> bool {
        self.0.found.holds(Kind::Memory)
    }

    pub fn hold_processes(&self) -> bool {
        self.0.found.holds(Kind::Processes)
    }

    /// What the session's group has counted; nothing where there is none.
    pub fn pressure(&self, session: &str) -> Pressure {
        let name = self.name(session);
        let counted = |kind, counter: fn(_) -> files::Counter| {
            let hierarchy = self.0.found.hierarchy(kind)?;
            counter(hierarchy.version).read(&hierarchy.folder.join(&name))
        };
        Pressure {
            killed: counted(Kind::Memory, files::killed).unwrap_or(0),
            refused: counted(Kind::Processes, files::refused).unwrap_or(0),
            processes: counted(Kind::Processes, files::processes).unwrap_or(0),
        }
    }

    /// Removes the groups that nobody is in, but for those of the sessions that are to keep theirs.
    pub fn tidy(&self, keep: &HashSet<&str>) {
        for Hierarchy { folder, .. } in &self.0.found.hierarchies {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            for entry in entries {
                let name = entry.file_name();
                let session = name.to_str().and_then(|name| name.strip_prefix(&self.0.prefix));
                if session.is_some_and(|session| !keep.contains(session)) {
                    // It says no while somebody is in it.
                    let _ = fs::remove_dir(entry.path());
                }
            }
        }
    }

    /// The groups that a program with this view belongs into.
    pub(crate) fn groups(&self, view: &View) -> Vec<Group> {
        let Some(session) = view.writable.iter().find_map(|path| self.session(path)) else {
            return Vec::new();
        };
        let name = self.name(&session);
        let group = |hierarchy: &Hierarchy| Group {
            folder: hierarchy.folder.join(&name),
            limits: hierarchy
                .kinds
                .iter()
                .flat_map(|kind| files::limits(hierarchy.version, *kind, &self.0.most))
                .collect(),
        };
        self.0.found.hierarchies.iter().map(group).collect()
    }

    /// The session that a path lies in, also while its folder has another name for a moment (`ID.new`).
    fn session(&self, path: &Path) -> Option<String> {
        let folder = path.strip_prefix(&self.0.sessions).ok()?.components().next()?;
        let id = folder.as_os_str().to_str()?.split('.').next()?;
        (!id.is_empty() && !self.0.sessions.as_os_str().is_empty()).then(|| id.to_owned())
    }

    fn name(&self, session: &str) -> String {
        format!("{}{session}", self.0.prefix)
    }
}

/// Which level is active, for the doctor and the log.
impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.found.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{hierarchy::Version, *};

    fn limits(groups: &Path, sessions: &Path) -> Limits {
        let kinds = vec![Kind::Memory, Kind::Processes, Kind::Processors];
        let hierarchy = Hierarchy { version: Version::Two, folder: groups.into(), kinds };
        let most = Most { memory: 1 << 30, processes: 64, processors: Some(1_500) };
        Limits::of(sessions, most, Found::these(vec![hierarchy]))
    }

    #[test]
    fn whose_a_program_is_says_what_it_can_write() {
        let (groups, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let sessions = data.path().join("sessions");
        let limits = limits(groups.path(), &sessions);
        let names = |view: View| -> Vec<String> {
            let folders = limits.groups(&view).into_iter().map(|group| group.folder);
            folders.map(|folder| folder.file_name().unwrap().to_str().unwrap().to_owned()).collect()
        };
        let of_session = format!("{}s1", limits.0.prefix);
        for path in ["s1", "s1/work", "s1.gone"] {
            assert_eq!(names(View::of(&sessions.join(path))), [of_session.as_str()], "{path}");
        }
        assert_eq!(names(View::of(data.path()).writing([sessions.join("s1/agent")])), [of_session]);
        let none = Vec::<String>::new();
        assert_eq!(names(View::of(&sessions)), none);
        assert_eq!(names(View::default().reading([sessions.join("s1")])), none);
        assert!(Limits::default().groups(&View::of(Path::new("/anything"))).is_empty());
    }

    #[test]
    fn what_a_group_counts_is_read_and_empty_groups_go() {
        let (groups, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let limits = limits(groups.path(), data.path());
        let own = groups.path().join(limits.name("s1"));
        let others = [limits.name("s2"), "slipway-0-0-s1".into(), "server".into()]
            .map(|name| groups.path().join(name));
        for folder in others.iter().chain([&own]) {
            fs::create_dir(folder).unwrap();
        }
        fs::write(own.join("memory.events"), "low 0\noom 3\noom_kill 2\n").unwrap();
        fs::write(own.join("pids.events"), "max 7\n").unwrap();
        fs::write(own.join("pids.current"), "5\n").unwrap();
        assert_eq!(limits.pressure("s1"), Pressure { killed: 2, refused: 7, processes: 5 });
        assert_eq!(limits.pressure("s3"), Pressure::default());
        limits.tidy(&HashSet::from(["s1"]));
        assert_eq!(others.map(|folder| folder.exists()), [false, true, true]);
        assert!(own.exists());
    }
}
