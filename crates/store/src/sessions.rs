//! Sessions: making one, the row itself, the end.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use slipway_protocol::{
    AllowedAct, Author, ChangedFile, Configuration, Failure, Mode, ModelRef, Phase, Publishing, RepositoryId,
    Rules, SessionHead, SessionId, SubmittedCommand, Task, Usage, UserId,
};
use sqlx::any::AnyRow;

use crate::{
    MemberRole, Remembered, Store, StoreError, audit,
    columns::{Bind, Columns, Query, query},
    commands::insertion,
    list::place_in_lists,
};

/// A session as its supervisor needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    pub head: SessionHead,
    pub owner: UserId,
    pub generation: u64,
    /// The revision at which this generation began.
    pub generation_rev: u64,
    pub rev: u64,
    pub agent_session: Option<String>,
    /// The last event of the keeper that was applied: its boot, and the number within it.
    pub keeper: Option<(String, u64)>,
    /// The revision at which the agent last said or asked something.
    pub last_spoken_rev: u64,
}

macro_rules! session_columns {
    () => {
        "id, owner_id, title, repository, branch, phase, activity, created_at, active_at, archived_at, deleted, details, \
         rev, generation, generation_rev, last_spoken_rev, agent_session, keeper_boot, keeper_seq"
    };
}

pub(crate) use session_columns;

/// What is never asked for by itself: one column of JSON.
#[derive(Serialize, Deserialize)]
struct Details {
    base_branch: String,
    base_commit: String,
    mode: Mode,
    model: Option<ModelRef>,
    tasks: Vec<Task>,
    usage: Usage,
    changed_files: Vec<ChangedFile>,
    failure: Option<Failure>,
    #[serde(default)]
    publishing: Publishing,
    #[serde(default)]
    titled_by_person: bool,
    #[serde(default)]
    packed_bytes: Option<u64>,
    #[serde(default)]
    allowed: Vec<AllowedAct>,
    #[serde(default)]
    rules: Rules,
    #[serde(default)]
    note_for_agent: String,
    #[serde(default)]
    configuration: Configuration,
}

