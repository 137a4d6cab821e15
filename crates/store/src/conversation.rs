//! Reading a conversation: the view of its end or of a place in it, and pages in both directions.
//!
//! Invariant: what a page costs does not depend on how long the conversation is.

use slipway_protocol::{
    Cursor, Message, MessageId, MessagePage, MessageView, Part, PartId, Prompt, PromptState, Request,
    RequestState, SessionId, SessionView,
};
use sqlx::AnyConnection;

use crate::{
    AgentIds, Store, StoreError,
    columns::{Bind, Columns, query},
    rows::{
        self, columns_of_message, columns_of_part, columns_of_prompt, columns_of_request, message_columns,
        part_columns, prompt_columns, request_columns,
    },
    sessions::{session_columns, stored_session},
};

/// What a page says in bytes, unless a message alone has more: a page must arrive, also over a slow line.
const HEAVIEST_PAGE: usize = 2 * 1024 * 1024;

impl Store {
    /// The session with its last messages, the queue and what waits, all of one moment. Also of a deleted one.
    pub async fn view(&self, id: &SessionId, last: usize) -> Result<Option<SessionView>, StoreError> {
        self.view_of(id, Window::End { last }).await
    }

    /// The same with the messages around one of them; with the last ones where there is no such message.
    pub async fn view_around(
        &self,
        id: &SessionId,
        message: &MessageId,
        [before, after]: [usize; 2],
        last: usize,
    ) -> Result<Option<SessionView>, StoreError> {
        self.view_of(id, Window::Around { message, before, after, last }).await
    }

