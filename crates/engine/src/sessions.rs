//! The use cases around sessions: create, list, follow, command.

use std::{sync::Arc, time::Duration};

use slipway_protocol::{
    Author, Command, CommandId, CommandOutcome, Configuration, Deed, ErrorKind, Join, ListCounts, ListQuery,
    ModelRef, NewSession, Person, Phase, Preferences, Publishing, RepositoryId, Rules, SessionHead,
    SessionId, SessionSummary, SubmittedCommand, Usage,
};
use slipway_store::Inserted;

use crate::{
    Engine, Error, Follower, ListFollower, clock,
    engine::no_such_repository,
    fault::{self, Point},
    id, list, naming, publishing,
};

/// The longest message a person can send, in bytes.
pub(crate) const LONGEST_MESSAGE: usize = 256 * 1024;

/// How long a caller waits to hear how its command ended; it is stored and will be done in any case.
const PATIENCE: Duration = Duration::from_secs(5);

impl Engine {
    /// Makes the session and its first prompt; the supervisor does the rest. The same id again makes no second one.
    pub async fn create_session(&self, who: &Person, new: NewSession) -> Result<SessionId, Error> {
        check_message(&new.message)?;
        check_id(&new.id)?;
        self.must_have_room(who, &new.id).await?;
        if let Some(refusal) = self.overspent(who).await?
            && self.store.session(&new.id).await?.is_none()
        {
            return Err(refusal);
        }
        let new = NewSession { base_branch: self.base_branch(who, &new).await?, ..new };
        let model = self.chosen_model(new.model.clone()).await?;
        let rules = self.first_rules(who).await?;
        let mut head = first_head(&new, model.clone(), rules);
        head.usage.context_limit = self.context_limit(model.as_ref()).await;
        let command = Command::Prompt {
            prompt: new.prompt,
            text: new.message,
            mode: Some(new.mode),
            model,
            attachments: Vec::new(),
        };
        let first = SubmittedCommand { id: CommandId::new(format!("create-{}", new.id)), command };
        let entry = self.entry(Some(&who.id), Deed::CreatedSession, new.id.as_str());
        let now = clock::now();
        if !self.store.create_session(&head, &who.id, &[first], &author(who), Some(entry), now).await? {
            self.may_read(who, &new.id).await?;
        }
        fault::pass(Point::Created);
        self.registry.hint(&new.id);
        self.list.publish(&new.id);
        Ok(new.id)
    }

    /// Lines of the list, and whether there are more of them.
    pub async fn sessions(
        &self,
        who: &Person,
        wanted: &ListQuery,
    ) -> Result<(Vec<SessionSummary>, bool), Error> {
        list::lines(&self.store, &self.access, who, wanted).await
    }

    /// How many sessions the person sees on each repository; `search` as in [`ListQuery`].
    pub async fn session_counts(
        &self,
        who: &Person,
        search: &str,
    ) -> Result<Vec<(RepositoryId, ListCounts)>, Error> {
        list::counts(&self.store, &self.access, who, search).await
    }

    /// Stores the command, wakes the supervisor, and waits a moment to hear how it ended.
    pub async fn submit(
        &self,
        who: &Person,
        id: &SessionId,
        mut submitted: SubmittedCommand,
    ) -> Result<CommandOutcome, Error> {
        self.may_read(who, id).await?;
        check_command(&submitted.command)?;
        if asks_for_more(&submitted.command)
            && let Some(refusal) = self.overspent(who).await?
            && !self.store.has_command(id, &submitted.id).await?
        {
            return Err(refusal);
        }
        self.with_known_files(who, id, &mut submitted.command).await?;
        if let Command::SetModel { model } | Command::Prompt { model: Some(model), .. } = &submitted.command {
            self.chosen_model(Some(model.clone())).await?;
        }
        let mut outcomes = self.registry.outcomes(id);
        let subject = subject(id, &submitted.command);
        let entry = Deed::of(&submitted.command).map(|deed| self.entry(Some(&who.id), deed, &subject));
        let inserted = self.store.insert_command(id, &author(who), &submitted, entry, clock::now()).await?;
        if let Inserted::Again(Some(outcome)) = inserted {
            return Ok(outcome);
        }
        fault::pass(Point::Accepted);
        self.registry.hint(id);
        let heard = tokio::time::timeout(PATIENCE, outcomes.of(&submitted.id));
        let (forgotten, heard) = tokio::join!(self.forget_draft(who, id, &submitted.command), heard);
        forgotten?;
        if let Ok(Some(outcome)) = heard {
            return Ok(outcome);
        }
        Ok(self.store.outcome(id, &submitted.id).await?.unwrap_or(CommandOutcome::Applied))
    }

    /// Everything from the follower's cursor on.
    pub async fn follow(&self, who: &Person, id: &SessionId, join: Join) -> Result<Follower, Error> {
        let member = self.member(who, id).await?;
        let joined = self.registry.join(id).await?;
        Follower::start(&self.store, join, joined, self.access.watch(who, &member.repository)).await
    }

    pub async fn follow_list(&self, who: &Person) -> Result<ListFollower, Error> {
        ListFollower::start(self.store.clone(), who.clone(), &self.list, Arc::clone(&self.access)).await
    }