impl Store {
    /// The session with its owner, the first commands and its line in the audit, whole or not at all. False: there is one of this id
    /// already, and nothing was changed.
    pub async fn create_session(
        &self,
        head: &SessionHead,
        owner: &UserId,
        first: &[SubmittedCommand],
        author: &Author,
        entry: Option<Remembered<'_>>,
        now: i64,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let insert = query(
            "insert into sessions (title, repository, branch, search, phase, activity, added, removed, created_at,
                                   active_at, archived_at, deleted, details, id, owner_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             on conflict (id) do nothing",
        );
        let made =
            bind_head(insert, head).text(head.id.as_str()).text(owner.as_str()).execute(&mut *tx).await?;
        if made.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        query("insert into session_members (session_id, user_id, role, since) values ($1, $2, $3, $4)")
            .text(head.id.as_str())
            .text(owner.as_str())
            .text(MemberRole::Owner.slug())
            .number(now)
            .execute(&mut *tx)
            .await?;
        place_in_lists(&mut tx, &head.id, head).await?;
        for command in first {
            insertion(&head.id, author, command, now).execute(&mut *tx).await?;
        }
        if let Some(entry) = entry {
            audit::insertion(entry, now).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Also a deleted one, until it is purged: its head says so.
    pub async fn session(&self, id: &SessionId) -> Result<Option<StoredSession>, StoreError> {
        let row = query(concat!("select ", session_columns!(), " from sessions where id = $1"))
            .text(id.as_str())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(stored_session).transpose()
    }

    /// Sessions at rest, not archived, that nobody has touched for so long, or for as long as their owner wants, if that is
    /// less; each with its last activity; at most a hundred.
    pub async fn sessions_to_archive(
        &self,
        now: i64,
        usual: Duration,
    ) -> Result<Vec<(SessionId, i64)>, StoreError> {
        let rows = query(
            "select s.id, s.active_at from sessions s left join preferences p on p.user_id = s.owner_id
             where s.archived_at is null and s.deleted = 0 and s.phase in ('asleep', 'idle', 'failed')
               and s.active_at < $1 - (case when p.archive_after < $2 then p.archive_after else $2 end)
             order by s.active_at limit 100",
        )
        .number(now)
        .number(i64::try_from(usual.as_millis()).unwrap_or(i64::MAX))
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| Ok((session_id(row)?, Columns::of(row, "sessions", "id").number("active_at")?)))
            .collect()
    }

    /// How many sessions this person has made, archived ones with them.
    pub async fn sessions_made_by(&self, owner: &UserId) -> Result<u64, StoreError> {
        let row = query(
            "select count(*) as made from session_members m join sessions s on s.id = m.session_id
             where m.user_id = $1 and m.role = $2 and s.deleted = 0",
        )
        .text(owner.as_str())
        .text(MemberRole::Owner.slug())
        .fetch_one(&self.readers)
        .await?;
        Ok(Columns::of(&row, "sessions", "made").number("made")? as u64)
    }

    /// Removes every row of it; only the audit remembers. What was in them is overwritten on the disk.
    pub async fn purge_session(&self, id: &SessionId) -> Result<(), StoreError> {
        self.put(query("delete from sessions where id = $1").text(id.as_str())).await?;
        self.forget().await
    }
}

/// Thirteen values, in the order in which both statements that write a head name them.
pub(crate) fn bind_head(statement: Query, head: &SessionHead) -> Query {
    // Without `..`: a new field must find its place here.
    let SessionHead {
        id: _,
        title,
        titled_by_person,
        repository,
        branch,
        base_branch,
        base_commit,
        mode,
        model,
        phase,
        activity,
        tasks,
        usage,
        changed_files,
        allowed,
        rules,
        note_for_agent,
        configuration,
        publishing,
        failure,
        created_at,
        active_at,
        archived_at,
        packed_bytes,
        deleted,
    } = head;
    let details = Details {
        base_branch: base_branch.clone(),
        base_commit: base_commit.clone(),
        mode: *mode,
        model: model.clone(),
        tasks: tasks.clone(),
        usage: *usage,
        changed_files: changed_files.clone(),
        failure: failure.clone(),
        publishing: publishing.clone(),
        titled_by_person: *titled_by_person,
        packed_bytes: *packed_bytes,
        allowed: allowed.clone(),
        rules: rules.clone(),
        note_for_agent: note_for_agent.clone(),
        configuration: configuration.clone(),
    };
    let sum = |lines: fn(&ChangedFile) -> u32| changed_files.iter().map(|file| u64::from(lines(file))).sum();
    statement
        .text(title)
        .text(repository.as_str())
        .text(branch)
        .text(&format!("{title}\n{repository}\n{branch}").to_lowercase())
        .text(phase.slug())
        .text(activity)
        .count(sum(|file| file.added))
        .count(sum(|file| file.removed))
        .number(*created_at)
        .number(*active_at)
        .number_or_null(*archived_at)
        .flag(*deleted)
        .json(&details)
}

pub(crate) fn session_id(row: &AnyRow) -> Result<SessionId, StoreError> {
    Columns::of(row, "sessions", "id").text("id").map(SessionId::new)
}

pub(crate) fn session_head(columns: &Columns<'_>) -> Result<SessionHead, StoreError> {
    let details: Details = columns.json("details")?;
    Ok(SessionHead {
        id: SessionId::new(columns.text("id")?),
        title: columns.text("title")?,
        repository: RepositoryId::new(columns.text("repository")?),
        branch: columns.text("branch")?,
        base_branch: details.base_branch,
        base_commit: details.base_commit,
        mode: details.mode,
        model: details.model,
        phase: columns.slug("phase", Phase::from_slug)?,
        activity: columns.text("activity")?,
        tasks: details.tasks,
        usage: details.usage,
        changed_files: details.changed_files,
        failure: details.failure,
        publishing: details.publishing,
        titled_by_person: details.titled_by_person,
        packed_bytes: details.packed_bytes,
        allowed: details.allowed,
        rules: details.rules,
        note_for_agent: details.note_for_agent,
        configuration: details.configuration,
        created_at: columns.number("created_at")?,
        active_at: columns.number("active_at")?,
        archived_at: columns.number_or_null("archived_at")?,
        deleted: columns.flag("deleted")?,
    })
}

pub(crate) fn stored_session(row: &AnyRow) -> Result<StoredSession, StoreError> {
    let columns = Columns::of(row, "sessions", "id");
    let keeper = match columns.text_or_null("keeper_boot")? {
        Some(boot) => Some((boot, columns.count("keeper_seq")?)),
        None => None,
    };
    Ok(StoredSession {
        head: session_head(&columns)?,
        owner: UserId::new(columns.text("owner_id")?),
        generation: columns.count("generation")?,
        generation_rev: columns.count("generation_rev")?,
        rev: columns.count("rev")?,
        agent_session: columns.text_or_null("agent_session")?,
        keeper,
        last_spoken_rev: columns.count("last_spoken_rev")?,
    })
}
