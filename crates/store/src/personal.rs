//! What a person has for themselves: how far they looked at a session, what they have not sent, what they prefer. No part of
//! any revision.

use slipway_protocol::{Preferences, SessionId, UserId};

use crate::{
    Store, StoreError,
    columns::{Bind, Columns, query},
};

/// In milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

impl Store {
    /// Never goes back. A session that is gone has nothing to see.
    pub async fn mark_seen(&self, session: &SessionId, user: &UserId, rev: u64) -> Result<(), StoreError> {
        self.put(query(
            "insert into seen (session_id, user_id, rev) select id, $2, $3 from sessions where id = $1
             on conflict (session_id, user_id) do update set rev = excluded.rev where seen.rev < excluded.rev",
        )
        .text(session.as_str())
        .text(user.as_str())
        .count(rev)).await
    }

    /// What the person typed and has not sent.
    pub async fn draft(&self, session: &SessionId, user: &UserId) -> Result<Option<String>, StoreError> {
        let row = query("select session_id, text from drafts where session_id = $1 and user_id = $2")
            .text(session.as_str())
            .text(user.as_str())
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| Columns::of(&row, "drafts", "session_id").text("text")).transpose()
    }

    /// An empty text is no draft.
    pub async fn set_draft(&self, session: &SessionId, user: &UserId, text: &str) -> Result<(), StoreError> {
        let statement = if text.is_empty() {
            query("delete from drafts where session_id = $1 and user_id = $2")
                .text(session.as_str())
                .text(user.as_str())
        } else {
            query(
                "insert into drafts (session_id, user_id, text) select id, $2, $3 from sessions where id = $1
                 on conflict (session_id, user_id) do update set text = excluded.text",
            )
            .text(session.as_str())
            .text(user.as_str())
            .text(text)
        };
        self.put(statement).await
    }

    /// The usual ones where the person never chose.
    pub async fn preferences(&self, user: &UserId) -> Result<Preferences, StoreError> {
        let row = query("select user_id, choices from preferences where user_id = $1")
            .text(user.as_str())
            .fetch_optional(&self.readers)
            .await?;
        let read = |row| Columns::of(&row, "preferences", "user_id").json("choices");
        Ok(row.map(read).transpose()?.unwrap_or_default())
    }

    pub async fn set_preferences(
        &self,
        user: &UserId,
        preferences: &Preferences,
        now: i64,
    ) -> Result<(), StoreError> {
        self.put(query(
            "insert into preferences (user_id, choices, archive_after, updated_at) values ($1, $2, $3, $4)
             on conflict (user_id) do update set choices = excluded.choices, archive_after = excluded.archive_after,
                                                 updated_at = excluded.updated_at",
        )
        .text(user.as_str())
        .json(preferences)
        .number_or_null(preferences.archive_after_days.map(|days| i64::from(days) * DAY))
        .number(now)).await
    }
}
