//! Bundles that an agent's side wrote: packs are made that hold together, with objects of hostile making in them. What is taken in
//! names nothing outside a checkout and nothing of git's own, and the repository that was there before is untouched.
#![no_main]

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, LazyLock},
};

use flate2::{Compression, write::ZlibEncoder};
use libfuzzer_sys::{
    arbitrary::{self, Arbitrary},
    fuzz_target,
};
use sha1::{Digest, Sha1};
use slipway_git::Git;
use slipway_sandbox::{Isolation, Sandbox};
use tempfile::TempDir;
use tokio::runtime::Runtime;

#[derive(Arbitrary, Debug)]
struct Made {
    blobs: Vec<Vec<u8>>,
    /// From the leaves to the root.
    trees: Vec<Vec<Entry>>,
    message: String,
    /// Lines that stand before the pack, besides those that belong there.
    header: Vec<String>,
    /// What is cut off its end.
    cut: Option<u16>,
}

#[derive(Arbitrary, Debug)]
struct Entry {
    kind: Kind,
    name: Name,
    /// Which of those that were made.
    of: u8,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Kind {
    File,
    Program,
    Link,
    Folder,
    Submodule,
}

#[derive(Arbitrary, Debug)]
enum Name {
    Known(u8),
    Any(Vec<u8>),
}

/// Names that mean something to git or to file systems.
const KNOWN: [&str; 12] = [
    ".git", ".GIT", "..", ".", "", "a/b", ".gitmodules", ".gitattributes", "git~1", ".git\u{200c}", "hooks", "plain",
];

struct Stage {
    folder: TempDir,
    git: Git,
    runtime: Runtime,
    before: Vec<PathBuf>,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let known = folder.path().join("known.git");
    let made = Command::new("git").args(["init", "--quiet", "--bare"]).arg(&known).status().expect("git");
    assert!(made.success());
    let sandbox = Arc::new(Sandbox::new(PathBuf::from("/none"), Isolation::Host));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let before = files(&known);
    Stage { git: Git::new(sandbox, "git".into()), folder, runtime, before }
});

fuzz_target!(|made: Made| {
    let stage = &*STAGE;
    let place = |name: &str| stage.folder.path().join(name);
    let (bundle, into, known) = (place("session.bundle"), place("checked.git"), place("known.git"));
    std::fs::write(&bundle, made.bundle()).expect("the bundle can be written");
    let taken = stage.runtime.block_on(stage.git.unpack(&bundle, &into, &known, "sha1"));
    assert_eq!(files(&known), stage.before, "the repository that was there is untouched");
    if taken.is_ok() {
        let mut list = Command::new("git");
        list.arg("-C").arg(&into).args(["ls-tree", "-r", "-t", "-z", "--name-only", "delivered"]);
        let listed = list.output().expect("what was taken in can be listed").stdout;
        for path in listed.split(|byte| *byte == 0).filter(|path| !path.is_empty()) {
            assert!(path.split(|byte| *byte == b'/').all(is_harmless), "{}", String::from_utf8_lossy(path));
        }
    }
});

fn is_harmless(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    !lower.is_empty() && ![&b"."[..], b"..", b".git", b"git~1"].contains(&&lower[..])
}

impl Made {
    fn bundle(&self) -> Vec<u8> {
        let mut pack = Pack::default();
        let blobs: Vec<_> = self.blobs.iter().take(8).map(|blob| pack.add(3, "blob", blob.clone())).collect();
        let mut trees = Vec::new();
        for entries in self.trees.iter().take(8) {
            let mut body = Vec::new();
            for Entry { kind, name, of } in entries.iter().take(8) {
                let (mode, among) = match kind {
                    Kind::File => ("100644", &blobs),
                    Kind::Program => ("100755", &blobs),
                    Kind::Link => ("120000", &blobs),
                    Kind::Folder => ("40000", &trees),
                    Kind::Submodule => ("160000", &blobs),
                };
                let Some(id) = among.get(usize::from(*of) % among.len().max(1)) else { continue };
                let name = match name {
                    Name::Known(which) => KNOWN[usize::from(*which) % KNOWN.len()].as_bytes().to_vec(),
                    Name::Any(bytes) => bytes.iter().copied().filter(|byte| *byte != 0).take(64).collect(),
                };
                body.extend([mode.as_bytes(), b" ", &name, b"\0", &id[..]].concat());
            }
            trees.push(pack.add(2, "tree", body));
        }
        let empty = pack.add(2, "tree", Vec::new());
        let root = hex(trees.last().unwrap_or(&empty));
        let commit = format!("tree {root}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\n{}", self.message);
        let commit = hex(&pack.add(1, "commit", commit.into_bytes()));
        let mut bundle = b"# v2 git bundle\n".to_vec();
        for line in self.header.iter().take(4) {
            bundle.extend([line.as_bytes(), b"\n"].concat());
        }
        bundle.extend(format!("{commit} refs/heads/delivered\n\n").into_bytes());
        bundle.extend(pack.finish());
        bundle.truncate(bundle.len() - usize::from(self.cut.unwrap_or(0)).min(bundle.len()));
        bundle
    }
}

/// Git's pack format, version 2, without deltas.
#[derive(Default)]
struct Pack {
    objects: u32,
    body: Vec<u8>,
}

impl Pack {
    fn add(&mut self, number: u8, kind: &str, content: Vec<u8>) -> [u8; 20] {
        let mut size = content.len();
        let mut byte = (number << 4) | (size & 15) as u8;
        size >>= 4;
        while size > 0 {
            self.body.push(byte | 0x80);
            byte = (size & 0x7f) as u8;
            size >>= 7;
        }
        self.body.push(byte);
        let mut deflated = ZlibEncoder::new(Vec::new(), Compression::fast());
        deflated.write_all(&content).expect("memory takes it");
        self.body.extend(deflated.finish().expect("memory takes it"));
        self.objects += 1;
        Sha1::new().chain_update(format!("{kind} {}\0", content.len())).chain_update(content).finalize().into()
    }

    fn finish(self) -> Vec<u8> {
        let mut pack = [b"PACK", &2_u32.to_be_bytes()[..], &self.objects.to_be_bytes(), &self.body].concat();
        let sum: [u8; 20] = Sha1::digest(&pack).into();
        pack.extend(sum);
        pack
    }
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
