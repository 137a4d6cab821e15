//! The repositories themselves, by git's own HTTP program: the same people, tokens and rights as everywhere in this GitHub.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::PathBuf,
    process::Stdio,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, OriginalUri, Path, State},
    http::{HeaderMap, Method, Response, StatusCode, header},
    routing::{get, post},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio::{io::AsyncWriteExt as _, process::Command};

use super::{GitHub, Repository, World};
use crate::programs::plain_git;

const LARGEST_PUSH: usize = 64 * 1024 * 1024;

/// Refuses branches that are named in the file `protected` of the repository, in GitHub's words.
const UPDATE_HOOK: &str = "#!/bin/sh
if grep -qxF \"$1\" protected 2>/dev/null; then
    echo \"error: GH006: Protected branch update failed for $1.\" >&2
    echo 'error: Changes must be made through a pull request.' >&2
    exit 1
fi
";

/// How a push or a fetch fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitFault {
    /// The connection ends in the middle; nothing has changed.
    Cut,
    /// It is done, and the connection ends before the answer.
    AnswerLost,
    /// 503 with nothing useful in it.
    Unavailable,
    /// 429: too much at once.
    SlowDown,
    /// 403: the organisation wants another way of signing in.
    Forbidden,
}

/// What this GitHub holds of git.
#[derive(Debug, Default)]
pub(super) struct Held {
    folder: Option<PathBuf>,
    /// Who may only read: login and repository.
    readers: BTreeSet<(String, String)>,
    /// The next push fails like this.
    push_fault: Option<GitFault>,
    /// The next fetch, or look at the branches, fails like this.
    fetch_fault: Option<GitFault>,
    /// Names that repositories had before.
    pub(super) moved: BTreeMap<String, String>,
    pushes: usize,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

impl GitHub {
    /// Gives a repository a first commit of these files on `main`, in place of what it had. Returns the commit.
    pub fn add_code(&self, full_name: &str, files: &[(&str, &str)]) -> String {
        let bare = self.bare(full_name);
        let work = bare.with_extension("work");
        std::fs::create_dir_all(&work).expect("a folder");
        for (name, text) in files {
            let path = work.join(name);
            std::fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        plain_git(&work, &["init", "--quiet", "--initial-branch=main"]);
        plain_git(&work, &["add", "--all"]);
        plain_git(&work, &["commit", "--quiet", "--message", "first"]);
        let target = bare.display().to_string();
        if bare.exists() {
            std::fs::remove_dir_all(&bare).expect("what was there goes");
        }
        plain_git(&self.folder(), &["clone", "--quiet", "--bare", &work.display().to_string(), &target]);
        plain_git(&bare, &["config", "http.receivepack", "true"]);
        let hook = bare.join("hooks/update");
        std::fs::create_dir_all(bare.join("hooks")).expect("a folder");
        std::fs::write(&hook, UPDATE_HOOK).expect("a hook");
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&hook, executable).expect("a hook");
        std::fs::remove_dir_all(&work).expect("the folder goes");
        plain_git(&bare, &["rev-parse", "main"])
    }

    /// A token of this person, as if they had signed in.
    pub fn token_of(&self, login: &str) -> String {
        let mut state = self.world.state();
        let token = state.mint("gho");
        state.tokens.insert(token.clone(), login.into());
        token
    }

    /// Git as somebody with the machine runs it in the bare repository.
    pub fn git(&self, full_name: &str, arguments: &[&str]) -> String {
        plain_git(&self.bare(full_name), arguments)
    }

    /// One more commit on a branch, made by somebody else; the branch is made where there is none. Returns the commit.
    pub fn commit(&self, full_name: &str, branch: &str, message: &str) -> String {
        let bare = self.bare(full_name);
        let name = format!("refs/heads/{branch}");
        let known = self.commit_of(full_name, branch);
        let parent = known.unwrap_or_else(|| plain_git(&bare, &["rev-parse", "main"]));
        let tree = format!("{parent}^{{tree}}");
        let commit = plain_git(&bare, &["commit-tree", &tree, "-p", &parent, "-m", message]);
        plain_git(&bare, &["update-ref", &name, &commit]);
        commit
    }

    /// Where a branch stands; none: there is no such branch.
    pub fn commit_of(&self, full_name: &str, branch: &str) -> Option<String> {
        let format = "--format=%(objectname)";
        let found =
            plain_git(&self.bare(full_name), &["for-each-ref", format, &format!("refs/heads/{branch}")]);
        Some(found).filter(|commit| !commit.is_empty())
    }

    /// Nobody may push to this branch.
    pub fn protect(&self, full_name: &str, branch: &str) {
        std::fs::write(self.bare(full_name).join("protected"), format!("refs/heads/{branch}\n"))
            .expect("a file");
    }

