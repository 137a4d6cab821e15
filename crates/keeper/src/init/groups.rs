//! Joining the control groups whose limits hold for all that this init starts.
//!
//! Whoever joins a group makes it, since the server removes empty ones at any time, also between two steps here.

use std::{fs, io, io::Write, path::Path};

use rustix::io::Errno;
use slipway_keeper::wire::Group;

const MEMBERS: &str = "cgroup.procs";
/// A group that is removed so often between its making and the joining is not to be had.
const ATTEMPTS: u32 = 10;

pub(super) fn join(groups: &[Group]) -> io::Result<()> {
    groups.iter().try_for_each(|group| {
        enter(group).map_err(|error| {
            io::Error::other(format!(
                "its control group {} cannot be joined: {error}",
                group.folder.display()
            ))
        })
    })
}

fn enter(group: &Group) -> io::Result<()> {
    let mut attempt = 1;
    loop {
        match make_and_enter(group) {
            Err(error) if is_gone(&error) && attempt < ATTEMPTS => attempt += 1,
            ended => return ended,
        }
    }
}

/// It was removed before a file of it was opened, or between that and the writing.
fn is_gone(error: &io::Error) -> bool {
    let no_device = error.raw_os_error() == Some(Errno::NODEV.raw_os_error());
    no_device || error.kind() == io::ErrorKind::NotFound
}

fn make_and_enter(group: &Group) -> io::Result<()> {
    match fs::create_dir(&group.folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    for limit in &group.limits {
        match put(&group.folder.join(&limit.file), &limit.value) {
            // Busy: others of the session are above a limit that was lowered meanwhile; the old one holds until they end.
            Err(error) if !limit.optional && error.kind() != io::ErrorKind::ResourceBusy => {
                return Err(error);
            }
            _ => {}
        }
    }
    put(&group.folder.join(MEMBERS), &std::process::id().to_string())
}

/// The kernel's files are there or not; none is made.
fn put(file: &Path, value: &str) -> io::Result<()> {
    fs::OpenOptions::new().write(true).open(file)?.write_all(value.as_bytes())
}

#[cfg(test)]
mod tests {
    use slipway_keeper::wire::GroupLimit;

    use super::*;

    fn group(folder: &Path, file: &str, optional: bool) -> Group {
        let limits = vec![GroupLimit { file: file.into(), value: "7".into(), optional }];
        Group { folder: folder.into(), limits }
    }

    #[test]
    fn limits_are_written_before_it_is_joined() {
        let folder = tempfile::tempdir().unwrap();
        for file in [MEMBERS, "pids.max"] {
            fs::write(folder.path().join(file), "").unwrap();
        }
        let said = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
        join(&[group(folder.path(), "pids.max", false), group(folder.path(), "memory.swap.max", true)])
            .unwrap();
        assert_eq!((said("pids.max"), said(MEMBERS)), ("7".into(), std::process::id().to_string()));
    }

    #[test]
    fn a_group_that_was_removed_meanwhile_is_made_again() {
        let error = |errno: Errno| io::Error::from_raw_os_error(errno.raw_os_error());
        let gone = [Errno::NOENT, Errno::NODEV, Errno::BUSY, Errno::PERM].map(|errno| is_gone(&error(errno)));
        assert_eq!(gone, [true, true, false, false]);
    }

    #[test]
    fn a_limit_that_cannot_be_set_is_no_reason_to_go_on_without() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(MEMBERS), "").unwrap();
        let error = join(&[group(folder.path(), "memory.max", false)]).unwrap_err().to_string();
        assert!(error.contains(&folder.path().display().to_string()), "{error}");
        assert_eq!(fs::read_to_string(folder.path().join(MEMBERS)).unwrap(), "");
    }
}
