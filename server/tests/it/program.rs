//! The program itself: what it prints, and how it ends.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

fn slipway(folder: &tempfile::TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", folder.path())
        .env("PATH", std::env::var_os("PATH").unwrap());
    command.env("SLIPWAY_DATA_DIR", folder.path().join("data")).env("SLIPWAY_BIND", "127.0.0.1:0");
    command.env("SLIPWAY_OPENCODE", folder.path().join("opencode"));
    command.envs(std::env::var_os("SLIPWAY_KEEPER").map(|keeper| ("SLIPWAY_KEEPER", keeper)));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs to its end, and returns the code and the last line of its complaint.
fn complaint(mut command: Command) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command.output().unwrap();
    let text = String::from_utf8(stderr).unwrap();
    (status.code(), text.lines().last().unwrap_or_default().to_owned())
}

fn started(mut command: Command) -> (Child, String) {
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    (child, line.trim().to_owned())
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn it_says_where_it_listens_and_ends_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["-TERM", "-INT"] {
        let (mut child, line) = started(slipway(&folder, &["serve"]));
        let port =
            line.strip_prefix("slipway listening on http://127.0.0.1:").unwrap().parse::<u16>().unwrap();
        assert_ne!(port, 0);
        let asked = Instant::now();
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), Some(0), "{name}");
        assert!(asked.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn what_stops_a_start_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let bind = format!("127.0.0.1:{port}");
    let (code, said) = complaint(slipway(&folder, &["--bind", &bind]));
    assert_eq!(
        (code, said),
        (
            Some(1),
            format!(
                "Port {port} of 127.0.0.1 is in use. Stop the other program, or choose another port with SLIPWAY_BIND."
            )
        )
    );

    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let file = file.to_str().unwrap();
    let cases = [
        (vec!["--data-dir", "/proc/none"], "The data folder /proc/none cannot be written"),
        (vec!["--keeper", file], "The program slipway-keeper is missing."),
        (
            vec!["--bind", "0.0.0.0:0", "--sandbox", "host"],
            "SLIPWAY_BIND is 0.0.0.0:0, but agents run without isolation",
        ),
        (
            vec!["--public-url", "https://slipway.example.org", "--sandbox", "host"],
            "SLIPWAY_PUBLIC_URL is https://slipway.example.org, but agents run without isolation",
        ),
        (vec!["--bind", "0.0.0.0:0", "--local", "true"], "SLIPWAY_BIND is 0.0.0.0:0, so others can reach it"),
        (vec!["--bind", "0.0.0.0:0"], "SLIPWAY_BIND is 0.0.0.0:0, so SLIPWAY_PUBLIC_URL must say"),
        (vec!["--public-url", "https://slipway.example.org"], "Others can reach this address"),
        (
            [
                &["--public-url", "https://slipway.example.org"][..],
                &["--github-client-id", "Iv1.x", "--github-client-secret", "x"],
            ]
            .concat(),
            "SLIPWAY_PUBLIC_URL is https://slipway.example.org, so others can reach it. Say in SLIPWAY_ALLOW",
        ),
        (vec!["--sandbox-paths", file], "SLIPWAY_SANDBOX_PATHS names"),
        (vec!["--egress", "everything"], "SLIPWAY_EGRESS is everything, which names no machines."),
        (vec!["--repos", file], "SLIPWAY_REPOS is"),
        (vec!["--archive-url", "s3://bucket"], "SLIPWAY_ARCHIVE_URL is s3://bucket, but this version"),
        (vec!["--archive-url", "file:///proc/none"], "The archive's folder /proc/none cannot be written"),
        (vec!["--providers", file], "SLIPWAY_PROVIDERS is"),
        (vec!["--database-url", "mysql://x"], "The database cannot be used"),
        (vec!["--log", "slipway=loud=x"], "SLIPWAY_LOG is"),
    ];
    for (arguments, begin) in cases {
        let (code, said) = complaint(slipway(&folder, &arguments));
        assert_eq!(code, Some(1), "{arguments:?}: {said}");
        assert!(said.starts_with(begin), "{arguments:?}: {said}");
    }
}

#[test]
fn the_doctor_names_what_is_to_mend() {
    let folder = tempfile::tempdir().unwrap();
    let output = slipway(&folder, &["doctor"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let lines: Vec<_> = said.lines().collect();
    let about = |what: &str| *lines.iter().find(|line| line.contains(what)).unwrap();
    for sound in [
        "settings",
        "folders",
        "database",
        "git",
        "tar",
        "archive",
        "keeper",
        "sandbox",
        "limits",
        "people",
        "providers",
    ] {
        assert!(about(&format!("ok    {sound}")).len() > 20, "{said}");
    }
    assert!(
        about("OpenCode").starts_with("mend  OpenCode") && about("OpenCode").contains("SLIPWAY_OPENCODE"),
        "{said}"
    );
}

#[test]
fn an_opencode_of_another_version_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("opencode");
    std::fs::write(&program, "#!/bin/sh\necho 9.9.9\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let output = slipway(&folder, &["doctor"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let about = said.lines().find(|line| line.contains("OpenCode at")).unwrap_or_default();
    assert!(
        about.starts_with("mend") && about.contains("is version 9.9.9; Slipway was tested with"),
        "{said}"
    );
}

#[test]
fn every_setting_is_in_the_help() {
    let folder = tempfile::tempdir().unwrap();
    let help = String::from_utf8(slipway(&folder, &["serve", "--help"]).output().unwrap().stdout).unwrap();
    let settings = [
        "BIND",
        "PUBLIC_URL",
        "DATA_DIR",
        "DATABASE_URL",
        "LOCAL",
        "REPOS",
        "OPENCODE",
        "PROVIDERS",
        "DEFAULT_MODEL",
        "PERMISSIONS",
        "SANDBOX",
        "SANDBOX_PATHS",
        "EGRESS",
        "MAX_AGENTS",
        "IDLE_STOP",
        "ARCHIVE_URL",
        "ARCHIVE_AFTER",
        "ON_EXIT",
        "LOG",
        "LOG_FORMAT",
        "GITHUB_CLIENT_ID",
        "GITHUB_CLIENT_SECRET",
        "GITHUB_WEB_URL",
        "GITHUB_API_URL",
        "GITHUB_GIT_URL",
        "ALLOW",
        "SECRET_KEY",
        "OWNER",
        "SESSION_MEMORY",
        "SESSION_PROCESSES",
        "SESSION_CPU",
        "SESSION_DISK",
        "SESSION_FILES",
        "DISK_RESERVE",
        "TURN_LIMIT",
        "AWAKE_PER_PERSON",
        "SESSIONS_PER_PERSON",
        "TOKENS_PER_DAY",
        "COST_PER_DAY",
    ];
    for setting in settings {
        assert!(help.contains(&format!("SLIPWAY_{setting}")), "{setting}");
    }
    assert!(!help.contains("SLIPWAY_METRICS"), "it has no effect yet");
}