    /// From now on this person may read the repository and not push to it.
    pub fn only_reads(&self, login: &str, full_name: &str) {
        self.world.state().git.readers.insert((login.into(), full_name.into()));
    }

    /// The repository has another name, and is known by its old one still.
    pub fn rename(&self, from: &str, to: &str) {
        let (old, new) = (self.bare(from), self.bare(to));
        std::fs::create_dir_all(new.parent().expect("it lies in a folder")).expect("a folder");
        std::fs::rename(old, new).expect("it moves");
        let mut state = self.world.state();
        for repository in state.repositories.iter_mut().filter(|held| held.full_name == from) {
            to.clone_into(&mut repository.full_name);
        }
        state.git.moved.insert(from.into(), to.into());
    }

    /// The next push fails like this.
    pub fn fail_push(&self, fault: GitFault) {
        self.world.state().git.push_fault = Some(fault);
    }

    /// The next fetch, or look at the branches, fails like this.
    pub fn fail_fetch(&self, fault: GitFault) {
        self.world.state().git.fetch_fault = Some(fault);
    }

    /// How often something was pushed, or tried to be.
    pub fn pushes(&self) -> usize {
        self.world.state().git.pushes
    }

    fn bare(&self, full_name: &str) -> PathBuf {
        self.folder().join(format!("{full_name}.git"))
    }

    fn folder(&self) -> PathBuf {
        self.world.git_folder(self.address.port())
    }
}

impl World {
    /// Made on first use, gone with the world.
    fn git_folder(&self, port: u16) -> PathBuf {
        let mut state = self.state();
        let folder = state.git.folder.get_or_insert_with(|| {
            let folder = std::env::temp_dir().join(format!("slipway-github-{}-{port}", std::process::id()));
            let _ = std::fs::remove_dir_all(&folder);
            std::fs::create_dir_all(&folder).expect("a folder for repositories");
            folder
        });
        folder.clone()
    }

    /// The number of a repository that has another name now.
    pub(super) fn moved(&self, full_name: &str) -> Option<u64> {
        let state = self.state();
        let new_name = state.git.moved.get(full_name)?;
        state.repositories.iter().find(|held| held.full_name == *new_name).map(|held| held.id)
    }

    /// Where a repository's code lies; none: it has no code.
    pub(super) fn bare(&self, full_name: &str) -> Option<PathBuf> {
        let bare = self.state().git.folder.as_ref()?.join(format!("{full_name}.git"));
        bare.is_dir().then_some(bare)
    }

    /// What goes wrong with this request.
    fn git_fault(&self, path: &str) -> Option<GitFault> {
        let mut state = self.state();
        if path.ends_with("git-receive-pack") {
            state.git.pushes += 1;
            return state.git.push_fault.take();
        }
        if path.ends_with("git-upload-pack") { state.git.fetch_fault.take() } else { None }
    }

