//! Rows of a conversation, as what they stand for.

use slipway_protocol::{
    Message, MessageId, Mode, Part, PartId, Prompt, PromptId, PromptState, Request, RequestId, RequestState,
    Role,
};
use sqlx::any::AnyRow;

use crate::{StoreError, columns::Columns};

macro_rules! message_columns {
    () => {
        "id, ord, role, author_id, author_name, mode, created_at, ended_at, changes"
    };
}

/// With a name before each, because they are joined.
macro_rules! part_columns {
    () => {
        "p.id, p.message_id, p.parent_id, p.ord, p.body, p.text, p.open, p.interrupted, p.started_at, p.ended_at"
    };
}

macro_rules! prompt_columns {
    () => {
        "id, position, text, author_id, author_name, mode, model, attachments, state, message_id, created_at, rev, agent_message, \
         agent_part"
    };
}

macro_rules! request_columns {
    () => {
        "id, ask, from_sub_agent, state, answer, answered_by_id, answered_by_name, created_at, rev, agent_key"
    };
}

pub(crate) use {message_columns, part_columns, prompt_columns, request_columns};

pub(crate) fn columns_of_message(row: &AnyRow) -> Columns<'_> {
    Columns::of(row, "messages", "id")
}

pub(crate) fn columns_of_part(row: &AnyRow) -> Columns<'_> {
    Columns::of(row, "parts", "id")
}

pub(crate) fn columns_of_prompt(row: &AnyRow) -> Columns<'_> {
    Columns::of(row, "prompts", "id")
}

pub(crate) fn columns_of_request(row: &AnyRow) -> Columns<'_> {
    Columns::of(row, "requests", "id")
}

pub(crate) fn message(columns: &Columns<'_>) -> Result<Message, StoreError> {
    Ok(Message {
        id: MessageId::new(columns.text("id")?),
        ord: columns.number("ord")?,
        role: columns.slug("role", Role::from_slug)?,
        author: columns.author_or_null("author_id", "author_name")?,
        mode: columns.slug("mode", Mode::from_slug)?,
        created_at: columns.number("created_at")?,
        ended_at: columns.number_or_null("ended_at")?,
        changes: columns.json_or_null("changes")?,
    })
}

pub(crate) fn part(columns: &Columns<'_>) -> Result<Part, StoreError> {
    Ok(Part {
        id: PartId::new(columns.text("id")?),
        message: MessageId::new(columns.text("message_id")?),
        ord: columns.number("ord")?,
        parent: columns.text_or_null("parent_id")?.map(PartId::new),
        body: columns.json("body")?,
        text: columns.text("text")?,
        hidden: 0,
        open: columns.flag("open")?,
        interrupted: columns.flag("interrupted")?,
        started_at: columns.number("started_at")?,
        ended_at: columns.number_or_null("ended_at")?,
    })
}

pub(crate) fn prompt(columns: &Columns<'_>) -> Result<Prompt, StoreError> {
    Ok(Prompt {
        id: PromptId::new(columns.text("id")?),
        position: columns.number("position")?,
        text: columns.text("text")?,
        author: columns.author()?,
        mode: columns.slug("mode", Mode::from_slug)?,
        model: columns.json_or_null("model")?,
        attachments: columns.json_or_null("attachments")?.unwrap_or_default(),
        state: columns.slug("state", PromptState::from_slug)?,
        message: columns.text_or_null("message_id")?.map(MessageId::new),
        created_at: columns.number("created_at")?,
    })
}

pub(crate) fn request(columns: &Columns<'_>) -> Result<Request, StoreError> {
    Ok(Request {
        id: RequestId::new(columns.text("id")?),
        ask: columns.json("ask")?,
        from_sub_agent: columns.flag("from_sub_agent")?,
        state: columns.slug("state", RequestState::from_slug)?,
        answer: columns.json_or_null("answer")?,
        answered_by: columns.author_or_null("answered_by_id", "answered_by_name")?,
        created_at: columns.number("created_at")?,
    })
}
