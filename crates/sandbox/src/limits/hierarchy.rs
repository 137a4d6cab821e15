//! Which control groups this server can make below its own.
//!
//! Version 2 is one tree for all kinds of limits; version 1 has a tree for each, and is taken where the one of version 2 knows none of
//! them. In both a session's group is made below the server's own, so that what limits the server limits its sessions too.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

/// Where the server itself is, beside the groups of its sessions: a group of version 2 that hands limits on has no members of its own.
/// systemd's `DelegateSubgroup=server` starts it there.
const SERVER: &str = "server";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Memory,
    Processes,
    Processors,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Memory, Self::Processes, Self::Processors];

    /// As the kernel calls it.
    fn controller(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Processes => "pids",
            Self::Processors => "cpu",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Processes => "processes",
            Self::Processors => "processors",
        }
    }
}

/// A folder in which groups are made, and what they limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hierarchy {
    pub(super) version: Version,
    pub(super) folder: PathBuf,
    pub(super) kinds: Vec<Kind>,
}

/// All of them, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) hierarchies: Vec<Hierarchy>,
    reason: String,
}

impl Found {
    pub(super) fn on_this_machine() -> Self {
        let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
        if !cfg!(target_os = "linux") {
            return Self::nothing("only Linux has control groups".into());
        }
        Self::told(&read("/proc/self/cgroup"), &read("/proc/self/mountinfo"), is_ours)
    }

    pub(super) fn nothing(reason: String) -> Self {
        Self { hierarchies: Vec::new(), reason }
    }

    #[cfg(test)]
    pub(super) fn these(hierarchies: Vec<Hierarchy>) -> Self {
        Self { hierarchies, reason: String::new() }
    }

    /// What follows from the kernel's two lists: in which groups this process is, and where they can be seen.
    fn told(memberships: &str, mounts: &str, is_ours: impl Fn(&Path) -> bool) -> Self {
        let own = |controller: &str| own_group(memberships, mounts, controller);
        if let Some(two) = own("").and_then(|own| second(&own, &is_ours)) {
            return Self { hierarchies: vec![two], reason: String::new() };
        }
        let mut hierarchies = Vec::<Hierarchy>::new();
        for kind in Kind::ALL {
            let Some(folder) = own(kind.controller()).filter(|folder| is_ours(folder)) else { continue };
            match hierarchies.iter_mut().find(|hierarchy| hierarchy.folder == folder) {
                Some(shared) => shared.kinds.push(kind),
                None => hierarchies.push(Hierarchy { version: Version::One, folder, kinds: vec![kind] }),
            }
        }
        let reason = "this server may make no control groups; give it a systemd unit with Delegate=yes";
        Self { hierarchies, reason: reason.into() }
    }

    /// Lets the groups of version 2 have limits. Moves this process, where it is in the way.
    pub(super) fn prepared(self) -> Self {
        match self.hierarchies.as_slice() {
            [Hierarchy { version: Version::Two, folder, .. }] => match hand_on(folder) {
                Ok(()) => self,
                Err(error) => Self::nothing(format!(
                    "the control group {} cannot hand its limits on ({error}); give this server a systemd unit of its own \
                     with Delegate=yes",
                    folder.display()
                )),
            },
            _ => self,
        }
    }

    pub(super) fn hierarchy(&self, kind: Kind) -> Option<&Hierarchy> {
        self.hierarchies.iter().find(|hierarchy| hierarchy.kinds.contains(&kind))
    }

    pub(super) fn holds(&self, kind: Kind) -> bool {
        self.hierarchy(kind).is_some()
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = match self.hierarchies.first().map(|hierarchy| hierarchy.version) {
            None => return write!(f, "rlimits and a watcher only, because {}", self.reason),
            Some(Version::One) => 1,
            Some(Version::Two) => 2,
        };
        let held: Vec<_> = Kind::ALL.into_iter().filter(|kind| self.holds(*kind)).map(Kind::word).collect();
        write!(f, "cgroup v{version} ({})", held.join(", "))?;
        if held.len() < Kind::ALL.len() { f.write_str("; a watcher for the rest") } else { Ok(()) }
    }
}

/// The folder of the group that this process is in, for a controller of version 1, or for version 2 where it is empty.
fn own_group(memberships: &str, mounts: &str, controller: &str) -> Option<PathBuf> {
    // Each line: number, controllers, path.
    let path = memberships.lines().find_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        controllers.split(',').any(|found| found == controller).then_some(path)
    })?;
    // Each line: two numbers, a device, the root of what is seen, where, options, a dash, the kind, the source, its options.
    mounts.lines().find_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(3);
        let (root, point) = (place.next()?, place.next()?);
        let mut kind = kind.split(' ');
        let (kind, options) = (kind.next()?, kind.nth(1)?);
        let fits = match kind {
            "cgroup2" => controller.is_empty(),
            "cgroup" => !controller.is_empty() && options.split(',').any(|option| option == controller),
            _ => false,
        };
        let below = Path::new(path).strip_prefix(root).ok().filter(|_| fits)?;
        Some(Path::new(point).join(below))
    })
}

