//! A GitHub of tests as a program, for browser tests and for trying things by hand. What happens there is told to a door
//! of its own: `POST /` with a [`Deed`] as JSON, which is answered with what there is to know.

use std::sync::Arc;

use axum::{Json, Router, extract::State, routing::post};
use serde::Deserialize;
use serde_json::{Value, json};
use slipway_test_support::github::{Annotation, CheckRun, Fault, GitHub};

#[derive(Deserialize)]
#[serde(tag = "deed", rename_all = "kebab-case")]
enum Deed {
    Person {
        login: String,
    },
    /// With a commit on `main` that holds these files; without any it stays empty.
    Repository {
        full_name: String,
        private: bool,
        readers: Vec<String>,
        files: Vec<(String, String)>,
    },
    /// So many of them, without any code: `OWNER/thing-1` and so on.
    Repositories {
        owner: String,
        count: u32,
        readers: Vec<String>,
    },
    /// One more commit on a branch, which is made where there is none.
    Commit {
        full_name: String,
        branch: String,
        message: String,
    },
    /// An account installs the GitHub App of this name for some repositories.
    Install {
        slug: String,
        account: String,
        members: Vec<String>,
        repositories: Vec<String>,
    },
    /// Nobody can push to it any more.
    Archive {
        full_name: String,
    },
    /// Every path of the API that was asked for so far.
    Asked,
    /// Somebody may read and not push.
    OnlyReads {
        login: String,
        full_name: String,
    },
    /// The person takes the app's rights away.
    Revoke {
        login: String,
    },
    RateLimit {
        until: u64,
    },
    Mend,
    /// The newest commit of a branch; null: there is none.
    CommitOf {
        full_name: String,
        branch: String,
    },
    /// Author and committer of a branch's newest commit.
    AuthorOf {
        full_name: String,
        branch: String,
    },
    /// What a file of a branch holds.
    Show {
        full_name: String,
        branch: String,
        path: String,
    },
    /// A check of a commit came to an end.
    Check {
        commit: String,
        name: String,
        conclusion: String,
        summary: String,
        /// Path, line and words.
        #[serde(default)]
        annotations: Vec<(String, u64, String)>,
    },
    /// The older way to say so.
    Status {
        commit: String,
        context: String,
        state: String,
        description: String,
    },
    OpenPull {
        full_name: String,
        head: String,
        title: String,
    },
    Review {
        number: u64,
        author: String,
        state: String,
        text: String,
    },
    Comment {
        number: u64,
        author: String,
        path: String,
        line: u64,
        text: String,
    },
    Merge {
        number: u64,
    },
    /// How many pull requests there are.
    Pulls,
    /// A token of this person's.
    TokenOf {
        login: String,
    },
    /// Every secret that was given out.
    Secrets,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "who starts it waits for this line")]
async fn main() -> anyhow::Result<()> {
    let github = Arc::new(GitHub::start().await?);
    let door = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("github listening on {}, told on http://{}", github.url(), door.local_addr()?);
    axum::serve(door, Router::new().route("/", post(tell)).with_state(github)).await?;
    Ok(())
}

async fn tell(State(github): State<Arc<GitHub>>, Json(deed): Json<Deed>) -> Json<Value> {
    match deed {
        Deed::Person { login } => return Json(json!(github.add_person(&login))),
        Deed::Repository { full_name, private, readers, files } => {
            let readers: Vec<_> = readers.iter().map(String::as_str).collect();
            github.add_repository(&full_name, private, &readers);
            let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
            if !files.is_empty() {
                github.add_code(&full_name, &files);
            }
        }
        Deed::Repositories { owner, count, readers } => {
            let readers: Vec<_> = readers.iter().map(String::as_str).collect();
            (1..=count).for_each(|number| {
                github.add_repository(&format!("{owner}/thing-{number}"), false, &readers);
            });
        }
        Deed::Commit { full_name, branch, message } => {
            return Json(json!(github.commit(&full_name, &branch, &message)));
        }
        Deed::Install { slug, account, members, repositories } => {
            let members: Vec<_> = members.iter().map(String::as_str).collect();
            let repositories: Vec<_> = repositories.iter().map(String::as_str).collect();
            github.install(&slug, &account, &members, &repositories);
        }
        Deed::Archive { full_name } => github.archive(&full_name),
        Deed::Asked => return Json(json!(github.all_asked())),
        Deed::OnlyReads { login, full_name } => github.only_reads(&login, &full_name),
        Deed::Revoke { login } => github.revoke(&login),
        Deed::RateLimit { until } => github.fail(Some(Fault::RateLimited { until })),
        Deed::Mend => github.fail(None),
        Deed::CommitOf { full_name, branch } => return Json(json!(github.commit_of(&full_name, &branch))),
        Deed::AuthorOf { full_name, branch } => {
            let ask = ["log", "-1", "--format=%an <%ae> %cn", &branch];
            return Json(json!(github.git(&full_name, &ask)));
        }
        Deed::Show { full_name, branch, path } => {
            return Json(json!(github.git(&full_name, &["show", &format!("{branch}:{path}")])));
        }
        Deed::Check { commit, name, conclusion, summary, annotations } => {
            let (status, conclusion) = ("completed".into(), Some(conclusion));
            let annotations =
                annotations.into_iter().map(|(path, line, message)| Annotation { path, line, message });
            let annotations = annotations.collect();
            let run = CheckRun { name, status, conclusion, summary, annotations, ..CheckRun::default() };
            return Json(json!(github.check(&commit, run)));
        }
        Deed::Status { commit, context, state, description } => {
            github.status(&commit, &context, &state, &description);
        }
        Deed::OpenPull { full_name, head, title } => {
            return Json(json!(github.open_pull(&full_name, &head, &title)));
        }
        Deed::Review { number, author, state, text } => github.review(number, &author, &state, &text),
        Deed::Comment { number, author, path, line, text } => {
            github.comment(number, &author, &path, line, &text);
        }
        Deed::Merge { number } => {
            github.change_pull(number, |pull| (pull.closed, pull.merged) = (true, true));
        }
        Deed::Pulls => return Json(json!(github.pulls().len())),
        Deed::TokenOf { login } => return Json(json!(github.token_of(&login))),
        Deed::Secrets => return Json(json!(github.secrets())),
    }
    Json(Value::Null)
}
