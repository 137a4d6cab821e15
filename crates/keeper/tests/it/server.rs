//! A server in a process of its own, so that it can be killed. A test that does nothing unless another one started it.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::json;
use slipway_keeper::wire::KeeperEvent;
use slipway_sandbox::{Job, View};

use crate::stage::{Stage, next, post, sandbox};

const ROLE: &str = "server::role";

#[test]
fn role() {
    let Ok(what) = std::env::var("TEST_SERVER") else { return };
    let folder = PathBuf::from(std::env::var("TEST_SERVER_FOLDER").unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        if what == "job" {
            let job =
                serde_json::from_slice::<Vec<String>>(&std::fs::read(folder.join("job")).unwrap()).unwrap();
            sandbox().run(a_job(job, folder)).await.unwrap();
            return;
        }
        let spec = serde_json::from_slice(&std::fs::read(folder.join("spec")).unwrap()).unwrap();
        let mut keeper = sandbox().start(&folder.join("run"), 1, &spec, &View::default()).await.unwrap();
        std::fs::write(folder.join("boot"), keeper.boot()).unwrap();
        assert!(matches!(next(&mut keeper).await.1, KeeperEvent::Ready { .. }));
        let caller = keeper.caller();
        tokio::spawn(async move {
            loop {
                post(&caller, "/emit", json!({"count": 20, "size": 300})).await;
            }
        });
        // "Stores" and acknowledges until it is killed.
        loop {
            let (seq, _) = next(&mut keeper).await;
            std::fs::write(folder.join("stored.new"), seq.to_string()).unwrap();
            std::fs::rename(folder.join("stored.new"), folder.join("stored")).unwrap();
            keeper.acknowledge(seq);
        }
    });
}

pub(crate) fn a_job(argv: Vec<String>, cwd: PathBuf) -> Job {
    Job {
        argv,
        env: [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into(),
        view: View::of(&cwd).reading(std::env::current_exe()),
        cwd,
        stdin: Vec::new(),
        timeout: Duration::from_mins(1),
        output_limit: 100_000,
    }
}

/// `what` is "job" (argv in the file `job`) or "keeper" (launch spec in the file `spec`).
pub(crate) fn start(stage: &Stage, what: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([ROLE, "--exact", "--nocapture"])
        .env("TEST_SERVER", what)
        .env("TEST_SERVER_FOLDER", stage.folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}