/// The tree of version 2, if it is ours and knows all kinds of limits.
fn second(own: &Path, is_ours: impl Fn(&Path) -> bool) -> Option<Hierarchy> {
    let above = own.parent().filter(|_| own.file_name().is_some_and(|name| name == SERVER));
    let folder = above.into_iter().chain([own]).find(|folder| is_ours(folder))?;
    let known = fs::read_to_string(folder.join("cgroup.controllers")).unwrap_or_default();
    let knows = |kind: &Kind| known.split_whitespace().any(|found| found == kind.controller());
    let kinds = Kind::ALL;
    kinds.iter().all(knows).then(|| Hierarchy {
        version: Version::Two,
        folder: folder.into(),
        kinds: kinds.into(),
    })
}

/// A group in which this user may make others and move processes about.
fn is_ours(folder: &Path) -> bool {
    let may_write = |path: &Path| rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok();
    may_write(folder) && may_write(&folder.join("cgroup.procs"))
}

fn hand_on(folder: &Path) -> std::io::Result<()> {
    let enable = || {
        let wanted = Kind::ALL.map(|kind| format!("+{}", kind.controller())).join(" ");
        fs::write(folder.join("cgroup.subtree_control"), wanted)
    };
    if enable().is_ok() {
        return Ok(());
    }
    let server = folder.join(SERVER);
    if !server.is_dir() {
        fs::create_dir(&server)?;
    }
    fs::write(server.join("cgroup.procs"), std::process::id().to_string())?;
    enable()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "8:pids:/\n4:memory:/init/one\n2:cpu,cpuacct:/\n1:name=systemd:/\n0::/\n";

    fn mounts(root: &Path) -> String {
        let line = |number: u32, root_of: &str, name: &str, kind: &str, options: &str| {
            format!(
                "{number} 31 0:{number} {root_of} {}/{name} rw,relatime - {kind} {kind} rw,{options}\n",
                root.display()
            )
        };
        [
            line(32, "/", "cpu,cpuacct", "cgroup", "cpu,cpuacct"),
            line(35, "/init", "memory", "cgroup", "memory"),
            line(39, "/", "pids", "cgroup", "pids"),
            line(41, "/", "unified", "cgroup2", "nsdelegate"),
        ]
        .concat()
    }

    #[test]
    fn version_one_has_a_tree_for_each_kind_below_the_servers_own_group() {
        let root = tempfile::tempdir().unwrap();
        let found = Found::told(ONE, &mounts(root.path()), |_| true);
        let tree = |name: &str, kind| Hierarchy {
            version: Version::One,
            folder: root.path().join(name),
            kinds: vec![kind],
        };
        let expected = [
            tree("memory/one", Kind::Memory),
            tree("pids", Kind::Processes),
            tree("cpu,cpuacct", Kind::Processors),
        ];
        assert_eq!(found.hierarchies, expected);
        assert_eq!(found.to_string(), "cgroup v1 (memory, processes, processors)");
    }

    #[test]
    fn what_is_not_ours_is_left_to_the_watcher() {
        let root = tempfile::tempdir().unwrap();
        let some = Found::told(ONE, &mounts(root.path()), |folder| folder.ends_with("pids"));
        assert_eq!(some.to_string(), "cgroup v1 (processes); a watcher for the rest");
        assert!(some.holds(Kind::Processes) && !some.holds(Kind::Memory));
        let none = Found::told(ONE, &mounts(root.path()), |_| false);
        assert!(
            none.to_string().starts_with("rlimits and a watcher only, because this server may make no"),
            "{none}"
        );
        assert!(Found::told("", "", |_| true).hierarchies.is_empty());
    }

    #[test]
    fn version_two_is_one_tree_that_must_know_all_kinds() {
        let root = tempfile::tempdir().unwrap();
        let unit = root.path().join("unified/system.slice/slipway.service");
        fs::create_dir_all(unit.join(SERVER)).unwrap();
        let memberships = |name: &str| format!("0::/system.slice/slipway.service{name}\n");
        let find = |name: &str| Found::told(&memberships(name), &mounts(root.path()), |_| true);
        fs::write(unit.join("cgroup.controllers"), "cpuset cpu io memory\n").unwrap();
        assert!(find("").hierarchies.is_empty());
        fs::write(unit.join("cgroup.controllers"), "cpuset cpu io memory pids\n").unwrap();
        for started_in in ["", "/server"] {
            let found = find(started_in);
            let kinds = Kind::ALL.into();
            assert_eq!(found.hierarchies, [Hierarchy { version: Version::Two, folder: unit.clone(), kinds }]);
            assert_eq!(found.to_string(), "cgroup v2 (memory, processes, processors)");
        }
        // Limits are handed on by a word to the kernel.
        let ready = find("").prepared();
        assert_eq!(ready.hierarchies.len(), 1);
        let said = fs::read_to_string(unit.join("cgroup.subtree_control")).unwrap();
        assert_eq!(said, "+memory +pids +cpu");
    }

    #[test]
    fn a_group_that_hands_nothing_on_is_none() {
        let gone =
            Hierarchy { version: Version::Two, folder: "/nowhere/at/all".into(), kinds: Kind::ALL.into() };
        let found = Found::these(vec![gone]).prepared();
        assert!(found.hierarchies.is_empty());
        assert!(
            found.to_string().contains("because the control group /nowhere/at/all cannot hand"),
            "{found}"
        );
    }
}
