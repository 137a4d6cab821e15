//! Search over everything said in a person's sessions.
//!
//! A part is found by its words: prose and notices by their text, a tool call by what it acts on, reasoning by nothing. They
//! are written with the part that closes, in its transaction, and leave with the part.

mod snippet;
mod wanted;
mod words;

use slipway_protocol::{Found, Hit, MessageId, Part, PartBody, PartId, Role, SessionId, UserId};
use sqlx::{AnyConnection, any::AnyRow};

pub(crate) use self::wanted::LONGEST_SEARCH;
use self::{snippet::snippet, wanted::Wanted};
use crate::{
    Store, StoreError,
    columns::{Bind, Columns, query},
    dialect::Dialect,
};

/// Parts of an older database that are read at a time.
const OWED_AT_ONCE: u64 = 200;

/// Bytes of prose that are read for a snippet; longer ones show their marks.
const LONGEST_READ: usize = 64 * 1024;

/// Walks from the newest part that holds the words to the oldest, and stops at the limit. `cross join`: SQLite keeps to
/// this order.
macro_rules! found_in {
    ($index:literal, $matches:literal, $order:literal) => {
        concat!(
            "select w.seq, w.session_id, s.title, s.archived_at, m.id as message_id, m.ord, m.role, p.body,
                    case when p.kind = 'tool' then '' else p.text end as text, coalesce(p.ended_at, p.started_at) as at
             from ",
            $index,
            " cross join session_members k cross join sessions s cross join parts p cross join messages m
              where ",
            $matches,
            " and ",
            $order,
            " < $3 and k.user_id = $1 and k.session_id = w.session_id and s.id = w.session_id and s.deleted = 0
              and p.session_id = w.session_id and p.id = w.part_id and m.session_id = p.session_id and m.id = p.message_id
              order by ",
            $order,
            " desc limit $4"
        )
    };
}

pub(crate) const IN_SQLITE: &str = found_in!(
    "word_index cross join part_words w",
    "word_index match $2 and w.seq = word_index.rowid",
    "word_index.rowid"
);
pub(crate) const IN_POSTGRES: &str = found_in!(
    "part_words w",
    "array_to_tsvector(string_to_array(w.words, ' ')) @@ cast($2 as text)::tsquery",
    "w.seq"
);

impl Store {
    /// The messages of the person's sessions, archived ones too, that hold every word of `query`, the last one as a
    /// beginning; what was said last first. `before` is the `next` of the page before. Any text may be looked for.
    pub async fn search(
        &self,
        user: &UserId,
        query: &str,
        limit: usize,
        before: Option<i64>,
    ) -> Result<Found, StoreError> {
        let Some(wanted) = Wanted::of(query) else { return Ok(Found::default()) };
        let (statement, words) = match self.dialect() {
            Dialect::Sqlite => (IN_SQLITE, wanted.for_sqlite()),
            Dialect::Postgres => (IN_POSTGRES, wanted.for_postgres()),
        };
        let rows = crate::columns::query(statement)
            .text(user.as_str())
            .text(&words)
            .number(before.unwrap_or(i64::MAX))
            .count((limit as u64).saturating_add(1))
            .fetch_all(&self.readers)
            .await?;
        let mut found = Found::default();
        for (at, row) in rows.iter().enumerate().take(limit) {
            let (seq, hit) = hit(row, &wanted)?;
            found.next = (at + 1 < rows.len()).then_some(seq);
            // One line for each message, however many of its parts hold the words.
            if !found.hits.iter().any(|held| (&held.session, &held.message) == (&hit.session, &hit.message)) {
                found.hits.push(hit);
            }
        }
        Ok(found)
    }

    /// Gives the parts that older versions wrote their words. A database of today owes none.
    pub(crate) async fn index_what_is_owed(&self) -> Result<(), StoreError> {
        loop {
            let mut tx = self.write().await?;
            let rows = query(
                "select p.session_id, p.id, p.body, p.text from part_words w
                 join parts p on p.session_id = w.session_id and p.id = w.part_id
                 where w.words is null order by w.seq limit $1",
            )
            .count(OWED_AT_ONCE)
            .fetch_all(&mut *tx)
            .await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                let columns = Columns::of(row, "parts", "id");
                let (id, part) =
                    (SessionId::new(columns.text("session_id")?), PartId::new(columns.text("id")?));
                let said = said(&columns.json("body")?, &columns.text("text")?).map(words::distinct);
                put_words(&mut tx, &id, &part, &said.unwrap_or_default()).await?;
            }
            tx.commit().await?;
        }
    }
}

/// The part as it is now: what can be found of it, or nothing while it is open.
pub(crate) async fn index_part(
    tx: &mut AnyConnection,
    id: &SessionId,
    part: &Part,
) -> Result<(), StoreError> {
    let said = if part.open { None } else { said(&part.body, &part.text) };
    put_words(tx, id, &part.id, &said.map(words::distinct).unwrap_or_default()).await
}

/// Nothing of it is found any more.
pub(crate) async fn forget_part(
    tx: &mut AnyConnection,
    id: &SessionId,
    part: &PartId,
) -> Result<(), StoreError> {
    query("delete from part_words where session_id = $1 and part_id = $2")
        .text(id.as_str())
        .text(part.as_str())
        .execute(tx)
        .await?;
    Ok(())
}

/// What can be found of a part; its output and its thoughts can't.
fn said<'p>(body: &'p PartBody, text: &'p str) -> Option<&'p str> {
    match body {
        PartBody::Text | PartBody::Notice { .. } | PartBody::Refused { .. } => Some(text),
        PartBody::Attachment(attachment) => Some(&attachment.name),
        PartBody::Tool(call) => Some(&call.target),
        PartBody::Reasoning => None,
    }
}

/// What the agent writes is Markdown, and a snippet shows it as it reads. An address behind a link is not in it.
fn as_read(role: Role, body: &PartBody, said: &str) -> Option<String> {
    let is_prose = role == Role::Agent && matches!(body, PartBody::Text) && said.len() <= LONGEST_READ;
    is_prose.then(|| slipway_markdown::plain(said))
}

async fn put_words(
    tx: &mut AnyConnection,
    id: &SessionId,
    part: &PartId,
    words: &str,
) -> Result<(), StoreError> {
    if words.is_empty() {
        return forget_part(tx, id, part).await;
    }
    // The same words again leave the index alone.
    query(
        "insert into part_words (session_id, part_id, words) values ($1, $2, $3)
         on conflict (session_id, part_id) do update set words = excluded.words
         where part_words.words is distinct from excluded.words",
    )
    .text(id.as_str())
    .text(part.as_str())
    .text(words)
    .execute(tx)
    .await?;
    Ok(())
}

fn hit(row: &AnyRow, wanted: &Wanted) -> Result<(i64, Hit), StoreError> {
    let columns = Columns::of(row, "parts", "message_id");
    let (body, text) = (columns.json("body")?, columns.text("text")?);
    let role = columns.slug("role", Role::from_slug)?;
    let said = said(&body, &text).unwrap_or_default();
    let read = as_read(role, &body, said).filter(|read| wanted.is_in(read));
    let hit = Hit {
        session: SessionId::new(columns.text("session_id")?),
        title: columns.text("title")?,
        archived: columns.number_or_null("archived_at")?.is_some(),
        message: MessageId::new(columns.text("message_id")?),
        ord: columns.number("ord")?,
        role,
        snippet: snippet(read.as_deref().unwrap_or(said), wanted),
        at: columns.number("at")?,
    };
    Ok((columns.number("seq")?, hit))
}
