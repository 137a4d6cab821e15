//! What a person has of a session's changes for themselves: what they viewed, what they say about lines. No part of its
//! revision. Beside it the turns that one can look at alone.

use slipway_protocol::{MessageId, ReviewComment, ReviewTurn, SessionId, Side, UserId};
use sqlx::any::AnyRow;

use crate::{
    Store, StoreError,
    columns::{Bind, Columns, query},
};

/// Turns that are offered.
const MOST_TURNS: u64 = 100;

impl Store {
    /// Each viewed path with the digest of what was viewed.
    pub async fn viewed_files(
        &self,
        session: &SessionId,
        user: &UserId,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let rows = query("select path, digest from viewed_files where session_id = $1 and user_id = $2")
            .text(session.as_str())
            .text(user.as_str())
            .fetch_all(&self.readers)
            .await?;
        let viewed = |row: &AnyRow| {
            let columns = Columns::of(row, "viewed_files", "path");
            Ok((columns.text("path")?, columns.text("digest")?))
        };
        rows.iter().map(viewed).collect()
    }

    /// None: it is not viewed any more. A session that is gone has nothing to view.
    pub async fn set_viewed(
        &self,
        session: &SessionId,
        user: &UserId,
        path: &str,
        digest: Option<&str>,
    ) -> Result<(), StoreError> {
        let statement = match digest {
            None => query("delete from viewed_files where session_id = $1 and user_id = $2 and path = $3"),
            Some(_) => query(
                "insert into viewed_files (session_id, user_id, path, digest)
                 select id, $2, $3, $4 from sessions where id = $1
                 on conflict (session_id, user_id, path) do update set digest = excluded.digest",
            ),
        };
        let statement = statement.text(session.as_str()).text(user.as_str()).text(path);
        let statement = match digest {
            Some(digest) => statement.text(digest),
            None => statement,
        };
        self.put(statement).await
    }

    /// The person's own, oldest first.
    pub async fn review_comments(
        &self,
        session: &SessionId,
        user: &UserId,
    ) -> Result<Vec<ReviewComment>, StoreError> {
        let rows = query(
            "select id, path, side, line, line_text, body, created_at, sent_at from review_comments
             where session_id = $1 and user_id = $2 order by created_at, id",
        )
        .text(session.as_str())
        .text(user.as_str())
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(comment).collect()
    }

    /// Replaces the one of the same id. One that the agent has got stays as it is.
    pub async fn put_review_comment(
        &self,
        session: &SessionId,
        user: &UserId,
        comment: &ReviewComment,
    ) -> Result<(), StoreError> {
        self.put(query(
            "insert into review_comments (session_id, user_id, id, path, side, line, line_text, body, created_at)
             select id, $2, $3, $4, $5, $6, $7, $8, $9 from sessions where id = $1
             on conflict (session_id, user_id, id) do update set body = excluded.body
             where review_comments.sent_at is null",
        )
        .text(session.as_str())
        .text(user.as_str())
        .text(&comment.id)
        .text(&comment.path)
        .text(comment.side.slug())
        .number(i64::from(comment.line))
        .text(&comment.line_text)
        .text(&comment.body)
        .number(comment.created_at)).await
    }

    pub async fn remove_review_comments(
        &self,
        session: &SessionId,
        user: &UserId,
        ids: &[String],
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for id in ids {
            query("delete from review_comments where session_id = $1 and user_id = $2 and id = $3")
                .text(session.as_str())
                .text(user.as_str())
                .text(id)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The agent has got them.
    pub async fn mark_comments_sent(
        &self,
        session: &SessionId,
        user: &UserId,
        ids: &[String],
        now: i64,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for id in ids {
            query(
                "update review_comments set sent_at = $4
                 where session_id = $1 and user_id = $2 and id = $3 and sent_at is null",
            )
            .text(session.as_str())
            .text(user.as_str())
            .text(id)
            .number(now)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The turns that changed files and were not undone, newest first.
    pub async fn review_turns(&self, session: &SessionId) -> Result<Vec<ReviewTurn>, StoreError> {
        let rows = query(
            "select m.id, m.created_at, m.changes, p.text
             from checkpoints c
             join messages m on m.session_id = c.session_id and m.id = c.message_id
             join prompts p on p.session_id = c.session_id and p.id = c.prompt_id
             where c.session_id = $1 and m.changes is not null order by m.ord desc limit $2",
        )
        .text(session.as_str())
        .count(MOST_TURNS)
        .fetch_all(&self.readers)
        .await?;
        let turns: Result<Vec<ReviewTurn>, StoreError> = rows.iter().map(turn).collect();
        Ok(turns?.into_iter().filter(|turn| !turn.changes.undone).collect())
    }
}

/// Letters of a prompt that tell it from others.
const BEGINNING: usize = 80;

fn turn(row: &AnyRow) -> Result<ReviewTurn, StoreError> {
    let columns = Columns::of(row, "messages", "id");
    let text = columns.text("text")?;
    Ok(ReviewTurn {
        answer: MessageId::new(columns.text("id")?),
        asked: text.lines().next().unwrap_or_default().chars().take(BEGINNING).collect(),
        at: columns.number("created_at")?,
        changes: columns.json("changes")?,
    })
}

fn comment(row: &AnyRow) -> Result<ReviewComment, StoreError> {
    let columns = Columns::of(row, "review_comments", "id");
    Ok(ReviewComment {
        id: columns.text("id")?,
        path: columns.text("path")?,
        side: columns.slug("side", Side::from_slug)?,
        line: columns.number("line")?.try_into().map_err(|_| columns.inconsistent("line"))?,
        line_text: columns.text("line_text")?,
        body: columns.text("body")?,
        created_at: columns.number("created_at")?,
        sent_at: columns.number_or_null("sent_at")?,
    })
}
