//! The checkout's files before and after each turn, as commits of the checkout.

use slipway_protocol::{MessageId, PromptId, SessionId};
use sqlx::{AnyConnection, any::AnyRow};

use crate::{
    Store, StoreError,
    columns::{Bind, Columns, query},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The prompt of the turn.
    pub prompt: PromptId,
    /// Its answer; none while the turn runs, and where the agent said nothing.
    pub message: Option<MessageId>,
    pub before: String,
    /// None while the turn runs.
    pub after: Option<String>,
}

impl Store {
    /// The checkpoint of the turn that this answer belongs to.
    pub async fn checkpoint_of(
        &self,
        id: &SessionId,
        answer: &MessageId,
    ) -> Result<Option<Checkpoint>, StoreError> {
        let row = query(
            "select prompt_id, message_id, before_commit, after_commit from checkpoints
             where session_id = $1 and message_id = $2",
        )
        .text(id.as_str())
        .text(answer.as_str())
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(checkpoint).transpose()
    }
}

/// The newest one without an end.
pub(crate) async fn unfinished_checkpoint(
    tx: &mut AnyConnection,
    id: &SessionId,
) -> Result<Option<Checkpoint>, StoreError> {
    let row = query(
        "select c.prompt_id, c.message_id, c.before_commit, c.after_commit
         from checkpoints c join prompts p on p.session_id = c.session_id and p.id = c.prompt_id
         where c.session_id = $1 and c.after_commit is null order by p.rev desc limit 1",
    )
    .text(id.as_str())
    .fetch_optional(tx)
    .await?;
    row.as_ref().map(checkpoint).transpose()
}

pub(crate) async fn put_checkpoint(
    tx: &mut AnyConnection,
    id: &SessionId,
    checkpoint: &Checkpoint,
) -> Result<(), StoreError> {
    query(
        "insert into checkpoints (session_id, prompt_id, message_id, before_commit, after_commit)
         values ($1, $2, $3, $4, $5)
         on conflict (session_id, prompt_id) do update
         set message_id = excluded.message_id, before_commit = excluded.before_commit,
             after_commit = excluded.after_commit",
    )
    .text(id.as_str())
    .text(checkpoint.prompt.as_str())
    .text_or_null(checkpoint.message.as_ref().map(MessageId::as_str))
    .text(&checkpoint.before)
    .text_or_null(checkpoint.after.as_deref())
    .execute(tx)
    .await?;
    Ok(())
}

fn checkpoint(row: &AnyRow) -> Result<Checkpoint, StoreError> {
    let columns = Columns::of(row, "checkpoints", "prompt_id");
    Ok(Checkpoint {
        prompt: PromptId::new(columns.text("prompt_id")?),
        message: columns.text_or_null("message_id")?.map(MessageId::new),
        before: columns.text("before_commit")?,
        after: columns.text_or_null("after_commit")?,
    })
}
