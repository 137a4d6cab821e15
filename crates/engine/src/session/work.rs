//! What takes long and runs beside the supervisor's loop: the checkout, the launch, delivery, looking at changes.

use std::{path::PathBuf, sync::Arc};

use slipway_agent::{Agent, Brought, Conversation, LaunchRequest, Permissions};
use slipway_git::{Delivery, Extras, Git, Restored, Source, Updated};
use slipway_protocol::{
    ChangedFile, Configuration, ErrorKind, Person, SessionHead, SessionId, UpdateWay, UserId,
};
use slipway_store::{Checkpoint, Store};

use crate::{
    Error, Origin, RepositorySource, Settings,
    engine::no_such_repository,
    fault::{self, Point},
    id,
    list::ListHub,
    mirrors::Mirrors,
    providers::Providers,
    session::{
        message::{CheckedOut, EndedTurn, Restore, Started},
        reach::reach,
        slots::Slots,
    },
};

/// What every supervisor works with.
#[derive(Clone)]
pub(crate) struct Workplace {
    pub(super) store: Store,
    pub(super) agent: Arc<dyn Agent>,
    pub(super) git: Git,
    pub(super) archive: crate::Archive,
    pub(super) sources: Arc<dyn RepositorySource>,
    providers: Arc<Providers>,
    pub(crate) mirrors: Arc<Mirrors>,
    pub(super) settings: Arc<Settings>,
    pub(super) list: ListHub,
    pub(super) slots: Slots,
}

impl Workplace {
    #[expect(clippy::too_many_arguments, reason = "each is a part that the engine is built from")]
    pub(crate) fn new(
        store: Store,
        agent: Arc<dyn Agent>,
        git: Git,
        archive: crate::Archive,
        sources: Arc<dyn RepositorySource>,
        providers: Arc<Providers>,
        settings: Arc<Settings>,
        list: ListHub,
    ) -> Self {
        let mirrors = Arc::new(Mirrors::new(git.clone(), &settings));
        let slots = Slots::new(settings.max_agents, settings.limits.awake_per_person);
        Self { store, agent, git, archive, sources, providers, mirrors, settings, list, slots }
    }

    pub(super) fn launch_request(
        &self,
        head: &SessionHead,
        generation: u64,
        brought: Brought,
    ) -> LaunchRequest {
        LaunchRequest {
            generation,
            mirror: self.git.mirror_of(&self.settings.checkout_dir(&head.id)),
            checkout: self.settings.checkout_dir(&head.id),
            runtime: self.settings.runtime_of(&head.id),
            home: self.settings.agent_home(&head.id),
            providers: self.providers.all(),
            permissions: if head.rules.asks { Permissions::Ask } else { self.settings.permissions },
            allowed: head.allowed.clone(),
            reach: reach(&head.rules),
            brought,
        }
    }

    /// The agent in its checkout.
    pub(super) async fn start(self, head: SessionHead, owner: UserId, generation: u64) -> Started {
        let mut configuration = None;
        let conversation = self.launch(&head, &owner, generation, &mut configuration).await;
        Started { configuration, conversation }
    }

    async fn launch(
        &self,
        head: &SessionHead,
        owner: &UserId,
        generation: u64,
        configuration: &mut Option<Configuration>,
    ) -> Result<Box<dyn Conversation>, Error> {
        // First, so that nobody writes any more where the next step looks.
        self.agent.clear(&self.settings.runtime_of(&head.id), generation).await?;
        let home = self.settings.agent_home(&head.id);
        let (home_ready, prepared) =
            tokio::join!(self.agent.prepare(&home), self.prepare_configuration(head, owner));
        let (found, brought) = prepared?;
        let found = configuration.insert(found);
        self.must_be_trusted_first(found)?;
        home_ready?;
        let conversation = self.agent.launch(self.launch_request(head, generation, brought)).await?;
        fault::pass(Point::Launched);
        Ok(conversation)
    }

