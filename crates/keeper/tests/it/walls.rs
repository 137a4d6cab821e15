//! Behind walls: the same stories hold, and nothing of the outside is within reach.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
};

use serde_json::json;
use slipway_keeper::wire::{Egress, GatewayRoute, Hosts, KeeperEvent, Reach};
use slipway_sandbox::{Bubblewrap, Caller, Job, SandboxError, View};

use crate::{
    server,
    stage::{Stage, Watched, kill_dead, next, next_step, post, rest, until},
};

/// None, and said so, where there is no bubblewrap.
pub(crate) fn bubblewrap() -> Option<Bubblewrap> {
    let program = Path::new("/usr/bin/bwrap");
    if !program.is_file() {
        assert!(std::env::var_os("SLIPWAY_TEST_REQUIRE_ALL").is_none(), "bubblewrap is missing");
        println!("passed over: there is no bubblewrap");
        return None;
    }
    Some(Bubblewrap { program: program.into(), paths: Vec::new(), egress: Egress::default() })
}

fn a_job(stage: &Stage, script: &str) -> Job {
    server::a_job(["/bin/bash", "-c", script].map(str::to_owned).into(), stage.folder.path().into())
}

async fn said(stage: &Stage, job: Job) -> (i32, String) {
    let output = stage.sandbox.run(job).await.unwrap();
    (output.status, String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

/// What the agent's shell prints.
async fn shell(caller: &Caller, script: &str) -> String {
    post(caller, "/shell", json!({ "script": script })).await.as_str().unwrap().to_owned()
}

/// Everything below the session's init, itself included.
fn family(stage: &Stage) -> Vec<Watched> {
    let init = fs::read_to_string(stage.runtime().join("init.pid")).unwrap();
    let mut found: Vec<u32> = vec![init.split(' ').next().unwrap().parse().unwrap()];
    let parent = |pid: u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok()
    };
    let mut at = 0;
    while at < found.len() {
        let all =
            fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        found.extend(all.filter(|pid| parent(*pid) == Some(found[at])).collect::<Vec<u32>>());
        at += 1;
    }
    found.iter().map(|pid| Watched::new(&json!(pid))).collect()
}

#[tokio::test]
async fn a_job_works_in_its_folder_and_sees_no_other() {
    let Some(bubblewrap) = bubblewrap() else { return };
    let (stage, outside) = (Stage::behind_walls(bubblewrap), tempfile::tempdir().unwrap());
    let shown = tempfile::tempdir().unwrap();
    for folder in [&outside, &shown] {
        fs::write(folder.path().join("file"), "words").unwrap();
    }
    let script = format!(
        "cat; pwd; id -u; hostname; ls {0}; cat {1}/file; : >{1}/new; : >/usr/new; echo mine >mine; exit 5",
        outside.path().display(),
        shown.path().display()
    );
    let mut job = a_job(&stage, &script);
    job.stdin = b"input\n".to_vec();
    job.view = View::of(stage.folder.path()).reading([shown.path().into()]);
    let (status, said) = said(&stage, job).await;
    assert_eq!(status, 5, "{said}");
    let folder = stage.folder.path().display();
    assert!(said.starts_with(&format!("input\n{folder}\n1000\nslipway\nwords")), "{said}");
    assert_eq!(said.matches("No such file").count(), 1, "{said}");
    assert_eq!(said.matches("Read-only file system").count(), 2, "{said}");
    assert_eq!(fs::read_to_string(stage.path("mine")).unwrap(), "mine\n");

    let missing = server::a_job(vec!["no-such-program".into()], stage.folder.path().into());
    let (status, said) = self::said(&stage, missing).await;
    assert!(status == 127 && said.contains("cannot start no-such-program"), "{status} {said}");
}

#[tokio::test]
async fn what_is_hidden_is_empty_inside_and_stays_as_it_is_outside() {
    let Some(bubblewrap) = bubblewrap() else { return };
    let stage = Stage::behind_walls(bubblewrap);
    fs::create_dir_all(stage.path("folder/inner")).unwrap();
    fs::write(stage.path("folder/inner/file"), "secret").unwrap();
    fs::write(stage.path("file"), "secret").unwrap();
    let attacks = "cat file; ls -A folder; echo x >file; rm -f file; mv file elsewhere; rm -rf folder; mv folder elsewhere; \
                   mkdir folder/new; chmod 777 folder; ln -sf /etc/passwd file; umount folder; umount file; touch done";
    let mut job = a_job(&stage, attacks);
    let paths = ["file", "folder", "not-there"].map(|name| stage.path(name));
    job.view = View::of(stage.folder.path()).hiding(paths.clone());
    let (status, said) = said(&stage, job).await;
    assert_eq!(status, 0, "{said}");
    assert!(!said.contains("secret") && !said.contains("inner"), "{said}");
    assert_eq!(fs::read_to_string(&paths[0]).unwrap(), "secret");
    assert_eq!(fs::read_to_string(stage.path("folder/inner/file")).unwrap(), "secret");
    let there = [&paths[2], &stage.path("elsewhere"), &stage.path("done")].map(|path| path.exists());
    assert_eq!(there, [false, false, true], "{said}");
}

/// Bubblewrap would make the file that the link names, outside.
#[tokio::test]
async fn a_link_is_not_hidden_and_leads_nowhere() {
    let Some(bubblewrap) = bubblewrap() else { return };
    let (stage, outside) = (Stage::behind_walls(bubblewrap), tempfile::tempdir().unwrap());
    let target = outside.path().join("made");
    for aim in [target.clone(), Path::new("/oldroot").join(target.strip_prefix("/").unwrap())] {
        let link = stage.path("link");
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(&aim, &link).unwrap();
        let mut job = a_job(&stage, "touch ran");
        job.view = View::of(stage.folder.path()).hiding([link]);
        let (status, said) = said(&stage, job).await;
        assert!(status == 126 && said.contains("neither a file nor a folder"), "{status} {said}");
        assert!(!target.exists() && !stage.path("ran").exists());
    }
}

#[tokio::test]
async fn what_is_behind_walls_has_limits() {
    let Some(bubblewrap) = bubblewrap() else { return };
    let stage = Stage::behind_walls(bubblewrap);
    // In blocks of 1024 bytes.
    let script =
        "ulimit -u; ulimit -f; ulimit -c; ulimit -f unlimited; df --output=size -k /tmp /dev/shm | tail -2";
    let (_, said) = said(&stage, a_job(&stage, script)).await;
    let words: Vec<_> = said.split_whitespace().collect();
    assert_eq!(words[..3], ["4096", "16777216", "0"], "{said}");
    assert!(said.contains("cannot modify limit") && said.matches("1048576").count() == 2, "{said}");
}

#[tokio::test]
async fn what_a_job_started_ends_with_it() {
    let Some(bubblewrap) = bubblewrap() else { return };
    let stage = Stage::behind_walls(bubblewrap);
    // The name that only this test's sleeper has.
    let long = format!("{}.5", 100_000 + std::process::id());
    let sleepers = || {
        let all = fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok());
        all.filter(|line| line.starts_with(format!("sleep\0{long}").as_bytes())).count()
    };
    let running = stage.sandbox.run(a_job(&stage, &format!("setsid sleep {long} & sleep 1000")));
    tokio::select! {
        ended = running => panic!("it sleeps: {ended:?}"),
        () = until("the sleeper runs", || sleepers() == 1) => {}
    }
    until("the sleeper is gone", || sleepers() == 0).await;
    let (status, _) = said(&stage, a_job(&stage, &format!("setsid sleep {long} & exit 4"))).await;
    assert_eq!((status, sleepers()), (4, 0));
}

