//! Writing the rows of a batch: each replaces what it names.

use slipway_protocol::{Message, MessageId, Part, PartId, Prompt, Request, SessionId};
use sqlx::AnyConnection;

use crate::{
    AgentIds, StoreError,
    columns::{Bind, query},
    search::{forget_part, index_part},
};

pub(super) async fn put_message(
    tx: &mut AnyConnection,
    id: &SessionId,
    rev: u64,
    message: &Message,
) -> Result<(), StoreError> {
    query(
        "insert into messages (session_id, id, ord, role, author_id, author_name, mode, created_at, ended_at,
                               changes, rev)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (session_id, id) do update
         set ord = excluded.ord, role = excluded.role, author_id = excluded.author_id,
             author_name = excluded.author_name, mode = excluded.mode, created_at = excluded.created_at,
             ended_at = excluded.ended_at, changes = excluded.changes, rev = excluded.rev",
    )
    .text(id.as_str())
    .text(message.id.as_str())
    .number(message.ord)
    .text(message.role.slug())
    .author_or_null(message.author.as_ref())
    .text(message.mode.slug())
    .number(message.created_at)
    .number_or_null(message.ended_at)
    .json_or_null(message.changes.as_ref())
    .count(rev)
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn put_part(
    tx: &mut AnyConnection,
    id: &SessionId,
    rev: u64,
    part: &Part,
    agent_key: &str,
) -> Result<(), StoreError> {
    query(
        "insert into parts (session_id, id, message_id, parent_id, ord, kind, body, text, open, interrupted, started_at,
                            ended_at, rev, agent_key)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (session_id, id) do update
         set message_id = excluded.message_id, parent_id = excluded.parent_id, ord = excluded.ord,
             kind = excluded.kind, body = excluded.body, text = excluded.text, open = excluded.open, interrupted = excluded.interrupted, dropped = 0,
             started_at = excluded.started_at, ended_at = excluded.ended_at, rev = excluded.rev,
             agent_key = excluded.agent_key",
    )
    .text(id.as_str())
    .text(part.id.as_str())
    .text(part.message.as_str())
    .text_or_null(part.parent.as_ref().map(PartId::as_str))
    .number(part.ord)
    .text(part.body.slug())
    .json(&part.body)
    .text(&part.text)
    .flag(part.open)
    .flag(part.interrupted)
    .number(part.started_at)
    .number_or_null(part.ended_at)
    .count(rev)
    .text(agent_key)
    .execute(&mut *tx)
    .await?;
    index_part(tx, id, part).await
}

/// The tombstone keeps no text. A part that the same batch put again later stays.
pub(super) async fn drop_part(
    tx: &mut AnyConnection,
    id: &SessionId,
    rev: u64,
    part: &PartId,
) -> Result<(), StoreError> {
    let dropped = query(
        "update parts set dropped = 1, open = 0, text = '', rev = $3
         where session_id = $1 and id = $2 and rev < $3",
    )
    .text(id.as_str())
    .text(part.as_str())
    .count(rev)
    .execute(&mut *tx)
    .await?;
    if dropped.rows_affected() == 1 { forget_part(tx, id, part).await } else { Ok(()) }
}

pub(super) async fn flush_text(
    tx: &mut AnyConnection,
    id: &SessionId,
    part: &PartId,
    text: &str,
) -> Result<(), StoreError> {
    query("update parts set text = $3 where session_id = $1 and id = $2 and open = 1 and dropped = 0")
        .text(id.as_str())
        .text(part.as_str())
        .text(text)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn put_prompt(
    tx: &mut AnyConnection,
    id: &SessionId,
    rev: u64,
    prompt: &Prompt,
    sent: Option<&AgentIds>,
) -> Result<(), StoreError> {
    let (agent_message, agent_part) = sent.map(|(message, part)| (message.as_str(), part.as_str())).unzip();
    query(
        "insert into prompts (session_id, id, position, text, author_id, author_name, mode, model, state, message_id,
                              created_at, rev, agent_message, agent_part, attachments)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         on conflict (session_id, id) do update
         set position = excluded.position, text = excluded.text, author_id = excluded.author_id,
             author_name = excluded.author_name, mode = excluded.mode, model = excluded.model,
             state = excluded.state, message_id = excluded.message_id, created_at = excluded.created_at,
             rev = excluded.rev, agent_message = coalesce(excluded.agent_message, prompts.agent_message),
             agent_part = coalesce(excluded.agent_part, prompts.agent_part), attachments = excluded.attachments",
    )
    .text(id.as_str())
    .text(prompt.id.as_str())
    .number(prompt.position)
    .text(&prompt.text)
    .author(&prompt.author)
    .text(prompt.mode.slug())
    .json_or_null(prompt.model.as_ref())
    .text(prompt.state.slug())
    .text_or_null(prompt.message.as_ref().map(MessageId::as_str))
    .number(prompt.created_at)
    .count(rev)
    .text_or_null(agent_message)
    .text_or_null(agent_part)
    .json_or_null(Some(&prompt.attachments).filter(|attached| !attached.is_empty()))
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn put_request(
    tx: &mut AnyConnection,
    id: &SessionId,
    rev: u64,
    request: &Request,
    agent_key: &str,
) -> Result<(), StoreError> {
    query(
        "insert into requests (session_id, id, ask, from_sub_agent, state, answer, answered_by_id, answered_by_name,
                               created_at, rev, agent_key)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (session_id, id) do update
         set ask = excluded.ask, from_sub_agent = excluded.from_sub_agent, state = excluded.state,
             answer = excluded.answer, answered_by_id = excluded.answered_by_id,
             answered_by_name = excluded.answered_by_name, created_at = excluded.created_at, rev = excluded.rev,
             agent_key = excluded.agent_key",
    )
    .text(id.as_str())
    .text(request.id.as_str())
    .json(&request.ask)
    .flag(request.from_sub_agent)
    .text(request.state.slug())
    .json_or_null(request.answer.as_ref())
    .author_or_null(request.answered_by.as_ref())
    .number(request.created_at)
    .count(rev)
    .text(agent_key)
    .execute(tx)
    .await?;
    Ok(())
}
