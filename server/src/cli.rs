//! The command line. Every setting is a flag and an environment variable of the same meaning.

use std::{ffi::OsString, net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use slipway_protocol::ModelRef;

pub use limits::LimitSettings;

mod limits;

#[derive(Debug, Parser)]
#[command(
    name = "slipway",
    version,
    about = "A home for coding agents.",
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    #[command(subcommand)]
    task: Option<Task>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Subcommand)]
pub enum Task {
    /// Starts the server (what happens without a subcommand).
    Serve(Settings),
    /// Checks the installation and says what to mend.
    Doctor(Settings),
    /// Seals all tokens anew with a new key; the old one is worth nothing afterwards.
    RotateKey(Settings),
}

impl Cli {
    pub fn task(self) -> Task {
        self.task.unwrap_or(Task::Serve(self.settings))
    }
}

/// What can be set from outside; [`crate::Config`] is what follows from it.
#[derive(Clone, Debug, Args)]
pub struct Settings {
    /// Address to listen on; port 0 picks one and prints it.
    #[arg(long, env = "SLIPWAY_BIND", default_value = "127.0.0.1:3000", value_name = "HOST:PORT")]
    pub bind: SocketAddr,

    /// How browsers reach it; the only origin that may write [default: `http://BIND`].
    #[arg(long, env = "SLIPWAY_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,

    /// Everything it keeps [default: `$XDG_DATA_HOME/slipway`].
    #[arg(long, env = "SLIPWAY_DATA_DIR", value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,

    /// `sqlite://...` or `postgres://...` [default: a file in the data folder].
    #[arg(long, env = "SLIPWAY_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<String>,

    /// "Continue locally" signs in one local user; only while everything about it is loopback.
    #[arg(long, env = "SLIPWAY_LOCAL", default_value = "auto", value_name = "WHEN")]
    pub local: Local,

    /// The app at GitHub that people sign in with.
    #[arg(long, env = "SLIPWAY_GITHUB_CLIENT_ID", value_name = "ID")]
    pub github_client_id: Option<String>,

    /// Its secret.
    #[arg(long, env = "SLIPWAY_GITHUB_CLIENT_SECRET", hide_env_values = true, value_name = "SECRET")]
    pub github_client_secret: Option<String>,

    /// Who may sign in with GitHub: `everyone`, `LOGIN,LOGIN` or `org:NAME` [default: everyone].
    #[arg(long, env = "SLIPWAY_ALLOW", value_name = "WHO")]
    pub allow: Option<String>,

    /// Logins, with commas between them, of those who see the owner's settings [default: the first to sign in].
    #[arg(long, env = "SLIPWAY_OWNER", value_name = "LOGIN")]
    pub owner: Option<String>,

    /// GitHub's pages.
    #[arg(long, env = "SLIPWAY_GITHUB_WEB_URL", default_value = "https://github.com", value_name = "URL")]
    pub github_web_url: String,

