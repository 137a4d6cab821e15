//! What a supervisor needs to know of a conversation when it starts: only what is not over.

use slipway_protocol::{Message, Part, Prompt, PromptState, Request, SessionId};

use crate::{
    Checkpoint, Store, StoreError,
    checkpoints::unfinished_checkpoint,
    columns::{Bind, Columns, query},
    conversation::{last_prompt, open_requests, prompts_in},
    rows::{self, columns_of_message, columns_of_part, message_columns, part_columns},
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkingSet {
    /// In order.
    pub queue: Vec<Prompt>,
    pub sent: Vec<SentPrompt>,
    /// The newest turn whose files were not looked at after it: the running one, or one that ended when the server did.
    pub unfinished: Option<Checkpoint>,
    /// The prompt that was answered last, if that failed.
    pub failed: Option<Prompt>,
    /// Each with the agent's own key of it, as are the parts.
    pub open_requests: Vec<(Request, String)>,
    /// In order.
    pub open_messages: Vec<Message>,
    /// All parts of the open messages, in order: a late word of the agent may still change a finished one. And any other
    /// that is open.
    pub parts: Vec<(Part, String)>,
    /// 0: there is no message yet.
    pub last_message_ord: i64,
}

/// A prompt on its way, and the ids under which the agent has it, or should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentPrompt {
    pub prompt: Prompt,
    pub agent_message: String,
    pub agent_part: String,
}

impl Store {
    /// All of one moment. None: there is no such session.
    pub async fn working_set(&self, id: &SessionId) -> Result<Option<WorkingSet>, StoreError> {
        let mut tx = self.read().await?;
        let last = query(
            "select s.id, coalesce((select max(ord) from messages where session_id = s.id), 0) as last_ord
             from sessions s where s.id = $1",
        )
        .text(id.as_str())
        .fetch_optional(&mut *tx)
        .await?;
        let Some(last) = last else { return Ok(None) };
        let last_message_ord = Columns::of(&last, "sessions", "id").number("last_ord")?;
        let queue = prompts_in(&mut tx, id, PromptState::Queued).await?;
        let sent = prompts_in(&mut tx, id, PromptState::Sent).await?;
        let unfinished = unfinished_checkpoint(&mut tx, id).await?;
        let failed = last_prompt(&mut tx, id).await?.filter(|prompt| prompt.state == PromptState::Failed);
        let open_requests = open_requests(&mut tx, id).await?;
        let messages = query(concat!(
            "select ",
            message_columns!(),
            " from messages where session_id = $1 and ended_at is null order by ord"
        ))
        .text(id.as_str())
        .fetch_all(&mut *tx)
        .await?;
        // The two questions inside have an index each; with `or`, all parts of the session would be looked at.
        let parts = query(concat!(
            "select ",
            part_columns!(),
            ", p.agent_key from parts p join messages m on m.session_id = p.session_id and m.id = p.message_id
              where p.session_id = $1 and p.dropped = 0 and p.id in (
                  select id from parts where session_id = $1 and open = 1 and dropped = 0
                  union
                  select id from parts where session_id = $1 and message_id in (
                      select id from messages where session_id = $1 and ended_at is null))
              order by m.ord, p.ord"
        ))
        .text(id.as_str())
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Some(WorkingSet {
            queue: queue.into_iter().map(|(prompt, _)| prompt).collect(),
            sent: sent
                .into_iter()
                .map(|(prompt, ids)| match ids {
                    Some((agent_message, agent_part)) => Ok(SentPrompt { prompt, agent_message, agent_part }),
                    None => Err(StoreError::Inconsistent { table: "prompts", id: prompt.id.as_str().into() }),
                })
                .collect::<Result<_, _>>()?,
            unfinished,
            failed,
            open_requests,
            open_messages: messages
                .iter()
                .map(|row| rows::message(&columns_of_message(row)))
                .collect::<Result<_, _>>()?,
            parts: parts
                .iter()
                .map(|row| {
                    let columns = columns_of_part(row);
                    Ok((rows::part(&columns)?, columns.text("agent_key")?))
                })
                .collect::<Result<_, StoreError>>()?,
            last_message_ord,
        }))
    }
}
