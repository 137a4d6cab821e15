//! Whether a person trusts a repository: what it brings for the agent can run programs, so it is off until they do.
//!
//! Invariant: a decision is one person's, of one repository, and a session follows that of its owner.
//! Invariant: a repository is known by its mirror. Its name can be given to another one.

use slipway_git::Git;
use slipway_protocol::{
    Author, Command, CommandId, Deed, ErrorKind, Person, Phase, SessionId, SubmittedCommand,
};

use crate::{Engine, Error, Settings, clock, engine::no_such_repository, id};

/// What a session's repository is called where decisions are kept; none before there is a checkout, or where the repository is gone.
pub(crate) fn known_as(git: &Git, settings: &Settings, session: &SessionId) -> Option<String> {
    let mirror = git.mirror_of(&settings.checkout_dir(session)).filter(|mirror| mirror.is_dir())?;
    Some(mirror.file_stem()?.to_str()?.to_owned())
}

impl Engine {
    /// What the person decided about the repository of this session; none: nothing yet.
    pub async fn trust(&self, who: &Person, session: &SessionId) -> Result<Option<bool>, Error> {
        self.may_read(who, session).await?;
        match known_as(&self.git, &self.settings, session) {
            Some(repository) => Ok(self.store.trust(&who.id, &repository).await?),
            None => Ok(None),
        }
    }

    /// Holds for all of the person's sessions on this repository, each from the next start of its agent. One that rests, or could
    /// not start without it, is started anew at once; a turn is not interrupted.
    pub async fn decide_trust(&self, who: &Person, session: &SessionId, trusted: bool) -> Result<(), Error> {
        self.may_read(who, session).await?;
        let found = self.store.session(session).await?.ok_or_else(Error::no_such_session)?;
        if found.owner != who.id {
            let sentence =
                "Only whoever began this session decides whether its agent follows the repository.";
            return Err(Error::new(ErrorKind::Forbidden, sentence));
        }
        let repository = if let Some(known) = known_as(&self.git, &self.settings, session) {
            known
        } else {
            let origin = self.sources.find(who, &found.head.repository).await?;
            origin.ok_or_else(|| no_such_repository(&found.head.repository))?.mirror
        };
        self.store.set_trust(&who.id, &repository, trusted, clock::now()).await?;
        let deed = if trusted { Deed::TrustedRepository } else { Deed::DistrustedRepository };
        self.remember(Some(&who.id), deed, found.head.repository.as_str()).await?;
        let waits = found.head.phase == Phase::Failed && trusted;
        if found.head.archived_at.is_none() && (waits || found.head.phase == Phase::Idle) {
            let wake = CommandId::new(format!("trust-{}", id::random(14)));
            let wake = SubmittedCommand { id: wake, command: Command::Wake };
            let author = Author { id: who.id.clone(), name: who.name.clone() };
            self.store.insert_command(session, &author, &wake, None, clock::now()).await?;
            self.registry.hint(session);
        }
        Ok(())
    }
}