    /// GitHub's API.
    #[arg(
        long,
        env = "SLIPWAY_GITHUB_API_URL",
        default_value = "https://api.github.com",
        value_name = "URL"
    )]
    pub github_api_url: String,

    /// GitHub's repositories [default: the address of its pages].
    #[arg(long, env = "SLIPWAY_GITHUB_GIT_URL", value_name = "URL")]
    pub github_git_url: Option<String>,

    /// 32 bytes in base64 that seal tokens at rest; several between commas, the first one seals [default: made at the first
    /// start].
    #[arg(long, env = "SLIPWAY_SECRET_KEY", hide_env_values = true, value_name = "KEY")]
    pub secret_key: Option<String>,

    /// Folder whose git repositories the local user can pick.
    #[arg(long, env = "SLIPWAY_REPOS", value_name = "FOLDER")]
    pub repos: Option<PathBuf>,

    /// The OpenCode program [default: found on PATH or in `.tools/`].
    #[arg(long, env = "SLIPWAY_OPENCODE", value_name = "FILE")]
    pub opencode: Option<PathBuf>,

    /// The program `slipway-keeper` [default: the one beside this program].
    #[arg(long, env = "SLIPWAY_KEEPER", value_name = "FILE")]
    pub keeper: Option<PathBuf>,

    /// JSON file that names model providers. Keys in `ANTHROPIC_API_KEY`, `OPENAI_API_KEY` and `OPENROUTER_API_KEY` become
    /// providers by themselves.
    #[arg(long, env = "SLIPWAY_PROVIDERS", value_name = "FILE")]
    pub providers: Option<PathBuf>,

    /// The model of new sessions: `provider/model` [default: the first one on offer].
    #[arg(long, env = "SLIPWAY_DEFAULT_MODEL", value_name = "MODEL", value_parser = model)]
    pub default_model: Option<ModelRef>,

    /// What agents must ask for [default: auto behind walls, ask on the host].
    #[arg(long, env = "SLIPWAY_PERMISSIONS", value_name = "WHAT")]
    pub permissions: Option<Permissions>,

    /// Where agents run.
    #[arg(long, env = "SLIPWAY_SANDBOX", default_value = "auto", value_name = "KIND")]
    pub sandbox: Sandbox,

    /// Folders, with colons between them, that agents may read, with programs on their PATH: toolchains of a home folder.
    #[arg(long, env = "SLIPWAY_SANDBOX_PATHS", value_name = "FOLDERS")]
    pub sandbox_paths: Option<OsString>,

    /// What agents may reach: `none`, `all`, or `allowlist:HOST,...` with `*.HOST` and `HOST:PORT` [default: package registries
    /// and GitHub].
    #[arg(long, env = "SLIPWAY_EGRESS", value_name = "WHERE")]
    pub egress: Option<String>,

    /// People may let the agent of a session reach machines that are not on that list. Never with `none`, nor what is near by.
    #[arg(long, env = "SLIPWAY_EGRESS_ADD", default_value_t = true, action = clap::ArgAction::Set, value_name = "YES")]
    pub egress_add: bool,

    /// Agent processes at once; others wait in line [default: one per GiB of memory].
    #[arg(long, env = "SLIPWAY_MAX_AGENTS", value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    pub max_agents: Option<u16>,

    #[command(flatten)]
    pub limits: LimitSettings,

    /// Stops an agent that was idle for so long.
    #[arg(long, env = "SLIPWAY_IDLE_STOP", default_value = "10m", value_name = "TIME", value_parser = duration)]
    pub idle_stop: Duration,

    /// Archives a session that nobody used for so long: its files are packed, and unpacked when it is restored.
    #[arg(long, env = "SLIPWAY_ARCHIVE_AFTER", default_value = "14d", value_name = "TIME", value_parser = duration)]
    pub archive_after: Duration,

    /// Where archived sessions are kept: `file:///folder` [default: `archive` in the data folder].
    #[arg(long, env = "SLIPWAY_ARCHIVE_URL", value_name = "URL")]
    pub archive_url: Option<String>,

    /// What happens to running turns when the server ends [default: kept on SIGTERM, stopped on SIGINT].
    #[arg(long, env = "SLIPWAY_ON_EXIT", value_name = "WHAT")]
    pub on_exit: Option<OnExit>,

    /// Folder of the site's files [default: inside this program or beside it].
    #[arg(long, env = "SLIPWAY_SITE", value_name = "FOLDER")]
    pub site: Option<PathBuf>,

    /// Proxies whose word on where a request comes from is believed: addresses or networks, with commas between them [default: none].
    #[arg(long, env = "SLIPWAY_TRUSTED_PROXIES", value_name = "ADDRESSES")]
    pub trusted_proxies: Option<String>,

    /// Requests that one person may make in a minute; one address, where many people may be, five times as many.
    #[arg(long, env = "SLIPWAY_REQUESTS_PER_MINUTE", default_value = "1200", value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub requests_per_minute: u32,

    /// Attempts to sign in or to set up that may come from one address in a minute.
    #[arg(long, env = "SLIPWAY_SIGN_INS_PER_MINUTE", default_value = "60", value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub sign_ins_per_minute: u32,

    /// Live connections that one person may have at a time; a page of a session has two.
    #[arg(long, env = "SLIPWAY_SOCKETS_PER_PERSON", default_value = "200", value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub sockets_per_person: u32,

    /// Forgets who did what after so long.
    #[arg(long, env = "SLIPWAY_AUDIT_KEEP", default_value = "180d", value_name = "TIME", value_parser = duration)]
    pub audit_keep: Duration,

    /// What is logged to standard error, such as `info` or `slipway=debug`.
    #[arg(long, env = "SLIPWAY_LOG", default_value = "info", value_name = "FILTER")]
    pub log: String,

    #[arg(long, env = "SLIPWAY_LOG_FORMAT", default_value = "text", value_name = "FORMAT")]
    pub log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Local {
    /// On wherever it is allowed.
    Auto,
    /// On; refuses to start where it is not allowed.
    True,
    /// Off.
    False,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Permissions {
    /// Edits and commands ask.
    Ask,
    /// Only leaving the checkout asks.
    Auto,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sandbox {
    /// Bubblewrap; where it does not hold, the server does not start.
    Auto,
    /// Walls by bubblewrap.
    Bubblewrap,
    /// No isolation: agents can do what this user can. For one person on this machine only.
    Host,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnExit {
    Keep,
    Stop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

fn model(text: &str) -> Result<ModelRef, String> {
    ModelRef::parse(text).ok_or_else(|| "a model is written provider/model".into())
}

/// `90s`, `10m`, `2h`, `1d`.
fn duration(text: &str) -> Result<Duration, String> {
    let problem = || "a time is a number and s, m, h or d, such as 10m".to_owned();
    let unit = text.chars().last().ok_or_else(problem)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(problem()),
    };
    let number: u32 = text[..text.len() - 1].parse().map_err(|_| problem())?;
    if number == 0 {
        return Err("this time must be longer than nothing".into());
    }
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::{CommandFactory, Parser};

    use super::{Cli, Task, duration};

    #[test]
    fn serving_is_what_happens_without_a_word() {
        Cli::command().debug_assert();
        let task = |arguments: &[&str]| Cli::try_parse_from(arguments).map(Cli::task);
        assert!(matches!(task(&["slipway"]), Ok(Task::Serve(_))));
        assert!(
            matches!(task(&["slipway", "--bind", "127.0.0.1:0"]), Ok(Task::Serve(s)) if s.bind.port() == 0)
        );
        assert!(matches!(task(&["slipway", "doctor", "--bind", "[::1]:1"]), Ok(Task::Doctor(_))));
        assert!(task(&["slipway", "--default-model", "none"]).is_err());
        assert!(task(&["slipway", "--max-agents", "0"]).is_err());
    }

    #[test]
    fn times_are_a_number_and_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("10m"), Ok(Duration::from_mins(10)));
        for wrong in ["", "m", "10", "10 m", "-1m", "1é", "0s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
