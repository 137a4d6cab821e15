//! What GitHub says when it says no, as sentences for people.

use http::StatusCode;
use thiserror::Error;

/// Why GitHub did not do what was asked. Each variant is a different thing to do for the person.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GitHubError {
    /// The token was revoked, or has run out and could not be renewed.
    #[error("GitHub no longer accepts your sign-in. Sign in again.")]
    SignedOut,
    #[error("GitHub does not allow this: {0}")]
    Forbidden(String),
    #[error("GitHub does not know this, or you may not see it.")]
    NotFound,
    /// Too many requests. `until` is in seconds since 1970, where GitHub says it.
    #[error("GitHub asks to wait before the next request. Try again in a few minutes.")]
    RateLimited { until: Option<u64> },
    /// Too many requests in a short time: it says how many seconds to wait.
    #[error("GitHub asks to wait {seconds} seconds before the next request.")]
    SlowDown { seconds: u64 },
    /// It understood, and what is there stands against it.
    #[error("GitHub refused: {0}")]
    Refused(String),
    /// Nobody knows whether a change was made.
    #[error("GitHub did not answer ({0}). Try again in a moment.")]
    Unreachable(String),
}

impl From<octocrab::Error> for GitHubError {
    fn from(error: octocrab::Error) -> Self {
        match error {
            octocrab::Error::GitHub { source, .. } => of_answer(&source),
            octocrab::Error::Serde { .. } | octocrab::Error::Json { .. } => {
                Self::Unreachable("its answer was not understood".into())
            }
            // The debug output of these holds a backtrace, and their sentence the address.
            octocrab::Error::Service { .. }
            | octocrab::Error::Hyper { .. }
            | octocrab::Error::Reqwest { .. } => Self::Unreachable("the connection failed".into()),
            other => {
                tracing::warn!(error = %other, "GitHub could not be asked");
                Self::Unreachable("the request failed".into())
            }
        }
    }
}

fn of_answer(answer: &octocrab::GitHubError) -> GitHubError {
    let header = |name: &str| answer.headers.as_ref()?.get(name)?.to_str().ok()?.parse::<u64>().ok();
    let exhausted = header("x-ratelimit-remaining") == Some(0);
    match answer.status_code {
        StatusCode::UNAUTHORIZED => GitHubError::SignedOut,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::FORBIDDEN if header("retry-after").is_some() => {
            GitHubError::SlowDown { seconds: header("retry-after").unwrap_or_default() }
        }
        StatusCode::TOO_MANY_REQUESTS => GitHubError::RateLimited { until: answer.rate_limit_reset },
        StatusCode::FORBIDDEN if exhausted || answer.message.contains("secondary rate limit") => {
            GitHubError::RateLimited { until: answer.rate_limit_reset }
        }
        StatusCode::FORBIDDEN => GitHubError::Forbidden(sentence(answer)),
        StatusCode::NOT_FOUND | StatusCode::GONE => GitHubError::NotFound,
        status if status.is_server_error() => GitHubError::Unreachable(status.as_u16().to_string()),
        _ => GitHubError::Refused(sentence(answer)),
    }
}

/// The first thing that GitHub names as wrong, else its message.
fn sentence(answer: &octocrab::GitHubError) -> String {
    let mut errors = answer.errors.iter().flatten();
    let named = errors.clone().find_map(|error| error["message"].as_str().map(str::to_owned)).or_else(|| {
        errors.find_map(|error| Some(format!("{} is {}", error["field"].as_str()?, error["code"].as_str()?)))
    });
    let said = named.as_deref().unwrap_or(&answer.message).trim();
    said.chars().take(300).collect()
}
