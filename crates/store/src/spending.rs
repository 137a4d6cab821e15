//! What each person's agents have used of models, day by day.
//!
//! Invariant: it grows in the transaction that stores a session's usage, by what that usage has grown.

use serde::Deserialize;
use slipway_protocol::{SessionId, Spent, Usage, UserId};
use sqlx::AnyConnection;

use crate::{
    Store, StoreError,
    columns::{Bind, Columns, query},
};

/// Of a session's details, what was used up to now.
#[derive(Deserialize)]
struct Before {
    usage: Counted,
}

#[derive(Deserialize)]
struct Counted {
    /// None: it was stored when tokens were not counted yet.
    tokens: Option<u64>,
    cost_micros: u64,
}

impl Store {
    /// On a day, counted from 1970.
    pub async fn spent(&self, user: &UserId, day: i64) -> Result<Spent, StoreError> {
        let row = query("select user_id, tokens, cost_micros from spending where user_id = $1 and day = $2")
            .text(user.as_str())
            .number(day)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(Spent::default()) };
        let columns = Columns::of(&row, "spending", "user_id");
        Ok(Spent { tokens: columns.count("tokens")?, cost_micros: columns.count("cost_micros")? })
    }
}

/// Comes before the usage itself is written: what it has grown by is the session's owner's. Written once more, it has not grown.
pub(crate) async fn count_usage(
    tx: &mut AnyConnection,
    session: &SessionId,
    usage: &Usage,
    day: i64,
) -> Result<(), StoreError> {
    let row = query("select id, details from sessions where id = $1")
        .text(session.as_str())
        .fetch_one(&mut *tx)
        .await?;
    let Before { usage: before } = Columns::of(&row, "sessions", "id").json("details")?;
    let tokens = before.tokens.map_or(0, |before| usage.tokens.saturating_sub(before));
    let cost = usage.cost_micros.saturating_sub(before.cost_micros);
    if tokens == 0 && cost == 0 {
        return Ok(());
    }
    query(
        "insert into spending (user_id, day, tokens, cost_micros) select owner_id, $2, $3, $4 from sessions where id = $1
         on conflict (user_id, day) do update set tokens = spending.tokens + excluded.tokens,
                                                  cost_micros = spending.cost_micros + excluded.cost_micros",
    )
    .text(session.as_str())
    .number(day)
    .count(tokens)
    .count(cost)
    .execute(tx)
    .await?;
    Ok(())
}
