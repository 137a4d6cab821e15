//! Reading a conversation: the view, and older pages of it.

use slipway_protocol::{
    Cursor, Message, MessageId, MessageView, OlderMessages, Part, PartId, Prompt, PromptState, Request,
    RequestState, SessionId, SessionView,
};
use sqlx::AnyConnection;

use crate::{
    AgentIds, Store, StoreError,
    columns::{Bind, query},
    rows::{
        self, columns_of_message, columns_of_part, columns_of_prompt, columns_of_request, message_columns,
        part_columns, prompt_columns, request_columns,
    },
    sessions::{session_columns, stored_session},
};

impl Store {
    /// The session with its last messages, the queue and what waits, all of one moment. Also of a deleted one.
    pub async fn view(&self, id: &SessionId, last: usize) -> Result<Option<SessionView>, StoreError> {
        let mut tx = self.read().await?;
        let session = query(concat!("select ", session_columns!(), " from sessions where id = $1"))
            .text(id.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(session) = session.as_ref().map(stored_session).transpose()? else { return Ok(None) };
        let OlderMessages { messages, has_older } = page(&mut tx, id, i64::MAX, last).await?;
        let queue = prompts_in(&mut tx, id, PromptState::Queued).await?;
        let requests = open_requests(&mut tx, id).await?;
        tx.commit().await?;
        Ok(Some(SessionView {
            cursor: Cursor { generation: session.generation, revision: session.rev },
            head: session.head,
            messages,
            has_older,
            queue: queue.into_iter().map(|(prompt, _)| prompt).collect(),
            requests: requests.into_iter().map(|(request, _)| request).collect(),
        }))
    }

    /// One message without its parts.
    pub async fn message(&self, id: &SessionId, message: &MessageId) -> Result<Option<Message>, StoreError> {
        let row =
            query(concat!("select ", message_columns!(), " from messages where session_id = $1 and id = $2"))
                .text(id.as_str())
                .text(message.as_str())
                .fetch_optional(&self.readers)
                .await?;
        row.map(|row| rows::message(&columns_of_message(&row))).transpose()
    }

    /// The whole text of a part, however long. None: there is no such part.
    pub async fn part_text(&self, id: &SessionId, part: &PartId) -> Result<Option<String>, StoreError> {
        let row = query("select id, text from parts where session_id = $1 and id = $2 and dropped = 0")
            .text(id.as_str())
            .text(part.as_str())
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| columns_of_part(&row).text("text")).transpose()
    }

    /// The `limit` messages before the one at place `before_ord`.
    pub async fn older(
        &self,
        id: &SessionId,
        before_ord: i64,
        limit: usize,
    ) -> Result<OlderMessages, StoreError> {
        let mut tx = self.read().await?;
        let page = page(&mut tx, id, before_ord, limit).await?;
        tx.commit().await?;
        Ok(page)
    }
}

async fn page(
    tx: &mut AnyConnection,
    id: &SessionId,
    before: i64,
    limit: usize,
) -> Result<OlderMessages, StoreError> {
    let rows = query(concat!(
        "select ",
        message_columns!(),
        " from messages where session_id = $1 and ord < $2 order by ord desc limit $3"
    ))
    .text(id.as_str())
    .number(before)
    .count((limit as u64).saturating_add(1))
    .fetch_all(&mut *tx)
    .await?;
    let has_older = rows.len() > limit;
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows.iter().take(limit).rev() {
        messages.push(MessageView { message: rows::message(&columns_of_message(row))?, parts: Vec::new() });
    }
    if let Some(first) = messages.first() {
        let parts = parts_between(&mut *tx, id, first.message.ord, before).await?;
        hand_out(parts, &mut messages);
    }
    Ok(OlderMessages { messages, has_older })
}

/// In order of their messages, then their own; long outputs as they travel.
async fn parts_between(
    tx: &mut AnyConnection,
    id: &SessionId,
    from: i64,
    before: i64,
) -> Result<Vec<Part>, StoreError> {
    let rows = query(concat!(
        "select ",
        part_columns!(),
        " from messages m join parts p on p.session_id = m.session_id and p.message_id = m.id
          where m.session_id = $1 and m.ord >= $2 and m.ord < $3 and p.dropped = 0 order by m.ord, p.ord"
    ))
    .text(id.as_str())
    .number(from)
    .number(before)
    .fetch_all(&mut *tx)
    .await?;
    rows.iter().map(|row| Ok(rows::part(&columns_of_part(row))?.shortened())).collect()
}

/// Both are in order of messages.
fn hand_out(parts: Vec<Part>, messages: &mut [MessageView]) {
    let mut parts = parts.into_iter().peekable();
    for view in messages {
        let of_this = |message: &MessageId| *message == view.message.id;
        while let Some(part) = parts.next_if(|part| of_this(&part.message)) {
            view.parts.push(part);
        }
    }
}

pub(crate) async fn prompts_in(
    tx: &mut AnyConnection,
    id: &SessionId,
    state: PromptState,
) -> Result<Vec<(Prompt, Option<AgentIds>)>, StoreError> {
    let rows = query(concat!(
        "select ",
        prompt_columns!(),
        " from prompts where session_id = $1 and state = $2 order by position, created_at"
    ))
    .text(id.as_str())
    .text(state.slug())
    .fetch_all(&mut *tx)
    .await?;
    rows.iter()
        .map(|row| {
            let columns = columns_of_prompt(row);
            let sent = columns.text_or_null("agent_message")?.zip(columns.text_or_null("agent_part")?);
            Ok((rows::prompt(&columns)?, sent))
        })
        .collect()
}

/// The prompt of the last turn that ended.
pub(crate) async fn last_prompt(
    tx: &mut AnyConnection,
    id: &SessionId,
) -> Result<Option<Prompt>, StoreError> {
    let row = query(concat!(
        "select ",
        prompt_columns!(),
        " from prompts where session_id = $1 and state in ('done', 'failed') order by rev desc limit 1"
    ))
    .text(id.as_str())
    .fetch_optional(tx)
    .await?;
    row.map(|row| rows::prompt(&columns_of_prompt(&row))).transpose()
}

/// Oldest first, with the agent's key of each. Sorted here: the engines sort text in ways of their own.
pub(crate) async fn open_requests(
    tx: &mut AnyConnection,
    id: &SessionId,
) -> Result<Vec<(Request, String)>, StoreError> {
    let rows =
        query(concat!("select ", request_columns!(), " from requests where session_id = $1 and state = $2"))
            .text(id.as_str())
            .text(RequestState::Open.slug())
            .fetch_all(&mut *tx)
            .await?;
    let mut requests = Vec::with_capacity(rows.len());
    for row in &rows {
        let columns = columns_of_request(row);
        requests.push((rows::request(&columns)?, columns.text("agent_key")?));
    }
    requests.sort_by(|(a, _), (b, _)| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    Ok(requests)
}