    async fn view_of(&self, id: &SessionId, window: Window<'_>) -> Result<Option<SessionView>, StoreError> {
        let mut tx = self.read().await?;
        let session = query(concat!("select ", session_columns!(), " from sessions where id = $1"))
            .text(id.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(session) = session.as_ref().map(stored_session).transpose()? else { return Ok(None) };
        let Loaded { messages, has_older, has_newer } = window.load(&mut tx, id).await?;
        let queue = prompts_in(&mut tx, id, PromptState::Queued).await?;
        let requests = open_requests(&mut tx, id).await?;
        tx.commit().await?;
        Ok(Some(SessionView {
            cursor: Cursor { generation: session.generation, revision: session.rev },
            head: session.head,
            messages,
            has_older,
            has_newer,
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
    ) -> Result<MessagePage, StoreError> {
        self.page(id, Direction::Older, before_ord, limit).await
    }

    /// The `limit` messages after the one at place `after_ord`.
    pub async fn newer(
        &self,
        id: &SessionId,
        after_ord: i64,
        limit: usize,
    ) -> Result<MessagePage, StoreError> {
        self.page(id, Direction::Newer, after_ord, limit).await
    }

    async fn page(
        &self,
        id: &SessionId,
        direction: Direction,
        from: i64,
        limit: usize,
    ) -> Result<MessagePage, StoreError> {
        let mut tx = self.read().await?;
        let session = query("select id, rev from sessions where id = $1")
            .text(id.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        let revision = session.map(|row| Columns::of(&row, "sessions", "id").count("rev")).transpose()?;
        let (messages, has_more) = page(&mut tx, id, direction, from, limit).await?;
        tx.commit().await?;
        Ok(MessagePage { messages, has_more, revision: revision.unwrap_or_default() })
    }
}

/// Which messages a view holds.
enum Window<'w> {
    End { last: usize },
    Around { message: &'w MessageId, before: usize, after: usize, last: usize },
}

struct Loaded {
    messages: Vec<MessageView>,
    has_older: bool,
    has_newer: bool,
}

impl Window<'_> {
    async fn load(self, tx: &mut AnyConnection, id: &SessionId) -> Result<Loaded, StoreError> {
        let last = match self {
            Self::End { last } => last,
            Self::Around { message, before, after, last } => match place_of(tx, id, message).await? {
                None => last,
                Some(ord) => {
                    let (mut messages, has_older) = page(tx, id, Direction::Older, ord, before).await?;
                    let from = ord.saturating_sub(1);
                    let (newer, has_newer) =
                        page(tx, id, Direction::Newer, from, after.saturating_add(1)).await?;
                    messages.extend(newer);
                    return Ok(Loaded { messages, has_older, has_newer });
                }
            },
        };
        let (messages, has_older) = page(tx, id, Direction::Older, i64::MAX, last).await?;
        Ok(Loaded { messages, has_older, has_newer: false })
    }
}

async fn place_of(
    tx: &mut AnyConnection,
    id: &SessionId,
    message: &MessageId,
) -> Result<Option<i64>, StoreError> {
    let row = query("select id, ord from messages where session_id = $1 and id = $2")
        .text(id.as_str())
        .text(message.as_str())
        .fetch_optional(tx)
        .await?;
    row.map(|row| columns_of_message(&row).number("ord")).transpose()
}

#[derive(Clone, Copy)]
pub(crate) enum Direction {
    Older,
    Newer,
}

impl Direction {
    pub(crate) fn statement(self) -> &'static str {
        match self {
            Self::Older => concat!(
                "select ",
                message_columns!(),
                " from messages where session_id = $1 and ord < $2 order by ord desc limit $3"
            ),
            Self::Newer => concat!(
                "select ",
                message_columns!(),
                " from messages where session_id = $1 and ord > $2 order by ord limit $3"
            ),
        }
    }
}

/// In order, and whether there are more in that direction.
async fn page(
    tx: &mut AnyConnection,
    id: &SessionId,
    direction: Direction,
    from: i64,
    limit: usize,
) -> Result<(Vec<MessageView>, bool), StoreError> {
    let rows = query(direction.statement())
        .text(id.as_str())
        .number(from)
        .count((limit as u64).saturating_add(1))
        .fetch_all(&mut *tx)
        .await?;
    let mut has_more = rows.len() > limit;
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows.iter().take(limit) {
        messages.push(MessageView { message: rows::message(&columns_of_message(row))?, parts: Vec::new() });
    }
    if matches!(direction, Direction::Older) {
        messages.reverse();
    }
    if let (Some(first), Some(last)) = (messages.first(), messages.last()) {
        let parts = parts_between(&mut *tx, id, first.message.ord, last.message.ord).await?;
        hand_out(parts, &mut messages);
        has_more |= lighten(&mut messages, direction);
    }
    Ok((messages, has_more))
}

/// Leaves out what is furthest from where the page begins until the rest is light enough. True: something was left out.
fn lighten(messages: &mut Vec<MessageView>, direction: Direction) -> bool {
    let weight = |view: &MessageView| view.parts.iter().map(Part::weight).sum::<usize>();
    let mut sum = 0;
    let mut fits = |view: &&MessageView| {
        sum += weight(view);
        sum <= HEAVIEST_PAGE
    };
    let kept = match direction {
        Direction::Older => messages.iter().rev().take_while(&mut fits).count(),
        Direction::Newer => messages.iter().take_while(&mut fits).count(),
    };
    let left_out = messages.len() - kept.max(1);
    match direction {
        Direction::Older => drop(messages.drain(..left_out)),
        Direction::Newer => messages.truncate(messages.len() - left_out),
    }
    left_out > 0
}

pub(crate) const PARTS_BETWEEN: &str = concat!(
    "select ",
    part_columns!(),
    " from messages m join parts p on p.session_id = m.session_id and p.message_id = m.id
          where m.session_id = $1 and m.ord >= $2 and m.ord <= $3 and p.dropped = 0 order by m.ord, p.ord"
);

/// In order of their messages, then their own; long outputs as they travel.
async fn parts_between(
    tx: &mut AnyConnection,
    id: &SessionId,
    from: i64,
    to: i64,
) -> Result<Vec<Part>, StoreError> {
    let rows = query(PARTS_BETWEEN).text(id.as_str()).number(from).number(to).fetch_all(&mut *tx).await?;
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
