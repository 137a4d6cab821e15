//! Files that people attach to messages: beside the draft until the message is sent, then as long as the session.

use slipway_protocol::{Attachment, AttachmentId, SessionId, UserId};
use sqlx::any::AnyRow;

use crate::{
    Store, StoreError,
    columns::{Bind, Columns, query},
};

impl Store {
    /// The same id again changes nothing. A session that is gone takes no files.
    pub async fn put_attachment(
        &self,
        session: &SessionId,
        user: &UserId,
        attachment: &Attachment,
        content: &[u8],
        now: i64,
    ) -> Result<(), StoreError> {
        self.put(
            query(
                "insert into attachments (session_id, user_id, id, name, mime, size, content, created_at)
             select id, $2, $3, $4, $5, $6, $7, $8 from sessions where id = $1
             on conflict (session_id, id) do nothing",
            )
            .text(session.as_str())
            .text(user.as_str())
            .text(attachment.id.as_str())
            .text(&attachment.name)
            .text(&attachment.mime)
            .count(attachment.bytes)
            .bytes(content)
            .number(now),
        )
        .await
    }

    /// Those that the person has not sent yet, in the order they came.
    pub async fn waiting_attachments(
        &self,
        session: &SessionId,
        user: &UserId,
    ) -> Result<Vec<Attachment>, StoreError> {
        let rows = query(
            "select id, name, mime, size from attachments
             where session_id = $1 and user_id = $2 and sent_at is null order by created_at, id",
        )
        .text(session.as_str())
        .text(user.as_str())
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(attachment).collect()
    }

    /// What is known of it, and what is in it.
    pub async fn attachment(
        &self,
        session: &SessionId,
        id: &AttachmentId,
    ) -> Result<Option<(Attachment, Vec<u8>)>, StoreError> {
        let row =
            query("select id, name, mime, size, content from attachments where session_id = $1 and id = $2")
                .text(session.as_str())
                .text(id.as_str())
                .fetch_optional(&self.readers)
                .await?;
        row.map(|row| Ok((attachment(&row)?, Columns::of(&row, "attachments", "id").bytes("content")?)))
            .transpose()
    }

    /// Bytes of all files of the session.
    pub async fn attached_bytes(&self, session: &SessionId) -> Result<u64, StoreError> {
        let rows = query("select id, size from attachments where session_id = $1")
            .text(session.as_str())
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| Columns::of(row, "attachments", "id").count("size")).sum()
    }

    /// They belong to a message now.
    pub async fn mark_attachments_sent(
        &self,
        session: &SessionId,
        user: &UserId,
        ids: &[AttachmentId],
        now: i64,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for id in ids {
            query(
                "update attachments set sent_at = $4
                 where session_id = $1 and user_id = $2 and id = $3 and sent_at is null",
            )
            .text(session.as_str())
            .text(user.as_str())
            .text(id.as_str())
            .number(now)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// One that was sent stays.
    pub async fn remove_attachment(
        &self,
        session: &SessionId,
        user: &UserId,
        id: &AttachmentId,
    ) -> Result<(), StoreError> {
        self.put(query(
            "delete from attachments where session_id = $1 and user_id = $2 and id = $3 and sent_at is null",
        )
        .text(session.as_str())
        .text(user.as_str())
        .text(id.as_str())).await
    }
}

fn attachment(row: &AnyRow) -> Result<Attachment, StoreError> {
    let columns = Columns::of(row, "attachments", "id");
    Ok(Attachment {
        id: AttachmentId::new(columns.text("id")?),
        name: columns.text("name")?,
        mime: columns.text("mime")?,
        bytes: columns.count("size")?,
    })
}
