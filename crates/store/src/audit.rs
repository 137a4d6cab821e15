//! Who did what, and from where. Kept when what it was done to is gone, and forgotten after a time.

use std::net::IpAddr;

use slipway_protocol::{AuditEntry, Deed, Person, UserId};
use sqlx::any::AnyRow;

use crate::{
    Store, StoreError,
    columns::{Bind, Columns, Query, query},
};

/// The people that one can choose from.
const MOST_PEOPLE: u64 = 500;

/// What is written down.
#[derive(Clone, Copy, Debug)]
pub struct Remembered<'a> {
    /// None for what the server did by itself, and for who was not let in.
    pub who: Option<&'a UserId>,
    pub from: Option<IpAddr>,
    pub deed: Deed,
    pub subject: &'a str,
}

impl Store {
    pub async fn audit(&self, entry: Remembered<'_>, now: i64) -> Result<(), StoreError> {
        self.put(insertion(entry, now)).await
    }

    /// The newest come first; those of one person, or all; those before a place, or from the end.
    pub async fn audited(
        &self,
        of: Option<&UserId>,
        before: Option<i64>,
        limit: u64,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let rows = query(
            "select a.seq, a.who, a.what, a.subject, a.at, a.address, coalesce(u.name, a.who) as name
             from audit a left join users u on u.id = a.who
             where ($1 = '' or a.who = $1) and a.seq < $2 order by a.seq desc limit $3",
        )
        .text(of.map_or("", UserId::as_str))
        .number(before.unwrap_or(i64::MAX))
        .count(limit)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(entry).collect()
    }

    /// By name.
    pub async fn audited_people(&self) -> Result<Vec<Person>, StoreError> {
        let rows = query(
            "select id, name from users where exists (select 1 from audit where who = users.id)
             order by name, id limit $1",
        )
        .count(MOST_PEOPLE)
        .fetch_all(&self.readers)
        .await?;
        let person = |row: &AnyRow| {
            let columns = Columns::of(row, "users", "id");
            Ok(Person { id: UserId::new(columns.text("id")?), name: columns.text("name")? })
        };
        rows.iter().map(person).collect()
    }

    pub async fn forget_audit_before(&self, moment: i64) -> Result<(), StoreError> {
        self.put(query("delete from audit where at < $1").number(moment)).await
    }
}

pub(crate) fn insertion(entry: Remembered<'_>, now: i64) -> Query {
    query("insert into audit (who, what, subject, at, address) values ($1, $2, $3, $4, $5)")
        .text_or_null(entry.who.map(UserId::as_str))
        .text(entry.deed.slug())
        .text(entry.subject)
        .number(now)
        .text_or_null(entry.from.map(|address| address.to_string()).as_deref())
}

fn entry(row: &AnyRow) -> Result<AuditEntry, StoreError> {
    let columns = Columns::of(row, "audit", "seq");
    let who = columns.text_or_null("who")?.zip(columns.text_or_null("name")?);
    Ok(AuditEntry {
        seq: columns.number("seq")?,
        at: columns.number("at")?,
        who: who.map(|(id, name)| Person { id: UserId::new(id), name }),
        from: columns.text_or_null("address")?,
        deed: columns.slug("what", Deed::from_slug)?,
        subject: columns.text("subject")?,
    })
}