    /// Makes the checkout where there is none yet.
    pub(super) async fn check_out(self, head: SessionHead, owner: UserId) -> Result<CheckedOut, Error> {
        let checkout = self.settings.checkout_dir(&head.id);
        if !head.base_commit.is_empty() && checkout.join(".git").exists() {
            return Ok(CheckedOut { base_commit: head.base_commit, extras: Extras::default() });
        }
        let origin = self.origin(&head, &owner).await?;
        let mirror = self.mirrors.refresh(&origin).await?;
        let base_commit = self.git.checkout(&mirror, &head.base_branch, &head.branch, &checkout).await?;
        let extras = self.git.extras(&mirror, &base_commit).await?;
        Ok(CheckedOut { base_commit, extras })
    }

    /// Brings the checkout to where its base branch stands now.
    pub(super) async fn update(
        &self,
        head: &SessionHead,
        owner: &UserId,
        way: UpdateWay,
    ) -> Result<Updated, Error> {
        let origin = self.origin(head, owner).await?;
        let mirror = self.mirrors.refresh(&origin).await?;
        let checkout = self.settings.checkout_dir(&head.id);
        self.git.relink(&checkout, &head.base_commit, &mirror).await?;
        Ok(self.git.update(&checkout, &mirror, &head.base_commit, &head.base_branch, way).await?)
    }

    pub(super) async fn origin(&self, head: &SessionHead, owner: &UserId) -> Result<Origin, Error> {
        let owner = self.person(owner).await?;
        self.sources.find(&owner, &head.repository).await?.ok_or_else(|| no_such_repository(&head.repository))
    }

    async fn person(&self, id: &UserId) -> Result<Person, Error> {
        let person = self.store.user(id).await?;
        person.ok_or_else(|| {
            Error::new(ErrorKind::Forbidden, "The session's owner is not known here any more.")
        })
    }

    /// Files that differ from the base; none where it cannot be told.
    pub(super) async fn changes(&self, head: &SessionHead) -> Option<Vec<ChangedFile>> {
        let checkout = self.settings.checkout_dir(&head.id);
        let changes = self.git.changes(&checkout, &head.base_commit).await;
        changes
            .inspect_err(
                |error| tracing::warn!(session.id = %head.id, %error, "could not look at the changes"),
            )
            .ok()
    }

    /// The checkout's files as they are now, as a commit; none where that could not be done.
    pub(super) async fn mark(&self, head: &SessionHead) -> Option<String> {
        let checkout = self.settings.checkout_dir(&head.id);
        let marked = self.git.mark(&checkout, &head.base_commit, &id::random(14)).await;
        marked
            .inspect_err(|error| tracing::warn!(session.id = %head.id, %error, "could not record the files"))
            .ok()
    }

    /// The files after a turn, and which of them it changed; none where they could not be recorded.
    pub(super) async fn record_end(&self, head: &SessionHead, mut turn: Checkpoint) -> Option<EndedTurn> {
        let after = self.mark(head).await?;
        let checkout = self.settings.checkout_dir(&head.id);
        let files = self.git.difference(&checkout, &turn.before, &after).await;
        turn.after = Some(after);
        let files = files
            .inspect_err(
                |error| tracing::warn!(session.id = %head.id, %error, "could not tell what a turn did"),
            )
            .ok()?;
        Some(EndedTurn { checkpoint: turn, files })
    }

    /// Undoes a turn's changes, or makes them again.
    pub(super) async fn restore(&self, head: &SessionHead, restore: &Restore) -> Result<Restored, Error> {
        let turn = self.store.checkpoint_of(&head.id, &restore.answer).await?;
        let ends = turn.and_then(|turn| Some((turn.before, turn.after?)));
        let (before, after) = ends.ok_or_else(|| {
            Error::invalid("The files before this turn were not recorded, so it cannot be undone.")
        })?;
        let checkout = self.settings.checkout_dir(&head.id);
        let (from, to) = if restore.undo { (after, before) } else { (before, after) };
        Ok(self.git.restore(&checkout, &from, &to).await?)
    }

