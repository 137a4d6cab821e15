//! Walls by [bubblewrap](https://github.com/containers/bubblewrap): namespaces of its own for users, processes, network,
//! System V objects and names, no capability, and a file system of which only what is named here is there.
//!
//! Invariant: nothing of the host can be written but what a [`View`] names as writable, and nothing of a person read but what
//! it names.
//! Invariant: no path inside leads to a socket of the host.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use slipway_keeper::wire::{Egress, Walls};

use super::{View, system};

/// Where the init lies inside.
const INIT: &str = "/run/slipway/init";
/// Who everybody is inside, whoever runs the server.
const USER: &str = "1000";
/// What is written by everybody, as far as it lets itself be.
const OPEN: [&str; 3] = ["/tmp", "/dev", "/proc"];
/// What fits into the private `/tmp`, and into shared memory.
const TMP_BYTES: u64 = 1 << 30;

/// Bubblewrap, installed at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bubblewrap {
    pub program: PathBuf,
    /// Folders of the host that every program may read: toolchains of a home folder.
    pub paths: Vec<PathBuf>,
    /// Where agents may go.
    pub egress: Egress,
}

impl Bubblewrap {
    pub(super) fn walls(&self, keeper_program: &Path, view: &View, cwd: &Path) -> Walls {
        let mut options = Options(Vec::new());
        options.fixed();
        system::show(&mut options);
        let init = std::path::absolute(keeper_program).unwrap_or_else(|_| keeper_program.to_owned());
        options.bind("--ro-bind", &init, Path::new(INIT));
        self.show(&mut options, view);
        options.words(["--remount-ro", "/"]);
        options.words(["--chdir", &text(cwd)]);
        let (program, hidden) = (self.program.clone(), view.hidden.clone());
        let writable = OPEN.map(PathBuf::from).into_iter().chain(view.writable.iter().cloned()).collect();
        Walls { program, options: options.0, files: files(), hidden, writable, init: INIT.into() }
    }

    /// What lies within another comes after it, so that it is not hidden by it.
    fn show(&self, options: &mut Options, view: &View) {
        let readable = self.paths.iter().chain(&view.readable).map(|path| (path, "--ro-bind-try"));
        let writable = view.writable.iter().map(|path| (path, "--bind"));
        let mut all: Vec<_> = readable.chain(writable).collect();
        all.sort_by_key(|(path, _)| path.components().count());
        for (path, how) in all {
            options.bind(how, path, path);
        }
    }
}

/// Options of bubblewrap in their order.
pub(super) struct Options(Vec<String>);

impl Options {
    pub(super) fn words<const N: usize>(&mut self, words: [&str; N]) {
        self.0.extend(words.map(str::to_owned));
    }

    pub(super) fn bind(&mut self, how: &str, from: &Path, to: &Path) {
        self.words([how, &text(from), &text(to)]);
    }

    /// What is the same for everybody.
    fn fixed(&mut self) {
        self.words(["--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]);
        self.words(["--unshare-cgroup-try", "--disable-userns", "--uid", USER, "--gid", USER]);
        self.words(["--hostname", "slipway", "--cap-drop", "ALL"]);
        // The init's own life is the sandbox's: it is process 1, and dies with whoever called bubblewrap, which is the outer init.
        self.words(["--new-session", "--die-with-parent", "--as-pid-1"]);
        let size = TMP_BYTES.to_string();
        self.words(["--proc", "/proc", "--dev", "/dev", "--size", &size, "--tmpfs", "/dev/shm"]);
        self.words(["--remount-ro", "/dev", "--size", &size, "--perms", "1777", "--tmpfs", "/tmp"]);
    }
}

/// Who is who inside, and that there is no other machine.
fn files() -> BTreeMap<String, String> {
    let files = [
        ("/etc/passwd", format!("agent:x:{USER}:{USER}:agent:/tmp:/bin/bash\nnobody:x:65534:65534:::\n")),
        ("/etc/group", format!("agent:x:{USER}:\nnogroup:x:65534:\n")),
        ("/etc/hosts", "127.0.0.1 localhost slipway\n::1 localhost slipway\n".into()),
    ];
    files.map(|(path, text)| (path.to_owned(), text)).into()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_within_another_is_shown_after_it() {
        let bubblewrap = Bubblewrap {
            program: "bwrap".into(),
            paths: vec!["/opt/rust".into()],
            egress: Egress::default(),
        };
        let view = View::of(Path::new("/data/s1")).reading(["/data/s1/.git/mirror".into(), "/m".into()]);
        let mut options = Options(Vec::new());
        bubblewrap.show(&mut options, &view);
        let shown: Vec<_> = options.0.chunks(3).map(|bind| (bind[0].as_str(), bind[1].as_str())).collect();
        assert_eq!(
            shown,
            [
                ("--ro-bind-try", "/m"),
                ("--ro-bind-try", "/opt/rust"),
                ("--bind", "/data/s1"),
                ("--ro-bind-try", "/data/s1/.git/mirror"),
            ]
        );
    }
}
