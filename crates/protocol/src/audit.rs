//! The audit: who did what, when and from where. Never what was said or written.

use serde::{Deserialize, Serialize};

use crate::{Command, Person};

/// Something that an owner may want to know of later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    SignedIn,
    SignInRefused,
    SignedOut,
    SetUp,
    SetUpRefused,
    ChangedKey,
    AddedProvider,
    RemovedProvider,
    CreatedSession,
    ArchivedSession,
    RestoredSession,
    DeletedSession,
    AnsweredRequest,
    Delivered,
    Pushed,
    OpenedPullRequest,
    /// A person let an agent reach a machine.
    AllowedMachine,
    /// An agent wanted to reach a machine and may not.
    RefusedMachine,
    TrustedRepository,
    DistrustedRepository,
}

impl Deed {
    const ALL: [Self; 20] = [
        Self::SignedIn,
        Self::SignInRefused,
        Self::SignedOut,
        Self::SetUp,
        Self::SetUpRefused,
        Self::ChangedKey,
        Self::AddedProvider,
        Self::RemovedProvider,
        Self::CreatedSession,
        Self::ArchivedSession,
        Self::RestoredSession,
        Self::DeletedSession,
        Self::AnsweredRequest,
        Self::Delivered,
        Self::Pushed,
        Self::OpenedPullRequest,
        Self::AllowedMachine,
        Self::RefusedMachine,
        Self::TrustedRepository,
        Self::DistrustedRepository,
    ];

    /// What asking for this is remembered as. None: it stays within the session.
    pub fn of(command: &Command) -> Option<Self> {
        match command {
            Command::Archive => Some(Self::ArchivedSession),
            Command::Restore => Some(Self::RestoredSession),
            Command::Delete => Some(Self::DeletedSession),
            Command::Answer { .. } => Some(Self::AnsweredRequest),
            Command::SetReach { allowed: true, .. } => Some(Self::AllowedMachine),
            Command::Deliver => Some(Self::Delivered),
            Command::Push { .. } => Some(Self::Pushed),
            Command::OpenPullRequest { .. } => Some(Self::OpenedPullRequest),
            Command::Prompt { .. }
            | Command::EditPrompt { .. }
            | Command::RemovePrompt { .. }
            | Command::MovePrompt { .. }
            | Command::SendNow { .. }
            | Command::Stop { .. }
            | Command::SetReach { allowed: false, .. }
            | Command::SetMode { .. }
            | Command::SetModel { .. }
            | Command::Rename { .. }
            | Command::Retry
            | Command::Wake
            | Command::Undo { .. }
            | Command::Redo { .. }
            | Command::Discard { .. }
            | Command::UpdateBase { .. }
            | Command::ForgetProblem => None,
        }
    }

    pub fn slug(self) -> &'static str {
        match self {
            Self::SignedIn => "signed-in",
            Self::SignInRefused => "sign-in-refused",
            Self::SignedOut => "signed-out",
            Self::SetUp => "set-up",
            Self::SetUpRefused => "set-up-refused",
            Self::ChangedKey => "changed-key",
            Self::AddedProvider => "added-provider",
            Self::RemovedProvider => "removed-provider",
            Self::CreatedSession => "created-session",
            Self::ArchivedSession => "archived-session",
            Self::RestoredSession => "restored-session",
            Self::DeletedSession => "deleted-session",
            Self::AnsweredRequest => "answered-request",
            Self::Delivered => "delivered",
            Self::Pushed => "pushed",
            Self::OpenedPullRequest => "opened-pull-request",
            Self::AllowedMachine => "allowed-machine",
            Self::RefusedMachine => "refused-machine",
            Self::TrustedRepository => "trusted-repository",
            Self::DistrustedRepository => "distrusted-repository",
        }
    }

    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.slug() == slug)
    }
}

/// One line of the audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its place; later ones are greater.
    pub seq: i64,
    /// Milliseconds since 1970.
    pub at: i64,
    /// None: the server by itself, or somebody who was not let in.
    pub who: Option<Person>,
    /// The address of their browser.
    pub from: Option<String>,
    pub deed: Deed,
    /// The id of a session, a way of signing in, a name.
    pub subject: String,
}

/// What an owner sees at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The newest come first.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins; none: this is the last.
    pub next: Option<i64>,
    /// Everybody of whom there is a line.
    pub people: Vec<Person>,
}

#[cfg(test)]
mod tests {
    use super::Deed;

    #[test]
    fn each_deed_is_known_by_its_own_name() {
        for deed in Deed::ALL {
            assert_eq!(Deed::from_slug(deed.slug()), Some(deed));
            assert_eq!(serde_json::to_string(&deed).unwrap(), format!("\"{}\"", deed.slug()));
        }
        assert_eq!(Deed::from_slug("nothing"), None);
    }
}
