//! Single commands, and what is left of them: nothing.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::json;
use slipway_sandbox::{Isolation, Job, Output, Sandbox, SandboxError};

use crate::{
    server,
    stage::{LIMIT, Stage, Watched, until},
};

fn a_job(stage: &Stage, argv: &[&str]) -> Job {
    server::a_job(argv.iter().map(|argument| (*argument).to_owned()).collect(), stage.folder.path().into())
}

/// A shell command that starts a grandchild in a session of its own, writes its id to the file `child`, and then `then`.
fn with_child(then: &str) -> [String; 3] {
    let program = std::env::current_exe().unwrap();
    let sleeper = format!("TEST_AGENT_SLEEPS=1 {} agent::sleeper --exact", program.display());
    let script = format!("{sleeper} > /dev/null 2>&1 & echo $! > child.new; mv child.new child; {then}");
    ["/bin/sh".into(), "-c".into(), script]
}

async fn child(stage: &Stage) -> Watched {
    let read = || std::fs::read_to_string(stage.path("child")).ok();
    until("the grandchild runs", || read().is_some()).await;
    Watched::new(&json!(read().unwrap().trim().parse::<u32>().unwrap()))
}

#[tokio::test]
async fn a_job_gets_what_it_is_given_and_no_more() {
    let stage = Stage::new();
    let mut job = a_job(&stage, &["/bin/sh", "-c", "cat; env; pwd; echo problem >&2; exit 5"]);
    job.env = [("ONLY".to_owned(), "this".to_owned())].into();
    job.stdin = b"input\n".to_vec();
    let output = stage.sandbox.run(job).await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("input\n") && text.contains("ONLY=this\n"), "{text}");
    assert!(text.ends_with(&format!("{}\n", stage.folder.path().display())), "{text}");
    assert!(!text.contains("CARGO") && !text.contains("HOME="), "{text}");
    assert_eq!(
        (output.status, output.stderr.as_slice(), output.truncated),
        (5, b"problem\n".as_slice(), false)
    );
}

#[tokio::test]
async fn what_a_job_says_is_bounded_and_a_signal_is_a_status() {
    let stage = Stage::new();
    let mut job = a_job(&stage, &["/bin/sh", "-c", "head -c 300000 /dev/zero; kill -9 $$"]);
    job.output_limit = 1000;
    let output = stage.sandbox.run(job).await.unwrap();
    let expected = Output { status: 137, stdout: vec![0; 1000], stderr: Vec::new(), truncated: true };
    assert_eq!(output, expected);
}

#[tokio::test]
async fn more_than_fits_into_memory_goes_through_a_job() {
    let stage = Stage::new();
    let mut out = Vec::new();
    let job = a_job(&stage, &["/bin/sh", "-c", "tr a-z A-Z; echo problem >&2; exit 3"]);
    let output = stage.sandbox.pipe(job, &b"input"[..], &mut out).await.unwrap();
    assert_eq!(out, b"INPUT");
    assert_eq!((output.status, output.stdout, output.stderr), (3, Vec::new(), b"problem\n".to_vec()));

    // Whoever cannot take any more, or give it, ends the job and what it started.
    let (listening, output) = tokio::io::duplex(1000);
    let endless = a_job(&stage, &with_child("cat /dev/zero").each_ref().map(String::as_str));
    let watching = async {
        let child = child(&stage).await;
        drop(listening);
        child
    };
    let (ended, child) = tokio::join!(stage.sandbox.pipe(endless, tokio::io::empty(), output), watching);
    assert!(matches!(&ended, Err(SandboxError::Io { .. })), "{ended:?}");
    assert!(!child.lives());
    let ended = stage.sandbox.pipe(a_job(&stage, &["cat"]), Broken, tokio::io::sink()).await.unwrap_err();
    assert_eq!(ended.to_string(), "Cannot run cat: broken.");
}

/// What cannot be read.
struct Broken;

impl tokio::io::AsyncRead for Broken {
    fn poll_read(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        _: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Err(std::io::Error::other("broken")))
    }
}