#[tokio::test]
async fn an_agent_is_reached_through_the_door() {
    let Some(bubblewrap) = bubblewrap() else { return };
    let stage = Stage::behind_walls(bubblewrap);
    let mut keeper = stage.start(&stage.spec()).await;
    let caller = keeper.caller();
    post(&caller, "/emit", json!({"count": 3, "size": 10})).await;
    for step in 1..=3 {
        assert_eq!(next_step(&mut keeper).await, (step + 1, step));
    }
    let family = family(&stage);
    assert!(family.len() >= 4, "two inits, bubblewrap, the agent: {}", family.len());
    keeper.stop().await.unwrap();
    // Each step was taken, and there was time for it.
    assert_eq!(stage.notes(), ["disposed", "terminated"]);
    assert!(family.iter().all(|process| !process.lives()));
    stage.assert_left();
}

#[tokio::test]
async fn nothing_behind_the_walls_survives_whoever_is_killed() {
    let Some(bubblewrap) = bubblewrap() else { return };
    let stage = Stage::behind_walls(bubblewrap);
    // The outer init, bubblewrap, the inner init.
    for who in 0..3 {
        let mut keeper = stage.start(&stage.spec()).await;
        post(&keeper.caller(), "/child", serde_json::Value::Null).await;
        let family = family(&stage);
        kill_dead(family[who].pid());
        assert!(matches!(next(&mut keeper).await, (2, KeeperEvent::Exited { .. })), "{who}");
        assert!(family.iter().all(|process| !process.lives()), "{who}");
        keeper.stop().await.unwrap();
    }
    let mut keeper = stage.start(&stage.spec()).await;
    let family = family(&stage);
    kill_dead(stage.keeper_pid());
    assert_eq!(rest(&mut keeper).await, []);
    stage.sandbox.clear(&stage.runtime(), 2).await.unwrap();
    assert!(family.iter().all(|process| !process.lives()));
}