    /// One that is there already was made, and is not counted again.
    async fn must_have_room(&self, who: &Person, new: &SessionId) -> Result<(), Error> {
        let most = self.settings.limits.sessions_per_person;
        if self.store.sessions_made_by(&who.id).await? < most || self.store.session(new).await?.is_some() {
            return Ok(());
        }
        let sentence = format!(
            "You have {most} sessions, which is as many as one person may have here. Delete one that you no longer need; archived \
             ones count as well."
        );
        Err(Error::new(ErrorKind::Conflict, sentence))
    }

    /// The branch to start from: the one that was asked for, if it is there, else the repository's default.
    async fn base_branch(&self, who: &Person, new: &NewSession) -> Result<String, Error> {
        let origin = self.sources.find(who, &new.repository).await?;
        self.access.learn(who, &new.repository, origin.is_some());
        let origin = origin.ok_or_else(|| no_such_repository(&new.repository))?;
        if origin.info.archived {
            let sentence = format!(
                "{} is archived, so nothing can be pushed to it. Unarchive it at GitHub to work on it.",
                origin.info.name
            );
            return Err(Error::invalid(sentence));
        }
        if new.base_branch.is_empty() {
            return Ok(origin.info.default_branch);
        }
        let branches = self.git.branches(&origin.source).await?;
        if branches.iter().any(|branch| branch.name == new.base_branch) {
            return Ok(new.base_branch.clone());
        }
        let sentence = format!("The branch “{}” does not exist in {}.", new.base_branch, origin.info.name);
        Err(Error::invalid(sentence))
    }

    /// What the person wants of all their sessions.
    async fn first_rules(&self, who: &Person) -> Result<Rules, Error> {
        let Preferences { asks, closed, .. } = self.store.preferences(&who.id).await?;
        Ok(Rules { asks, closed, also: Vec::new() })
    }

    async fn chosen_model(&self, wanted: Option<ModelRef>) -> Result<Option<ModelRef>, Error> {
        let Some(wanted) = wanted else { return Ok(self.default_model().await) };
        self.must_be_offered(&wanted).await?;
        Ok(Some(wanted))
    }

    /// Where the list is not known, every model may be.
    pub(crate) async fn must_be_offered(&self, wanted: &ModelRef) -> Result<(), Error> {
        let known = self.models().await.unwrap_or_default();
        if known.is_empty() || known.iter().any(|model| model.id == *wanted) {
            return Ok(());
        }
        Err(Error::invalid(format!("The model “{wanted}” is not offered here.")))
    }

    /// Tokens that fit into the model; 0 where unknown.
    async fn context_limit(&self, model: Option<&ModelRef>) -> u64 {
        let known = self.models().await.unwrap_or_default();
        known.iter().find(|info| Some(&info.id) == model).map_or(0, |info| info.context)
    }
}

/// What the audit says a command was about.
fn subject(id: &SessionId, command: &Command) -> String {
    match command {
        Command::SetReach { place, .. } => format!("{id} {place}"),
        _ => id.to_string(),
    }
}

/// It leads to work of the agent at once.
fn asks_for_more(command: &Command) -> bool {
    matches!(command, Command::Prompt { .. } | Command::Retry | Command::SendNow { .. })
}

fn author(who: &Person) -> Author {
    Author { id: who.id.clone(), name: who.name.clone() }
}

fn check_id(id: &SessionId) -> Result<(), Error> {
    let plain = id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if plain && (8..=36).contains(&id.as_str().len()) {
        return Ok(());
    }
    Err(Error::invalid("The id of a session is 8 to 36 letters, digits and hyphens."))
}

fn check_command(command: &Command) -> Result<(), Error> {
    match command {
        Command::Prompt { text, .. } | Command::EditPrompt { text, .. } => check_message(text),
        Command::SetReach { place, .. } if !place.is_plain() => {
            Err(Error::invalid("This is no machine: a name and a port are."))
        }
        Command::Rename { title } if title.trim().is_empty() => {
            Err(Error::invalid("A title needs at least one letter."))
        }
        Command::Push { message, .. } => publishing::check_message(message),
        Command::OpenPullRequest { title, body, message, .. } => {
            publishing::check_pull_request(title, body).and_then(|()| publishing::check_message(message))
        }
        Command::Rename { title } if title.len() > 400 => {
            Err(Error::invalid("This title is too long; 400 letters fit."))
        }
        _ => Ok(()),
    }
}

fn check_message(text: &str) -> Result<(), Error> {
    if text.trim().is_empty() {
        return Err(Error::invalid("The message is empty. Say what the agent should do."));
    }
    if text.len() > LONGEST_MESSAGE {
        let sentence =
            "This message is too long: 256 KB fit. Put long material into a file of the repository.";
        return Err(Error::new(ErrorKind::TooLarge, sentence));
    }
    Ok(())
}

fn first_head(new: &NewSession, model: Option<ModelRef>, rules: Rules) -> SessionHead {
    let title = naming::title(&new.message);
    let now = clock::now();
    SessionHead {
        id: new.id.clone(),
        branch: naming::branch(&title, &id::random(4)),
        title,
        titled_by_person: false,
        repository: new.repository.clone(),
        base_branch: new.base_branch.clone(),
        base_commit: String::new(),
        mode: new.mode,
        model,
        phase: Phase::Starting,
        activity: "Preparing the checkout".into(),
        tasks: Vec::new(),
        usage: Usage::default(),
        changed_files: Vec::new(),
        allowed: Vec::new(),
        rules,
        note_for_agent: String::new(),
        configuration: Configuration::default(),
        failure: None,
        publishing: Publishing::default(),
        created_at: now,
        active_at: now,
        archived_at: None,
        packed_bytes: None,
        deleted: false,
    }
}
