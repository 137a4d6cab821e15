//! The use cases around GitHub's side of a session: what is proposed for a pull request, how it stands, what is to be fixed.
//!
//! Reading happens here, as the person who looks. Writing is the supervisor's: a push and a pull request are commands.

mod draft;
mod fix;
mod open;
mod watch;

use slipway_git::Remote;
use slipway_github::Api;
use slipway_protocol::{
    Command, CommandId, CommandOutcome, ErrorKind, Finding, Person, PromptId, PublishingDraft,
    PullRequestView, SessionHead, SessionId, SubmittedCommand,
};

pub(crate) use open::{NewPull, find_or_open};
pub(crate) use watch::Watches;

use crate::{Engine, Error};

/// Messages at the end of a conversation that a draft is made from.
const READ: usize = 25;

/// What GitHub takes as a title, in characters, and as a text, in bytes.
const LONGEST_TITLE: usize = 256;
const LONGEST_BODY: usize = 60_000;
const LONGEST_MESSAGE: usize = 16_000;

impl Engine {
    /// Title, text and commit message, from the conversation and the repository's template.
    pub async fn draft_publishing(&self, who: &Person, id: &SessionId) -> Result<PublishingDraft, Error> {
        self.may_read(who, id).await?;
        let view = self.store.view(id, READ).await?.ok_or_else(Error::no_such_session)?;
        let template = self.template(who, &view.head).await;
        Ok(draft::make(&view, template.as_deref()))
    }

    /// The repository's own, as it was fetched last. Without one a draft is as good.
    async fn template(&self, who: &Person, head: &SessionHead) -> Option<String> {
        let origin = self.sources.find(who, &head.repository).await.ok().flatten()?;
        let mirror = self.mirrors.path(&origin);
        self.git.pull_request_template(&mirror, &head.base_branch).await.ok().flatten()
    }

    /// The session's pull request as it is at GitHub now; none where there is none.
    pub async fn pull_request(&self, who: &Person, id: &SessionId) -> Result<Option<PullRequestView>, Error> {
        let head = self.head_for(who, id).await?;
        let Some(api) = self.sources.api(who).await? else { return Ok(None) };
        self.watches.look(who, &head, &api).await
    }

    /// Sends one prompt about something that was found at GitHub. The same prompt again changes nothing.
    pub async fn ask_to_fix(
        &self,
        who: &Person,
        id: &SessionId,
        finding: Finding,
        prompt: PromptId,
    ) -> Result<CommandOutcome, Error> {
        let head = self.head_for(who, id).await?;
        let api = self.github_of(who).await?;
        let text = fix::prompt(&api, &head, &finding).await?;
        let command = Command::Prompt {
            prompt: prompt.clone(),
            text,
            mode: None,
            model: None,
            attachments: Vec::new(),
        };
        let submitted = SubmittedCommand { id: CommandId::new(format!("fix-{prompt}")), command };
        self.submit(who, id, submitted).await
    }

    async fn head_for(&self, who: &Person, id: &SessionId) -> Result<SessionHead, Error> {
        self.may_read(who, id).await?;
        let session = self.store.session(id).await?.ok_or_else(Error::no_such_session)?;
        Ok(session.head)
    }

    async fn github_of(&self, who: &Person) -> Result<Api, Error> {
        self.sources.api(who).await?.ok_or_else(|| Error::invalid("This session is not of GitHub."))
    }
}

/// Name and address of a person's commits: the address that GitHub gives each account, whatever it is called later.
pub(crate) fn author_of(who: &Person) -> (String, String) {
    let address = match who.id.as_str().strip_prefix("github-") {
        Some(number) => format!("{number}+{}@users.noreply.github.com", who.name),
        None => "local@slipway.invalid".into(),
    };
    (who.name.clone(), address)
}

/// How git reaches a source; none of a folder of this machine.
pub(crate) fn remote_of(source: &slipway_git::Source) -> Option<Remote<'_>> {
    match source {
        slipway_git::Source::Folder(_) => None,
        slipway_git::Source::Remote { url, token } => Some(Remote { url, token: token.as_deref() }),
    }
}

pub(crate) fn check_message(message: &str) -> Result<(), Error> {
    if message.trim().is_empty() {
        return Err(Error::invalid("The commit message is empty. Say what changed."));
    }
    if message.len() > LONGEST_MESSAGE {
        return Err(Error::new(ErrorKind::TooLarge, "This commit message is too long; 16 KB fit."));
    }
    Ok(())
}

pub(crate) fn check_pull_request(title: &str, body: &str) -> Result<(), Error> {
    if title.trim().is_empty() {
        return Err(Error::invalid("The title of a pull request needs at least one letter."));
    }
    if title.chars().count() > LONGEST_TITLE {
        return Err(Error::new(ErrorKind::TooLarge, "This title is too long; GitHub takes 256 letters."));
    }
    if body.len() > LONGEST_BODY {
        return Err(Error::new(ErrorKind::TooLarge, "This description is too long; 60 KB fit."));
    }
    Ok(())
}