#[tokio::test]
async fn much_input_and_much_output_pass_each_other() {
    let stage = Stage::new();
    let mut job = a_job(&stage, &["cat"]);
    job.stdin = vec![b'x'; 3_000_000];
    job.output_limit = 3_000_000;
    assert_eq!(stage.sandbox.run(job.clone()).await.unwrap().stdout, job.stdin);
    // And input that nobody reads is no failure.
    job.argv = vec!["true".into()];
    assert_eq!(stage.sandbox.run(job).await.unwrap().status, 0);
}

#[tokio::test]
async fn a_missing_program_is_told_apart() {
    let stage = Stage::new();
    let output = stage.sandbox.run(a_job(&stage, &["no-such-program"])).await.unwrap();
    assert_eq!(output.status, 127);
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot start no-such-program"));

    let mut job = a_job(&stage, &["true"]);
    job.cwd = stage.path("nowhere");
    let error = stage.sandbox.run(job.clone()).await.unwrap_err();
    assert!(matches!(error, SandboxError::Io { .. }), "{error}");
    let sandbox = Sandbox::new("/no/keeper".into(), Isolation::Host);
    let error = sandbox.run(a_job(&stage, &["true"])).await.unwrap_err();
    assert!(matches!(error, SandboxError::NoKeeperProgram { .. }), "{error}");
}

#[tokio::test]
async fn a_job_that_ends_takes_its_grandchildren_along() {
    let stage = Stage::new();
    let script = with_child("sleep 0.3; exit 4");
    let job = a_job(&stage, &script.each_ref().map(String::as_str));
    let (output, child) = tokio::join!(stage.sandbox.run(job), child(&stage));
    assert_eq!(output.unwrap().status, 4);
    assert!(!child.lives());
}

#[tokio::test]
async fn the_end_of_its_time_kills_the_grandchildren() {
    let stage = Stage::new();
    let script = with_child("sleep 1000");
    let mut job = a_job(&stage, &script.each_ref().map(String::as_str));
    job.timeout = Duration::from_secs(2);
    let (output, child) = tokio::join!(stage.sandbox.run(job), child(&stage));
    assert!(matches!(output, Err(SandboxError::TimedOut { .. })));
    assert!(!child.lives());
}

#[tokio::test]
async fn a_job_nobody_waits_for_is_killed() {
    let stage = Stage::new();
    let script = with_child("sleep 1000");
    let job = a_job(&stage, &script.each_ref().map(String::as_str));
    let child = tokio::select! {
        _ = stage.sandbox.run(job) => panic!("it sleeps"),
        child = child(&stage) => child,
    };
    until("the grandchild is gone", || !child.lives()).await;
}

#[tokio::test]
async fn a_killed_servers_jobs_die_with_it() {
    let stage = Stage::new();
    let script = with_child("sleep 1000");
    std::fs::write(stage.path("job"), serde_json::to_vec(&script).unwrap()).unwrap();
    let mut server = server::start(&stage, "job");
    let child = child(&stage).await;
    server.kill().unwrap();
    server.wait().unwrap();
    until("the grandchild is gone", || !child.lives()).await;
}

/// A thread of the server may end while the server lives.
#[tokio::test]
async fn a_job_outlives_the_thread_that_started_it() {
    let stage = Stage::new();
    let path = stage.path("go on");
    let script = format!("while ! test -e '{}'; do sleep 0.05; done; exit 9", path.display());
    let mut init = std::thread::spawn(move || {
        Command::new(env!("CARGO_BIN_EXE_slipway-keeper"))
            .args(["init", "--parent", &std::process::id().to_string(), "--", "/bin/sh", "-c", &script])
            .stdin(Stdio::null())
            .spawn()
            .unwrap()
    })
    .join()
    .unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    std::fs::write(path, "").unwrap();
    let status = tokio::task::spawn_blocking(move || init.wait());
    let status = tokio::time::timeout(LIMIT, status).await.unwrap().unwrap().unwrap();
    assert_eq!(status.code(), Some(9));
}
