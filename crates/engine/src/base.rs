//! The base branch of a session moves on while the session works.

use std::time::Duration;

use slipway_protocol::{ErrorKind, Person, SessionId};

use crate::{Engine, Error, engine::no_such_repository};

/// The repository is asked at most so often how far its branch is.
const AGE: Duration = Duration::from_mins(1);

impl Engine {
    /// How many commits the base branch has that the session's base does not.
    pub async fn behind(&self, who: &Person, id: &SessionId) -> Result<usize, Error> {
        self.may_read(who, id).await?;
        let session = self.store.session(id).await?.ok_or_else(Error::no_such_session)?;
        let head = session.head;
        if head.base_commit.is_empty() || head.archived_at.is_some() {
            return Ok(0);
        }
        let origin = self.sources.find(who, &head.repository).await?;
        let origin = origin.ok_or_else(|| no_such_repository(&head.repository))?;
        let mirror = self.mirrors.refresh_if_older(&origin, AGE).await?;
        match self.git.ahead(&mirror, &head.base_commit, &head.base_branch).await {
            Ok(ahead) => Ok(ahead.commits),
            Err(slipway_git::GitError::UnknownBranch(branch)) => {
                let sentence = format!("The branch {branch} is gone from {}.", origin.info.name);
                Err(Error::new(ErrorKind::Conflict, sentence))
            }
            Err(error) => Err(error.into()),
        }
    }
}
