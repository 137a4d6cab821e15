//! Control groups: whatever works in a session's folder stays within its limits, and nobody else's work does.

use std::{collections::HashSet, fs, path::Path};

use serde_json::json;
use slipway_keeper::wire::KeeperEvent;
use slipway_sandbox::{Job, Limits, Most, Sandbox, View};

use crate::{
    server,
    stage::{Stage, next, post, until},
};

const SESSION: &str = "s1";

/// A stage in whose folder `s1` one session lives. None, and said so, where nobody may make control groups.
fn stage(most: Most) -> Option<(Stage, Limits)> {
    let stage = Stage::new();
    let limits = Limits::find(stage.folder.path(), most);
    if !limits.hold_memory() || !limits.hold_processes() {
        println!("passed over: {limits}");
        return None;
    }
    fs::create_dir(stage.path(SESSION)).unwrap();
    let sandbox: Sandbox = stage.sandbox.clone().within(limits.clone());
    Some((Stage { sandbox, ..stage }, limits))
}

fn a_job(folder: &Path, script: &str) -> Job {
    server::a_job(["/bin/bash", "-c", script].map(str::to_owned).into(), folder.into())
}

const SMALL: Most = Most { memory: 96 << 20, processes: 40, processors: Some(1_000) };

#[tokio::test]
async fn a_job_that_takes_too_much_memory_is_killed_and_counted() {
    let Some((stage, limits)) = stage(SMALL) else { return };
    // Without a line end it keeps all that it reads.
    let script = "head -c 1G /dev/zero | tail >/dev/null; echo ${PIPESTATUS[1]}";
    let output = stage.sandbox.run(a_job(&stage.path(SESSION), script)).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "137\n");
    assert_eq!(limits.pressure(SESSION).killed, 1);

    // The folder beside it is nobody's session.
    let script = "head -c 200M /dev/zero | tail | wc -c";
    let output = stage.sandbox.run(a_job(stage.folder.path(), script)).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "209715200");
    limits.tidy(&HashSet::new());
    assert_eq!(limits.pressure(SESSION).killed, 0, "its group is gone");
}

#[tokio::test]
async fn a_fork_bomb_ends_at_the_limit_while_others_work() {
    let Some((stage, limits)) = stage(SMALL) else { return };
    let bomb = stage.sandbox.run(a_job(&stage.path(SESSION), "bomb() { bomb | bomb & }; bomb; sleep 1000"));
    let meanwhile = async {
        until("it is refused more", || limits.pressure(SESSION).refused > 0).await;
        assert!(limits.pressure(SESSION).processes <= SMALL.processes);
        let script = "for number in {1..100}; do sleep 0.2 & done; wait; echo all";
        let output = stage.sandbox.run(a_job(stage.folder.path(), script)).await.unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    tokio::select! {
        ended = bomb => panic!("it goes on: {ended:?}"),
        said = meanwhile => assert_eq!(said, "all\n"),
    }
    until("nothing of it is left", || {
        limits.tidy(&HashSet::new());
        limits.pressure(SESSION).processes == 0
    })
    .await;
}

#[tokio::test]
async fn an_agent_is_in_its_sessions_group_and_its_keeper_is_not() {
    let Some((stage, limits)) = stage(Most { memory: 512 << 20, ..SMALL }) else { return };
    let view =
        View::of(&stage.path(SESSION)).reading(std::env::current_exe()).writing([stage.folder.path().into()]);
    let mut keeper = stage.sandbox.start(&stage.runtime(), 1, &stage.spec(), &view).await.unwrap();
    assert!(matches!(next(&mut keeper).await.1, KeeperEvent::Ready { .. }));
    let groups = |pid: &str| fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap();
    let init = fs::read_to_string(stage.runtime().join("init.pid")).unwrap();
    let init = init.split(' ').next().unwrap();
    let marked = |groups: &str| groups.lines().filter(|line| line.ends_with(&format!("-{SESSION}"))).count();
    assert!(marked(&groups(init)) > 0, "{}", groups(init));
    assert_eq!(groups(&stage.keeper_pid().to_string()), groups("self"));

    // A group that somebody is in stays, and so do its limits.
    limits.tidy(&HashSet::new());
    let script = "head -c 2G /dev/zero | tail >/dev/null; echo ${PIPESTATUS[1]}";
    let said = post(&keeper.caller(), "/shell", json!({ "script": script })).await;
    assert!(said.as_str().unwrap().starts_with("137\n"), "{said}");
    assert_eq!(limits.pressure(SESSION).killed, 1);

    keeper.stop().await.unwrap();
    limits.tidy(&HashSet::new());
    assert_eq!(limits.pressure(SESSION).processes, 0);
}

#[tokio::test]
async fn a_folder_is_measured_and_no_further_than_asked() {
    let stage = Stage::new();
    fs::create_dir(stage.path("a folder")).unwrap();
    fs::write(stage.path("a folder/one\ntwo"), vec![1; 300_000]).unwrap();
    for number in 0..50 {
        fs::write(stage.path(&format!("{number}")), "").unwrap();
    }
    let size = stage.sandbox.measure(stage.folder.path(), 1_000).await.unwrap();
    assert_eq!(size.files, 53, "with the two folders");
    assert!((300_000..600_000).contains(&size.bytes), "{size:?}");
    assert_eq!(stage.sandbox.measure(stage.folder.path(), 20).await.unwrap().files, 21);
    let error = stage.sandbox.measure(&stage.path("nothing"), 20).await;
    assert_eq!(error.unwrap().files, 0);
}
