//! Putting up walls: bubblewrap, called so that nothing of it shows inside.
//!
//! Its options travel in a file that has no name, since its command line could be read inside; its environment is empty, since
//! that could be read too.
//!
//! Invariant: what is hidden is no link when bubblewrap is called. It would follow one to the outside and make there what it does
//! not find.

use std::{
    ffi::{OsStr, OsString},
    io,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::{Path, PathBuf},
    process::Command,
};

use rustix::fs::{MemfdFlags, SeekFrom};
use slipway_keeper::wire::Walls;

use super::filter;

/// The call of bubblewrap, and what must stay open until it was started.
pub(super) struct Call {
    pub(super) command: Command,
    _open: Vec<OwnedFd>,
}

/// `inside` is the command line of what runs behind the walls, with this process's environment.
pub(super) fn call(walls: &Walls, inside: &[OsString]) -> io::Result<Call> {
    let (mut options, mut open) = (Vec::new(), Vec::new());
    let mut option = |words: &[&OsStr]| {
        for word in words {
            options.extend_from_slice(word.as_bytes());
            options.push(0);
        }
    };
    let hidden = look_at(&walls.hidden)?;
    option(&[OsStr::new("--clearenv")]);
    for (name, value) in std::env::vars_os() {
        option(&[OsStr::new("--setenv"), &name, &value]);
    }
    for (path, text) in &walls.files {
        let file = unnamed_file(text.as_bytes())?;
        let number = file.as_raw_fd().to_string();
        let words = ["--perms", "0444", "--ro-bind-data", &number, path];
        option(&words.map(OsStr::new));
        open.push(file);
    }
    for filter in filter::filters()? {
        let file = unnamed_file(&filter)?;
        option(&["--add-seccomp-fd", &file.as_raw_fd().to_string()].map(OsStr::new));
        open.push(file);
    }
    walls.options.iter().for_each(|word| option(&[OsStr::new(word)]));
    // After all that is shown, since it lies within.
    for (path, is_folder) in hidden {
        let place = path.as_os_str();
        if is_folder {
            option(&["--perms", "0555", "--tmpfs"].map(OsStr::new));
            option(&[place, OsStr::new("--remount-ro"), place]);
        } else {
            let file = unnamed_file(b"")?;
            let number = file.as_raw_fd().to_string();
            option(&["--perms", "0444", "--ro-bind-data", &number].map(OsStr::new));
            option(&[place]);
            open.push(file);
        }
    }
    let options = unnamed_file(&options)?;
    let mut command = Command::new(&walls.program);
    command.env_clear().arg("--args").arg(options.as_raw_fd().to_string()).arg("--").args(inside);
    open.push(options);
    Ok(Call { command, _open: open })
}

/// Those that are there, and whether each is a folder.
fn look_at(hidden: &[PathBuf]) -> io::Result<Vec<(&Path, bool)>> {
    let mut found = Vec::new();
    for path in hidden {
        match path.symlink_metadata() {
            Ok(there) if there.is_dir() || there.is_file() => found.push((path.as_path(), there.is_dir())),
            Ok(_) => {
                let sentence =
                    format!("{} is neither a file nor a folder, so it cannot be hidden", path.display());
                return Err(io::Error::new(io::ErrorKind::InvalidInput, sentence));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// A file in memory, at its beginning, that a program which is started inherits. Init starts one program only.
fn unnamed_file(bytes: &[u8]) -> io::Result<OwnedFd> {
    let file = rustix::fs::memfd_create("walls", MemfdFlags::empty())?;
    let mut rest = bytes;
    while !rest.is_empty() {
        rest = &rest[rustix::io::write(&file, rest)?..];
    }
    rustix::fs::seek(&file, SeekFrom::Start(0))?;
    Ok(file)
}