#[tokio::test]
async fn the_inside_learns_nothing_of_the_outside() {
    let Some(bubblewrap) = bubblewrap() else { return };
    let stage = Stage::behind_walls(bubblewrap);
    let keeper = stage.start(&stage.spec()).await;
    let caller = keeper.caller();
    let listens = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listens.local_addr().unwrap().port();
    let keyctl = if cfg!(target_arch = "x86_64") { 250 } else { 219 };
    let call = |number: u32| {
        let library = "import ctypes; c = ctypes.CDLL(None, use_errno=True)";
        format!("python3 -c '{library}; print(c.syscall({number}, 0)); print(ctypes.get_errno())'")
    };
    let attacks = [
        ("cat /proc/1/environ", "Permission denied"),
        ("cat /proc/1/maps", "Permission denied"),
        ("grep -ls -e bw''rap -e wa''lls /proc/[0-9]*/cmdline || echo none", "none"),
        (&*format!("echo >/dev/tcp/127.0.0.1/{port}"), "Connection refused"),
        ("unshare --user --map-root-user id", "Operation not permitted"),
        ("unshare --net true", "Operation not permitted"),
        ("mount -t tmpfs none /tmp || echo refused", "refused"),
        ("ls /root", "No such file"),
        ("cat /etc/shadow", "No such file"),
        ("ls /sys", "No such file"),
        ("dmesg", "not permitted"),
        ("getent hosts example.org || echo unknown", "unknown"),
        ("cat /proc/1/fd/0", "Permission denied"),
        ("kill -9 1; echo lives", "lives"),
        ("grep -c : /proc/net/dev", "1"),
        ("python3 -c 'import socket; socket.socket(40)'", "not permitted"),
        (&*call(keyctl), "-1\n1"),
    ];
    for (attack, answer) in attacks {
        let said = shell(&caller, attack).await;
        assert!(said.contains(answer), "{attack}: {said}");
    }
    assert_eq!(shell(&caller, "env | grep -c -e SLIPWAY -e CARGO -e KEY").await, "0\n");
    keeper.stop().await.unwrap();
}

/// Answers each connection with one word.
fn one_word_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 2048];
            let read = stream.read(&mut head).unwrap_or(0);
            let first = String::from_utf8_lossy(&head[..read]).lines().next().unwrap_or_default().to_owned();
            let answer = format!("asked: {first}");
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{answer}",
                answer.len()
            );
        }
    });
    port
}

fn through(port: u16, request: &str) -> String {
    format!("exec 3<>/dev/tcp/127.0.0.1/{port}; printf '{request}' >&3; cat <&3")
}

#[tokio::test]
async fn models_are_reached_through_the_door_with_the_key_added() {
    let Some(bubblewrap) = bubblewrap() else { return };
    let stage = Stage::behind_walls(bubblewrap);
    let upstream = format!("http://127.0.0.1:{}/v1", one_word_server());
    let mut spec = stage.spec();
    spec.gateway = vec![GatewayRoute { prefix: "p".into(), upstream, headers: [].into() }];
    let keeper = stage.start(&spec).await;
    let caller = keeper.caller();
    let ask = "GET /p/chat HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\nAuthorization: Bearer '$TEST_AGENT_TOKEN'\\r\\n\\r\\n";
    let said = shell(&caller, &through(3127, ask)).await;
    assert!(said.ends_with("asked: GET /v1/chat HTTP/1.1"), "{said}");
    let said = shell(
        &caller,
        &through(3127, "GET /p/chat HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n"),
    )
    .await;
    assert!(said.starts_with("HTTP/1.1 401"), "{said}");
    keeper.stop().await.unwrap();
}

