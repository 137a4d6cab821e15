//! The one way a session is written: a batch of its supervisor, whole or not at all.

mod rows;

use slipway_protocol::{
    CommandId, CommandOutcome, Message, Part, PartId, Prompt, Request, RequestState, Role, SessionHead,
    SessionId,
};
use sqlx::AnyConnection;

use self::rows::{drop_part, flush_text, put_message, put_part, put_prompt, put_request};
use crate::{
    Checkpoint, Store, StoreError,
    checkpoints::put_checkpoint,
    columns::{Bind, Columns, query},
    list::place_in_lists,
    sessions::bind_head,
    spending::count_usage,
};

/// The ids under which the agent has a prompt: its message, and the part of it.
pub type AgentIds = (String, String);

/// What a supervisor writes at once. Each change carries the revision it makes.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The session's revision after this batch.
    pub rev: u64,
    pub head: Option<(u64, SessionHead)>,
    /// The day, counted from 1970, on which the usage in the head has grown; none: it has not.
    pub used_on: Option<i64>,
    pub messages: Vec<(u64, Message)>,
    /// With the agent's own key of it.
    pub parts: Vec<(u64, Part, String)>,
    pub dropped_parts: Vec<(u64, PartId)>,
    /// Growing texts as they are now. Never moves the revision; a part that is closed or dropped ignores it.
    pub texts: Vec<(PartId, String)>,
    /// With the ids of message and part under which the agent gets it; none leaves what is stored.
    pub prompts: Vec<(u64, Prompt, Option<AgentIds>)>,
    /// With the agent's own key of it.
    pub requests: Vec<(u64, Request, String)>,
    /// Trees before and after turns; no follower sees them, so they move no revision.
    pub checkpoints: Vec<Checkpoint>,
    /// Of commands that wait. Another outcome of one that has its own is refused, with the whole batch.
    pub outcomes: Vec<(CommandId, CommandOutcome)>,
    /// None leaves it.
    pub agent_session: Option<String>,
    /// Outer none leaves it, inner none clears it.
    pub keeper: Option<Option<(String, u64)>>,
}

impl Batch {
    /// The newest revision at which the agent says or asks something here; 0: it does not.
    fn spoken_rev(&self) -> u64 {
        let said =
            self.messages.iter().filter(|(_, message)| message.role == Role::Agent).map(|(rev, _)| *rev);
        let asked = self.requests.iter().filter(|(_, request, _)| request.state == RequestState::Open);
        said.chain(asked.map(|(rev, ..)| *rev)).max().unwrap_or_default()
    }
}

impl Store {
    /// Writes the batch if `generation` still holds the lease, else nothing: [`StoreError::Fenced`]. The same batch again
    /// changes nothing, so that a commit whose answer was lost can be tried again.
    pub async fn commit(&self, id: &SessionId, generation: u64, batch: &Batch) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        if let (Some((_, head)), Some(day)) = (&batch.head, batch.used_on) {
            // The row is locked before it is asked what was used up to now, and written after.
            advance(&mut tx, id, generation, batch, None).await?;
            count_usage(&mut tx, id, &head.usage, day).await?;
        }
        advance(&mut tx, id, generation, batch, batch.head.as_ref()).await?;
        if let Some((_, head)) = &batch.head {
            place_in_lists(&mut tx, id, head).await?;
        }
        for (rev, message) in &batch.messages {
            put_message(&mut tx, id, *rev, message).await?;
        }
        for (rev, part, agent_key) in &batch.parts {
            put_part(&mut tx, id, *rev, part, agent_key).await?;
        }
        for (rev, part) in &batch.dropped_parts {
            drop_part(&mut tx, id, *rev, part).await?;
        }
        for (part, text) in &batch.texts {
            flush_text(&mut tx, id, part, text).await?;
        }
        for (rev, prompt, sent) in &batch.prompts {
            put_prompt(&mut tx, id, *rev, prompt, sent.as_ref()).await?;
        }
        for (rev, request, agent_key) in &batch.requests {
            put_request(&mut tx, id, *rev, request, agent_key).await?;
        }
        for checkpoint in &batch.checkpoints {
            put_checkpoint(&mut tx, id, checkpoint).await?;
        }
        for (command, outcome) in &batch.outcomes {
            put_outcome(&mut tx, id, command, outcome).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

macro_rules! advance {
    ($head:literal) => {
        concat!(
            "update sessions
             set rev = $3,
                 last_spoken_rev = case when last_spoken_rev < $4 then $4 else last_spoken_rev end,
                 agent_session = coalesce($5, agent_session),
                 keeper_boot = case when $6 = 1 then $7 else keeper_boot end,
                 keeper_seq = case when $6 = 1 then $8 else keeper_seq end",
            $head,
            " where id = $1 and generation = $2 and rev <= $3"
        )
    };
}

/// Comes first: it locks the session's row, so that no other generation begins before this batch is in.
async fn advance(
    tx: &mut AnyConnection,
    id: &SessionId,
    generation: u64,
    batch: &Batch,
    head: Option<&(u64, SessionHead)>,
) -> Result<(), StoreError> {
    let keeper = batch.keeper.as_ref();
    let (boot, seq) = keeper.and_then(Option::as_ref).map(|(boot, seq)| (boot.as_str(), *seq as i64)).unzip();
    let statement = query(match head {
        None => advance!(""),
        Some(_) => advance!(
            ", title = $9, repository = $10, branch = $11, search = $12, phase = $13, activity = $14, added = $15,
               removed = $16, created_at = $17, active_at = $18, archived_at = $19, deleted = $20, details = $21,
               head_rev = $22"
        ),
    });
    let mut statement = statement
        .text(id.as_str())
        .count(generation)
        .count(batch.rev)
        .count(batch.spoken_rev())
        .text_or_null(batch.agent_session.as_deref())
        .flag(keeper.is_some())
        .text_or_null(boot)
        .number_or_null(seq);
    if let Some((rev, head)) = head {
        statement = bind_head(statement, head).count(*rev);
    }
    let advanced = statement.execute(&mut *tx).await?;
    if advanced.rows_affected() == 1 {
        return Ok(());
    }
    let holder = query("select id, generation from sessions where id = $1")
        .text(id.as_str())
        .fetch_optional(&mut *tx)
        .await?;
    let holder = holder.map(|row| Columns::of(&row, "sessions", "id").count("generation")).transpose()?;
    // The lease is held, so the revision would have gone back.
    let goes_back = holder == Some(generation);
    Err(if goes_back { inconsistent("sessions", id.as_str()) } else { StoreError::Fenced })
}

async fn put_outcome(
    tx: &mut AnyConnection,
    id: &SessionId,
    command: &CommandId,
    outcome: &CommandOutcome,
) -> Result<(), StoreError> {
    let applied =
        query("update commands set outcome = $3 where session_id = $1 and id = $2 and (outcome is null or outcome = $3)")
            .text(id.as_str())
            .text(command.as_str())
            .json(outcome)
            .execute(tx)
            .await?;
    // Applied once is the promise: whoever decides otherwise now has applied it a second time.
    if applied.rows_affected() == 0 { Err(inconsistent("commands", command.as_str())) } else { Ok(()) }
}

fn inconsistent(table: &'static str, id: &str) -> StoreError {
    StoreError::Inconsistent { table, id: id.into() }
}