    pub(super) fn may_push(&self, login: &str, repository: &Repository) -> bool {
        let only_reads = (login.to_owned(), repository.full_name.clone());
        repository.readers.iter().any(|reader| reader == login)
            && !self.state().git.readers.contains(&only_reads)
    }
}

pub(super) fn router(world: World) -> Router {
    Router::new()
        .route("/{owner}/{name}/info/refs", get(serve))
        .route("/{owner}/{name}/git-upload-pack", post(serve))
        .route("/{owner}/{name}/git-receive-pack", post(serve))
        .layer(DefaultBodyLimit::max(LARGEST_PUSH))
        .with_state(world)
}

async fn serve(
    State(world): State<World>,
    Path((owner, name)): Path<(String, String)>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let full_name = format!("{owner}/{}", name.trim_end_matches(".git"));
    let query = uri.query().unwrap_or_default();
    let pushes = uri.path().ends_with("git-receive-pack") || query.contains("git-receive-pack");
    if let Some(refused) = refused(&world, &headers, &full_name, pushes) {
        return refused;
    }
    let fault = world.git_fault(uri.path());
    match fault {
        Some(GitFault::Cut) => return cut(),
        Some(GitFault::Unavailable) => return refusal(StatusCode::SERVICE_UNAVAILABLE, ""),
        Some(GitFault::SlowDown) => return refusal(StatusCode::TOO_MANY_REQUESTS, ""),
        Some(GitFault::Forbidden) => return refusal(StatusCode::FORBIDDEN, ""),
        Some(GitFault::AnswerLost) | None => {}
    }
    let Some(bare) = world.bare(&full_name) else { return not_found() };
    let folder = bare.ancestors().nth(2).expect("it lies in two folders").to_owned();
    let service = uri.path().rsplit_once(".git").map_or("", |(_, service)| service);
    let text =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let mut program = Command::new("git");
    program.arg("http-backend").env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
    program.env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", "/nonexistent");
    program.env("GIT_PROJECT_ROOT", folder).env("GIT_HTTP_EXPORT_ALL", "1").env("REMOTE_USER", "somebody");
    program.env("PATH_INFO", format!("/{full_name}.git{service}")).env("QUERY_STRING", query);
    program.env("REQUEST_METHOD", method.as_str()).env("CONTENT_TYPE", text("content-type"));
    program.env("CONTENT_LENGTH", body.len().to_string());
    program.env("HTTP_CONTENT_ENCODING", text("content-encoding")).env("GIT_PROTOCOL", text("git-protocol"));
    let answered = run(program, &body).await;
    if fault == Some(GitFault::AnswerLost) {
        return cut();
    }
    answered.unwrap_or_else(|_| refusal(StatusCode::INTERNAL_SERVER_ERROR, "git failed"))
}

/// As GitHub does it: without a good token one is asked to sign in, and what one may not see is not there.
fn refused(world: &World, headers: &HeaderMap, full_name: &str, pushes: bool) -> Option<Response<Body>> {
    let new_name = world.state().git.moved.get(full_name).cloned();
    if let Some(new_name) = new_name {
        let moved = Response::builder().status(StatusCode::MOVED_PERMANENTLY);
        let at = format!("/{new_name}.git");
        return Some(moved.header(header::LOCATION, at).body(Body::empty()).expect("a response"));
    }
    let shown = token(headers);
    let login = shown.as_ref().and_then(|token| world.state().tokens.get(token).cloned());
    if shown.is_some() && login.is_none() {
        return Some(unauthorised());
    }
    let repository = world.state().repositories.iter().find(|held| held.full_name == full_name).cloned();
    let readable = |repository: &Repository| {
        !repository.private || login.as_ref().is_some_and(|login| repository.readers.contains(login))
    };
    let Some(repository) = repository.filter(readable) else {
        return Some(if login.is_some() { not_found() } else { unauthorised() });
    };
    match login {
        None if pushes => Some(unauthorised()),
        Some(login) if pushes && !world.may_push(&login, &repository) => {
            let sentence = format!("Permission to {full_name}.git denied to {login}.");
            Some(refusal(StatusCode::FORBIDDEN, &sentence))
        }
        _ => None,
    }
}

/// The password of the Basic header; GitHub ignores the name.
fn token(headers: &HeaderMap) -> Option<String> {
    let shown = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(BASE64_STANDARD.decode(shown).ok()?).ok()?;
    pair.split_once(':').map(|(_, password)| password.to_owned())
}

async fn run(mut program: Command, body: &Bytes) -> io::Result<Response<Body>> {
    let piped = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = piped.kill_on_drop(true).spawn()?;
    let mut stdin = child.stdin.take().expect("it was piped");
    let feed = async move {
        // One that does not read to its end has its reason.
        let _ = stdin.write_all(body).await;
    };
    let (output, ()) = tokio::join!(child.wait_with_output(), feed);
    let said = output?.stdout;
    let end = said.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap_or(said.len().saturating_sub(4));
    let mut response = Response::builder();
    for line in String::from_utf8_lossy(&said[..end]).lines() {
        match line.split_once(": ") {
            Some(("Status", status)) => response = response.status(status.get(..3).unwrap_or("500")),
            Some((name, value)) => response = response.header(name, value),
            None => {}
        }
    }
    Ok(response.body(Body::from(said[end + 4..].to_vec())).expect("a response"))
}

/// The connection ends without an answer that could be understood.
pub(super) fn cut() -> Response<Body> {
    // Something must come, else the client takes the connection for one that was idle too long, and asks again by itself.
    let parts = futures::stream::unfold(false, |begun| async move {
        if begun {
            // Lets what was begun go out.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let part =
            if begun { Err(io::Error::from(io::ErrorKind::ConnectionReset)) } else { Ok(Bytes::from("00")) };
        Some((part, true))
    });
    Response::new(Body::from_stream(parts))
}

fn unauthorised() -> Response<Body> {
    let mut answer = refusal(StatusCode::UNAUTHORIZED, "Invalid username or token.");
    let ask = header::HeaderValue::from_static("Basic realm=\"GitHub\"");
    answer.headers_mut().insert(header::WWW_AUTHENTICATE, ask);
    answer
}

fn not_found() -> Response<Body> {
    refusal(StatusCode::NOT_FOUND, "Repository not found.")
}

fn refusal(status: StatusCode, sentence: &str) -> Response<Body> {
    let plain = (header::CONTENT_TYPE, "text/plain");
    Response::builder()
        .status(status)
        .header(plain.0, plain.1)
        .body(Body::from(sentence.to_owned()))
        .expect("it")
}
