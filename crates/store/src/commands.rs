//! What people ask of sessions: stored first, applied once.

use slipway_protocol::{Author, Command, CommandId, CommandOutcome, SessionId, SubmittedCommand};
use sqlx::any::AnyRow;

use crate::{
    Remembered, Store, StoreError, audit,
    columns::{Bind, Columns, Query, query},
    sessions::session_id,
};

/// What came of storing a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inserted {
    New,
    /// It was there already; how it ended, once it has.
    Again(Option<CommandOutcome>),
}

/// Waits to be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingCommand {
    pub id: CommandId,
    pub author: Author,
    pub command: Command,
    pub created_at: i64,
}

impl Store {
    /// Fails with [`StoreError::NoSession`] where the session is deleted or was never there. A new command is remembered with `entry`,
    /// or not stored.
    pub async fn insert_command(
        &self,
        session: &SessionId,
        author: &Author,
        submitted: &SubmittedCommand,
        entry: Option<Remembered<'_>>,
        now: i64,
    ) -> Result<Inserted, StoreError> {
        let command = insertion(session, author, submitted, now);
        if self.insert_remembered(command, entry.map(|entry| audit::insertion(entry, now))).await? {
            return Ok(Inserted::New);
        }
        let known = outcome_of(session, &submitted.id).fetch_optional(&self.readers).await?;
        known.as_ref().map(outcome).transpose()?.map(Inserted::Again).ok_or(StoreError::NoSession)
    }

    /// False: nothing was stored.
    async fn insert_remembered(&self, command: Query, entry: Option<Query>) -> Result<bool, StoreError> {
        let Some(entry) = entry else { return self.put_if_new(command).await };
        let mut tx = self.write().await?;
        let is_new = command.execute(&mut *tx).await?.rows_affected() == 1;
        if is_new {
            entry.execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(is_new)
    }

    /// In order of arrival.
    pub async fn pending_commands(&self, session: &SessionId) -> Result<Vec<PendingCommand>, StoreError> {
        let rows = query(
            "select id, author_id, author_name, body, created_at from commands
             where session_id = $1 and outcome is null order by seq",
        )
        .text(session.as_str())
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(pending).collect()
    }

    /// None: it waits, or nobody asked.
    pub async fn outcome(
        &self,
        session: &SessionId,
        id: &CommandId,
    ) -> Result<Option<CommandOutcome>, StoreError> {
        let row = outcome_of(session, id).fetch_optional(&self.readers).await?;
        Ok(row.as_ref().map(outcome).transpose()?.flatten())
    }

    /// Whether it was asked for, applied or not.
    pub async fn has_command(&self, session: &SessionId, id: &CommandId) -> Result<bool, StoreError> {
        Ok(outcome_of(session, id).fetch_optional(&self.readers).await?.is_some())
    }

    /// Also deleted ones: the deletion itself may be what waits.
    pub async fn sessions_with_pending_commands(&self) -> Result<Vec<SessionId>, StoreError> {
        let rows = query("select distinct session_id as id from commands where outcome is null")
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(session_id).collect()
    }
}

/// Does nothing where the id is known, or the session gone.
pub(crate) fn insertion(
    session: &SessionId,
    author: &Author,
    submitted: &SubmittedCommand,
    now: i64,
) -> Query {
    query(
        "insert into commands (session_id, id, author_id, author_name, body, created_at)
         select id, $2, $3, $4, $5, $6 from sessions where id = $1 and deleted = 0
         on conflict (session_id, id) do nothing",
    )
    .text(session.as_str())
    .text(submitted.id.as_str())
    .author(author)
    .json(&submitted.command)
    .number(now)
}

fn outcome_of(session: &SessionId, id: &CommandId) -> Query {
    query("select id, outcome from commands where session_id = $1 and id = $2")
        .text(session.as_str())
        .text(id.as_str())
}

fn outcome(row: &AnyRow) -> Result<Option<CommandOutcome>, StoreError> {
    Columns::of(row, "commands", "id").json_or_null("outcome")
}

fn pending(row: &AnyRow) -> Result<PendingCommand, StoreError> {
    let columns = Columns::of(row, "commands", "id");
    Ok(PendingCommand {
        id: CommandId::new(columns.text("id")?),
        author: columns.author()?,
        command: columns.json("body")?,
        created_at: columns.number("created_at")?,
    })
}
