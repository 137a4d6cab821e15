//! A full disk, played on a small file system of its own where one may be mounted.

use std::{fs, io::Write, path::Path, process::Command};

use serde_json::json;

use crate::{
    running::Running,
    tab::{Tab, stored},
};

struct Small(tempfile::TempDir);

impl Small {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=24m", "slipway-test"]).arg(folder.path());
        let failed = match mount.output() {
            Ok(output) if output.status.success() => return Some(Self(folder)),
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => error.to_string(),
        };
        println!("passed over: cannot mount here: {failed}");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn fill(&self) -> std::path::PathBuf {
        let path = self.path().join("filler");
        let mut filler = fs::File::create(&path).unwrap();
        for size in [1 << 20, 1 << 12, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
        path
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_and_once_there_is_room_all_goes_on() {
    let Some(small) = Small::mount() else { return };
    let data = small.path().join("data");
    let server = Running::start(&[("SLIPWAY_DATA_DIR", data.to_str().unwrap())]).await;
    let session = server.person.create_session_saying("Begin.\n/say Ready.").await;
    let mut tab = Tab::open(&server.person, &session).await;
    let before = tab.ended("Ready.").await;

    let filler = small.fill();
    let rename = async |id: &str| {
        let command = json!({ "id": id, "command": { "command": "rename", "title": "Harbour ".repeat(40) } });
        server.person.call("sessions/submit", json!({ "session": session, "command": command })).await
    };
    // What fits into the last page is no refusal.
    let mut refused = json!(null);
    for number in 0..200 {
        let (status, said) = rename(&format!("full-{number}")).await;
        if status != 200 {
            refused = json!([status, said["sentence"]]);
            break;
        }
    }
    assert_eq!(refused, json!([500, "The disk of this server is full. Nothing was changed."]));
    assert_eq!(
        stored(&server.person, &session).await.messages.len(),
        before.messages.len(),
        "it can be read"
    );

    fs::remove_file(filler).unwrap();
    assert_eq!(rename("room").await.0, 200);
    let seen = tab.until(|view| view.head.title.starts_with("Harbour")).await;
    assert_eq!(seen.messages, before.messages);
}