    /// Puts the branch into the repository the session came from. Returns a sentence that says where it is now.
    pub(super) async fn deliver(
        self,
        head: SessionHead,
        owner: UserId,
        generation: u64,
    ) -> Result<String, Error> {
        let origin = self.origin(&head, &owner).await?;
        let Source::Folder(folder) = &origin.source else {
            return Err(Error::invalid(
                "Only the branch of a repository on this machine is delivered into it.",
            ));
        };
        let author = self.person(&owner).await?;
        let delivery = Delivery {
            checkout: &self.settings.checkout_dir(&head.id),
            base_commit: &head.base_commit,
            branch: &head.branch,
            message: &head.title,
            author: (&author.name, "local@slipway.invalid"),
            scratch: &self.delivery_dir(&head.id, generation),
        };
        let delivered = self.git.deliver(delivery, folder).await?;
        let commits = if delivered.commits == 1 {
            "1 commit is".into()
        } else {
            format!("{} commits are", delivered.commits)
        };
        let short = delivered.commit.get(..10).unwrap_or(&delivered.commit).to_owned();
        Ok(format!("{commits} in {} now, as the branch {} ({short}).", origin.info.name, delivered.branch))
    }

    /// Where this run of the supervisor makes a delivery ready. What earlier runs left there goes: they are fenced.
    pub(super) fn delivery_dir(&self, id: &SessionId, generation: u64) -> PathBuf {
        let folder = self.settings.session_dir(id).join("delivery");
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let run = entry.file_name().to_str().and_then(|name| name.parse::<u64>().ok());
            if run.is_none_or(|run| run < generation) {
                // One that stays takes room, and nothing else.
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
        folder.join(generation.to_string())
    }

    /// The session keeps files outside the archive.
    pub(super) fn has_files(&self, head: &SessionHead) -> bool {
        self.settings.session_dir(&head.id).exists()
    }

    /// Packs the session's files into the archive. Returns the pack's bytes.
    pub(super) async fn pack(&self, head: &SessionHead) -> Result<u64, Error> {
        let folder = self.settings.session_dir(&head.id);
        self.archive.pack(&head.id, &folder, &head.base_commit).await
    }

    /// Brings the session's files back; the pack stays until it is forgotten.
    pub(super) async fn unpack(&self, head: &SessionHead, owner: &UserId) -> Result<(), Error> {
        // A repository that is gone is no reason to lose the session: its history begins at the base then.
        let mirror = match self.origin(head, owner).await {
            Ok(origin) => self.mirrors.path(&origin),
            Err(error) => {
                tracing::warn!(session.id = %head.id, %error, "restored without its repository");
                self.settings.mirrors_dir().join("none.git")
            }
        };
        let folder = self.settings.session_dir(&head.id);
        self.archive.unpack(&head.id, &folder, &head.base_commit, &mirror).await
    }

    /// Removes the files of a session that is packed.
    pub(super) async fn remove_unpacked(&self, head: &SessionHead, generation: u64) -> Result<(), Error> {
        self.agent.clear(&self.settings.runtime_of(&head.id), generation).await?;
        self.archive.clear_folder(&self.settings.session_dir(&head.id)).await
    }

    /// Removes the pack of a session that is unpacked. One that stays is replaced by the next, and goes with the session.
    pub(super) async fn forget_pack(&self, head: &SessionHead) {
        if let Err(error) = self.archive.remove(&head.id).await {
            tracing::warn!(session.id = %head.id, %error, "a pack that was taken out stays in the archive");
        }
    }

    /// Removes what a session keeps outside the database.
    pub(super) async fn remove_files(&self, head: &SessionHead, generation: u64) -> Result<(), Error> {
        self.agent.clear(&self.settings.runtime_of(&head.id), generation).await?;
        self.archive.clear_folder(&self.settings.session_dir(&head.id)).await?;
        self.archive.remove(&head.id).await
    }
}
