//! Catching up: what changed between two revisions, as the rows are now.

use futures::TryStreamExt;
use slipway_protocol::{Change, ChangeBody, MessageId, PartId, SessionId};
use sqlx::any::AnyRow;

use crate::{
    Store, StoreError,
    columns::{Bind, Columns, query},
    rows::{
        self, columns_of_message, columns_of_part, columns_of_prompt, columns_of_request, message_columns,
        part_columns, prompt_columns, request_columns,
    },
    sessions::{session_columns, session_head},
};

pub(crate) type Read = fn(&AnyRow) -> Result<Change, StoreError>;

pub(crate) const SOURCES: [(&str, Read); 5] = [
    (
        concat!(
            "select ",
            session_columns!(),
            ", head_rev from sessions where id = $1 and head_rev > $2 and head_rev <= $3 limit $4"
        ),
        head,
    ),
    (
        concat!(
            "select ",
            message_columns!(),
            ", rev from messages where session_id = $1 and rev > $2 and rev <= $3 order by rev limit $4"
        ),
        message,
    ),
    (
        concat!(
            "select ",
            part_columns!(),
            ", p.dropped, p.rev from parts p where p.session_id = $1 and p.rev > $2 and p.rev <= $3 order by p.rev limit $4"
        ),
        part,
    ),
    (
        concat!(
            "select ",
            prompt_columns!(),
            " from prompts where session_id = $1 and rev > $2 and rev <= $3 order by rev limit $4"
        ),
        prompt,
    ),
    (
        concat!(
            "select ",
            request_columns!(),
            " from requests where session_id = $1 and rev > $2 and rev <= $3 order by rev limit $4"
        ),
        request,
    ),
];

impl Store {
    /// Every row that changed after revision `after` and up to `up_to`, in its newest state. Ordered by revision but
    /// for the messages, which come before all parts: a message that grew has a later revision than the parts it got
    /// meanwhile, and the fold has no place for a part without its message. None: more than `max_rows`, or more bytes as
    /// they travel than `max_bytes`; what is read is bounded by them too.
    pub async fn changes(
        &self,
        id: &SessionId,
        after: u64,
        up_to: u64,
        max_rows: usize,
        max_bytes: usize,
    ) -> Result<Option<Vec<Change>>, StoreError> {
        let mut tx = self.read().await?;
        let mut changes = Vec::new();
        let mut bytes = 0;
        for (statement, change) in SOURCES {
            let mut rows = query(statement)
                .text(id.as_str())
                .count(after)
                .count(up_to)
                .count((max_rows as u64).saturating_add(1))
                .fetch(&mut *tx);
            while let Some(row) = rows.try_next().await? {
                let change = change(&row)?;
                bytes += serde_json::to_vec(&change).map_or(0, |json| json.len());
                changes.push(change);
                if changes.len() > max_rows || bytes > max_bytes {
                    return Ok(None);
                }
            }
        }
        tx.commit().await?;
        changes.sort_by_key(|change| (!matches!(change.body, ChangeBody::Message(_)), change.rev));
        Ok(Some(changes))
    }
}

fn head(row: &AnyRow) -> Result<Change, StoreError> {
    let columns = Columns::of(row, "sessions", "id");
    let body = ChangeBody::Head(Box::new(session_head(&columns)?));
    Ok(Change { rev: columns.count("head_rev")?, body })
}

fn message(row: &AnyRow) -> Result<Change, StoreError> {
    let columns = columns_of_message(row);
    Ok(Change { rev: columns.count("rev")?, body: ChangeBody::Message(rows::message(&columns)?) })
}

fn part(row: &AnyRow) -> Result<Change, StoreError> {
    let columns = columns_of_part(row);
    let body = if columns.flag("dropped")? {
        ChangeBody::PartDropped {
            message: MessageId::new(columns.text("message_id")?),
            part: PartId::new(columns.text("id")?),
        }
    } else {
        ChangeBody::Part(rows::part(&columns)?.shortened())
    };
    Ok(Change { rev: columns.count("rev")?, body })
}

fn prompt(row: &AnyRow) -> Result<Change, StoreError> {
    let columns = columns_of_prompt(row);
    Ok(Change { rev: columns.count("rev")?, body: ChangeBody::Prompt(rows::prompt(&columns)?) })
}

fn request(row: &AnyRow) -> Result<Change, StoreError> {
    let columns = columns_of_request(row);
    Ok(Change { rev: columns.count("rev")?, body: ChangeBody::Request(rows::request(&columns)?) })
}
