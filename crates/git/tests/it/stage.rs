//! A folder with a person's repository, a mirror, and a checkout.

use std::{fs, path::PathBuf, sync::Arc, time::SystemTime};

use slipway_git::{Delivered, Delivery, Git, GitError, Source};
use slipway_protocol::ChangedFile;
use slipway_sandbox::{Bubblewrap, Egress, Isolation, Sandbox};
use slipway_test_support::programs::{bubblewrap, built, keeper, plain_git};
use tempfile::TempDir;

pub(crate) const BRANCH: &str = "slipway/clock-7f3k";

pub(crate) struct Stage {
    pub(crate) git: Git,
    pub(crate) folder: TempDir,
}

impl Stage {
    /// A person's repository with one commit on `main`.
    pub(crate) fn new() -> Self {
        let stage = Self::without_commits();
        fs::write(stage.source().join("a.txt"), "one\ntwo\n").unwrap();
        stage.person(&["add", "--all"]);
        stage.person(&["commit", "--quiet", "--message", "first"]);
        stage
    }

    pub(crate) fn without_commits() -> Self {
        let stage = Self { git: git(), folder: tempfile::tempdir().unwrap() };
        fs::create_dir(stage.source()).unwrap();
        stage.person(&["init", "--quiet", "--initial-branch=main"]);
        stage
    }

    pub(crate) fn source(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    pub(crate) fn mirror(&self) -> PathBuf {
        self.folder.path().join("mirrors/source.git")
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Refreshes the mirror and makes the checkout of `main`; returns the base.
    pub(crate) async fn start(&self) -> String {
        self.git.refresh_mirror(&Source::Folder(self.source()), &self.mirror()).await.unwrap();
        self.git.checkout(&self.mirror(), "main", BRANCH, &self.work()).await.unwrap()
    }

    pub(crate) async fn changed(&self, base: &str) -> Vec<(String, u32, u32)> {
        let changes = self.git.changes(&self.work(), base).await.unwrap();
        changes.into_iter().map(|ChangedFile { path, added, removed }| (path, added, removed)).collect()
    }

    pub(crate) async fn deliver(&self, base: &str) -> Result<Delivered, GitError> {
        let (work, scratch, source) = (self.work(), self.folder.path().join("scratch"), self.source());
        let delivery = Delivery {
            checkout: &work,
            base_commit: base,
            branch: BRANCH,
            message: "Mend the clock",
            author: ("Ada", "ada@example.org"),
            scratch: &scratch,
        };
        self.git.deliver(delivery, &source).await
    }

    /// Git as a person runs it in the source.
    pub(crate) fn person(&self, arguments: &[&str]) -> String {
        plain_git(&self.source(), arguments)
    }

    /// Git as the agent runs it in the checkout.
    pub(crate) fn agent(&self, arguments: &[&str]) -> String {
        plain_git(&self.work(), arguments)
    }

    /// A shadow whose job was killed long ago.
    pub(crate) fn left_by_a_killed_job(&self, name: &str) {
        let path = self.work().join(".git").join(name);
        fs::create_dir_all(&path).unwrap();
        let shadow = path.ancestors().find(|path| path.parent().is_some_and(|above| above.ends_with(".git")));
        fs::File::open(shadow.unwrap()).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.work().join(name), text).unwrap();
    }
}

pub(crate) fn git() -> Git {
    Git::new(Arc::new(sandbox()), "git".into())
}

/// Behind walls, unless these tests are run to see that they hold without.
fn isolation() -> Isolation {
    let behind =
        |program| Isolation::Bubblewrap(Bubblewrap { program, paths: Vec::new(), egress: Egress::default() });
    bubblewrap().map_or(Isolation::Host, behind)
}

pub(crate) fn sandbox() -> Sandbox {
    Sandbox::new(built(keeper()), isolation())
}
