//! A person's list of sessions: its lines, how many there are, and what its order is made of.

use slipway_protocol::{
    ListCounts, ListQuery, Phase, RepositoryId, SessionFilter, SessionHead, SessionId, SessionSummary, UserId,
};
use sqlx::{AnyConnection, any::AnyRow};

use crate::{
    Store, StoreError,
    columns::{Bind, Columns, query},
    search::LONGEST_SEARCH,
};

macro_rules! summary_columns {
    () => {
        "select s.id, s.title, s.repository, s.branch, s.phase, s.activity, s.added, s.removed, s.active_at,
                s.archived_at, case when s.last_spoken_rev > coalesce(k.rev, 0) then 1 else 0 end as unread
         from session_members m
         join sessions s on s.id = m.session_id
         left join seen k on k.session_id = m.session_id and k.user_id = m.user_id"
    };
}

macro_rules! counted {
    ($which:literal) => {
        concat!(
            "select m.repository, sum(case when m.tab = 0 then 1 else 0 end) as active,
                    sum(case when m.tab = 1 then 1 else 0 end) as archived
             from session_members m where m.user_id = $1 and m.tab < 2",
            $which,
            " group by m.repository order by m.repository"
        )
    };
}

impl Store {
    /// What the person may see: first what needs them, then the newest.
    pub async fn sessions_of(
        &self,
        user: &UserId,
        wanted: &ListQuery,
    ) -> Result<Vec<SessionSummary>, StoreError> {
        let rows = query(concat!(
            summary_columns!(),
            r" where m.user_id = $1 and m.tab = $2
                 and ($3 = '%%' or s.search like $3 escape '\')
                 and ($4 = '' or m.repository = $4)
               order by m.urgent desc, m.active_at desc, m.since desc, m.session_id
               limit $5"
        ))
        .text(user.as_str())
        .flag(wanted.filter == SessionFilter::Archived)
        .text(&pattern(&wanted.search))
        .text(wanted.repository.as_ref().map_or("", RepositoryId::as_str))
        .count(wanted.most as u64)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(summary).collect()
    }

    /// How many sessions the person has on each repository, in each tab of the list. `search` as in [`ListQuery`].
    pub async fn session_counts(
        &self,
        user: &UserId,
        search: &str,
    ) -> Result<Vec<(RepositoryId, ListCounts)>, StoreError> {
        let pattern = pattern(search);
        // Where nothing is searched for, the index holds all that it takes.
        let counting = if pattern == "%%" {
            query(counted!("")).text(user.as_str())
        } else {
            query(counted!(
                r" and exists (select 1 from sessions s where s.id = m.session_id and s.search like $2 escape '\')"
            ))
            .text(user.as_str()).text(&pattern)
        };
        let rows = counting.fetch_all(&self.readers).await?;
        let counts = rows.iter().map(|row| {
            let columns = Columns::of(row, "session_members", "repository");
            let held = |column| columns.count(column).map(|held| usize::try_from(held).unwrap_or(usize::MAX));
            let counts = ListCounts { active: held("active")?, archived: held("archived")? };
            Ok((RepositoryId::new(columns.text("repository")?), counts))
        });
        counts.collect()
    }

    /// One line of that person's list; none where it is not in it.
    pub async fn summary(&self, id: &SessionId, user: &UserId) -> Result<Option<SessionSummary>, StoreError> {
        let row = query(concat!(
            summary_columns!(),
            " where m.session_id = $1 and m.user_id = $2 and s.deleted = 0"
        ))
        .text(id.as_str())
        .text(user.as_str())
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(summary).transpose()
    }
}

/// To be called wherever a head is written: its members' lists are ordered by what stands beside their names.
pub(crate) async fn place_in_lists(
    tx: &mut AnyConnection,
    id: &SessionId,
    head: &SessionHead,
) -> Result<(), StoreError> {
    let archived = head.archived_at.is_some();
    let tab = if head.deleted { 2 } else { i64::from(archived) };
    query(
        "update session_members set tab = $1, urgent = $2, active_at = $3, repository = $4
         where session_id = $5 and (tab <> $1 or urgent <> $2 or active_at <> $3 or repository <> $4)",
    )
    .number(tab)
    .flag(head.phase.needs_a_person() && !archived)
    .number(head.active_at)
    .text(head.repository.as_str())
    .text(id.as_str())
    .execute(tx)
    .await?;
    Ok(())
}

fn summary(row: &AnyRow) -> Result<SessionSummary, StoreError> {
    let columns = Columns::of(row, "sessions", "id");
    let lines = |column| columns.count(column).map(|lines| u32::try_from(lines).unwrap_or(u32::MAX));
    Ok(SessionSummary {
        id: SessionId::new(columns.text("id")?),
        title: columns.text("title")?,
        repository: RepositoryId::new(columns.text("repository")?),
        branch: columns.text("branch")?,
        phase: columns.slug("phase", Phase::from_slug)?,
        activity: columns.text("activity")?,
        added: lines("added")?,
        removed: lines("removed")?,
        unread: columns.flag("unread")?,
        active_at: columns.number("active_at")?,
        archived: columns.number_or_null("archived_at")?.is_some(),
    })
}

/// Matches texts that hold `search`, whose own wildcards mean themselves. SQLite refuses patterns without end.
fn pattern(search: &str) -> String {
    let mut pattern = String::from("%");
    for letter in search.trim().to_lowercase().chars().take(LONGEST_SEARCH) {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
