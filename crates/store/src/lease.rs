//! The lease: at most one supervisor writes a session. Each taking begins a new generation, which fences off the last.

use futures::TryStreamExt;
use slipway_protocol::{Phase, SessionId};

use crate::{
    Store, StoreError, StoredSession,
    columns::{Bind, Columns, query},
    sessions::{session_columns, session_id, stored_session},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub generation: u64,
    pub session: StoredSession,
}

impl Store {
    /// Takes the lease where it is free, has expired, or is already of this owner. None: another holds it, or there is
    /// no such session.
    pub async fn take_lease(
        &self,
        id: &SessionId,
        owner: &str,
        now: i64,
        until: i64,
    ) -> Result<Option<Lease>, StoreError> {
        let mut tx = self.write().await?;
        let row = query(concat!(
            "update sessions
             set generation = generation + 1, generation_rev = rev, lease_owner = $2, lease_until = $3
             where id = $1 and (
                 lease_owner is null or lease_owner = $2
                 or (lease_until <= $4 and not exists (
                     select 1 from lease_owners o where o.owner = sessions.lease_owner and o.alive_until > $4)))
             returning ",
            session_columns!()
        ))
        .text(id.as_str())
        .text(owner)
        .number(until)
        .number(now)
        .fetch_optional(&mut *tx)
        .await?;
        tx.commit().await?;
        let session = row.as_ref().map(stored_session).transpose()?;
        Ok(session.map(|session| Lease { generation: session.generation, session }))
    }

    /// Every lease of this owner holds until then. One row: updating those of all its sessions would wait for each of
    /// their commits, and two such updates can wait for each other.
    pub async fn renew_leases(&self, owner: &str, until: i64) -> Result<(), StoreError> {
        self.put(
            query(
                "insert into lease_owners (owner, alive_until) values ($1, $2)
             on conflict (owner) do update set alive_until = excluded.alive_until",
            )
            .text(owner)
            .number(until),
        )
        .await
    }

    /// Does nothing where another generation has begun.
    pub async fn release_lease(&self, id: &SessionId, generation: u64) -> Result<(), StoreError> {
        self.put(
            query(
                "update sessions set lease_owner = null, lease_until = 0 where id = $1 and generation = $2",
            )
            .text(id.as_str())
            .count(generation),
        )
        .await
    }

    /// What an owner that comes back has to take up again: turns that were under way, and keepers left behind, where the
    /// lease is its own or nobody's. So an owner must have the same name after a restart.
    pub async fn sessions_to_resume(&self, owner: &str) -> Result<Vec<SessionId>, StoreError> {
        let mut ids = Vec::new();
        // One row after the other: there may be ten thousand, and nearly all of them rest.
        let mut rows = query(
            "select id, phase, case when keeper_boot is null then 0 else 1 end as kept from sessions
             where lease_owner is null or lease_owner = $1",
        )
        .text(owner)
        .fetch(&self.readers);
        while let Some(row) = rows.try_next().await? {
            let columns = Columns::of(&row, "sessions", "id");
            if columns.flag("kept")? || columns.slug("phase", Phase::from_slug)?.is_busy() {
                ids.push(session_id(&row)?);
            }
        }
        Ok(ids)
    }
}
