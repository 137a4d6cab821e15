//! A turn that changed files, and what can be asked and done about it.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use slipway_git::Restored;
use slipway_protocol::ChangedFile;

use crate::stage::Stage;

impl Stage {
    pub(crate) async fn mark(&self, base: &str, name: &str) -> String {
        self.git.mark(&self.work(), base, name).await.unwrap()
    }

    pub(crate) async fn restore(&self, from: &str, to: &str) -> Restored {
        self.git.restore(&self.work(), from, to).await.unwrap()
    }

    pub(crate) async fn difference(&self, from: &str, to: &str) -> Vec<(String, u32, u32)> {
        let changes = self.git.difference(&self.work(), from, to).await.unwrap();
        changes.into_iter().map(|ChangedFile { path, added, removed }| (path, added, removed)).collect()
    }

    /// The checkout's own files with what is in them.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        gather(&self.work(), "", &mut found);
        found
    }

    pub(crate) fn remove(&self, name: &str) {
        let path = self.work().join(name);
        if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
    }

    pub(crate) fn link(&self, to: impl AsRef<Path>, name: &str) {
        symlink(to, self.work().join(name)).unwrap();
    }
}

/// Each file as its kind and content: `- text`, `x text` where it can be run, `> target` of a link.
fn gather(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), format!("{prefix}{}", entry.file_name().to_str().unwrap()));
        let kind = entry.file_type().unwrap();
        if name == ".git" {
        } else if kind.is_dir() {
            found.insert(format!("{name}/"), String::new());
            gather(&path, &format!("{name}/"), found);
        } else if kind.is_symlink() {
            found.insert(name, format!("> {}", fs::read_link(&path).unwrap().display()));
        } else {
            let runs = entry.metadata().unwrap().permissions().mode() & 0o100 != 0;
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            found.insert(name, format!("{} {text}", if runs { 'x' } else { '-' }));
        }
    }
}

pub(crate) fn done(files: usize) -> Restored {
    Restored::Done { files }
}

pub(crate) fn touched<const N: usize>(paths: [&str; N]) -> Restored {
    Restored::Touched(paths.map(str::to_owned).into())
}

/// A turn that did everything one can do to files. Returns the checkpoints around it.
pub(crate) async fn a_turn(stage: &Stage) -> (String, String) {
    let base = stage.start().await;
    stage.write("gone", "gone\n");
    stage.write("tool", "tool\n");
    stage.write("was a file", "1\n");
    fs::create_dir_all(stage.work().join("was a folder/deep")).unwrap();
    stage.write("was a folder/deep/file", "2\n");
    stage.write("-rf", "an option?\n");
    stage.write("binary", "\0\u{1}\0");
    stage.link("a.txt", "link");
    let before = stage.mark(&base, "before").await;

    stage.write("a.txt", "one\n2\nthree\n");
    stage.remove("gone");
    fs::set_permissions(stage.work().join("tool"), fs::Permissions::from_mode(0o755)).unwrap();
    stage.remove("was a file");
    fs::create_dir(stage.work().join("was a file")).unwrap();
    stage.write("was a file/now a folder", "3\n");
    stage.remove("was a folder");
    stage.write("was a folder", "4\n");
    stage.remove("-rf");
    stage.write("--", "another option?\n");
    stage.write("binary", "\0\u{2}\0\u{3}");
    stage.remove("link");
    stage.link("nowhere", "link");
    stage.write("new, with \"odd\"\tname\n.txt", "5\n");
    fs::create_dir_all(stage.work().join("new/and deep")).unwrap();
    stage.write("new/and deep/file", "6\n");
    (before, stage.mark(&base, "after").await)
}