#[tokio::test]
async fn other_machines_are_reached_as_the_rules_say() {
    let Some(mut bubblewrap) = bubblewrap() else { return };
    let port = one_word_server();
    let hosts = Hosts::Listed(vec![format!("localhost:{port}")]);
    bubblewrap.egress = Egress { hosts, can_add: true, near: true };
    let stage = Stage::behind_walls(bubblewrap);
    let mut keeper = stage.start(&stage.spec()).await;
    let caller = keeper.caller();
    let plain =
        |host: &str| format!("GET http://{host}/x HTTP/1.1\\r\\nHost: y\\r\\nConnection: close\\r\\n\\r\\n");
    let said = shell(&caller, &through(3128, &plain(&format!("LOCALHOST.:{port}")))).await;
    assert!(said.ends_with("asked: GET /x HTTP/1.1"), "{said}");
    let tunnel = format!("CONNECT localhost:{port} HTTP/1.1\\r\\n\\r\\nGET /inner HTTP/1.1\\r\\n\\r\\n");
    let said = shell(&caller, &through(3128, &tunnel)).await;
    assert!(said.starts_with("HTTP/1.1 200") && said.ends_with("asked: GET /inner HTTP/1.1"), "{said}");
    // The usual clients find the way by themselves.
    assert!(shell(&caller, "env").await.contains("\nhttps_proxy=http://127.0.0.1:3128\n"));

    for _ in 0..2 {
        let said = shell(&caller, &through(3128, &plain("elsewhere.test"))).await;
        assert!(said.starts_with("HTTP/1.1 403") && said.contains("is not on the list"), "{said}");
    }
    let (_, event) = next(&mut keeper).await;
    let KeeperEvent::Refused { host, port: 80, can_allow: true, .. } = event else { panic!("{event:?}") };
    assert_eq!(host, "elsewhere.test");

    // A session widens that for itself, and narrows it.
    let also = format!("127.0.0.1:{port}");
    let told = shell(&caller, &through(3128, &plain(&also))).await;
    assert!(told.contains("is not on the list"), "{told}");
    assert!(matches!(next(&mut keeper).await.1, KeeperEvent::Refused { .. }));
    keeper.set_reach(Reach { closed: true, also: vec![also.clone()] });
    let said = shell(&caller, &through(3128, &plain(&also))).await;
    assert!(said.ends_with("asked: GET /x HTTP/1.1"), "{said}");
    let said = shell(&caller, &through(3128, &plain(&format!("localhost:{port}")))).await;
    assert!(said.contains("is not on the list"), "{said}");

    // Who takes over says it anew.
    let boot = keeper.boot().to_owned();
    keeper.leave();
    let keeper = stage.adopt(2, 0, &boot).await.expect("the keeper");
    let caller = keeper.caller();
    let said = shell(&caller, &through(3128, &plain(&also))).await;
    assert!(said.contains("is not on the list"), "{said}");
    keeper.stop().await.unwrap();
}

#[tokio::test]
async fn what_is_near_is_refused_whatever_the_rules_say() {
    let Some(mut bubblewrap) = bubblewrap() else { return };
    bubblewrap.egress = Egress { hosts: Hosts::All, can_add: true, near: false };
    let stage = Stage::behind_walls(bubblewrap);
    let port = one_word_server();
    let mut keeper = stage.start(&stage.spec()).await;
    let caller = keeper.caller();
    let spellings = [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "017700000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
    ];
    for spelling in spellings {
        let ask = format!("CONNECT {spelling}:{port} HTTP/1.1\\r\\nConnection: close\\r\\n\\r\\n");
        let said = shell(&caller, &through(3128, &ask)).await;
        assert!(said.starts_with("HTTP/1.1 403") && said.contains("near by"), "{spelling}: {said}");
        assert!(matches!(next(&mut keeper).await.1, KeeperEvent::Refused { .. }), "{spelling}");
    }
    keeper.stop().await.unwrap();
}

#[tokio::test]
async fn the_self_test_finds_what_it_can_reach() {
    let Some(bubblewrap) = bubblewrap() else { return };
    let stage = Stage::behind_walls(bubblewrap.clone());
    stage.sandbox.self_test(stage.folder.path()).await.unwrap();
    assert_eq!(fs::read_dir(stage.folder.path()).unwrap().count(), 0, "it leaves nothing");

    let shown = Bubblewrap { paths: vec![stage.folder.path().into()], ..bubblewrap.clone() };
    let open = Stage::behind_walls(shown).sandbox;
    let error = open.self_test(stage.folder.path()).await.unwrap_err();
    assert!(
        matches!(&error, SandboxError::DoesNotHold { why } if why.contains("SLIPWAY_SANDBOX_PATHS")),
        "{error}"
    );

    let missing = Bubblewrap { program: "/no/bwrap".into(), ..bubblewrap };
    let error = Stage::behind_walls(missing).sandbox.self_test(stage.folder.path()).await.unwrap_err();
    assert!(error.to_string().contains("apt-get install bubblewrap"), "{error}");
}
