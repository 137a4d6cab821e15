//! People, and what they may do with a session.

use slipway_protocol::{Person, RepositoryId, SessionId, UserId};
use sqlx::any::AnyRow;

use crate::{
    Store, StoreError,
    columns::{Bind, Columns, query},
};

/// What a person is to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberRole {
    /// Made it; may do everything.
    Owner,
}

/// A person's part in a session, and the repository that they must be able to read for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub role: MemberRole,
    pub repository: RepositoryId,
}

impl MemberRole {
    /// The value of the column.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Owner => "owner",
        }
    }

    fn from_slug(slug: &str) -> Option<Self> {
        (slug == Self::Owner.slug()).then_some(Self::Owner)
    }
}

impl Store {
    /// Makes the person known, or gives a known one this name.
    pub async fn ensure_user(&self, id: &UserId, name: &str, now: i64) -> Result<Person, StoreError> {
        let mut tx = self.write().await?;
        let row = query(
            "insert into users (id, name, created_at) values ($1, $2, $3)
             on conflict (id) do update set name = excluded.name
             returning id, name",
        )
        .text(id.as_str())
        .text(name)
        .number(now)
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        person(&row)
    }

    pub async fn user(&self, id: &UserId) -> Result<Option<Person>, StoreError> {
        let row = query("select id, name from users where id = $1")
            .text(id.as_str())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(person).transpose()
    }

    /// None: a stranger, or the session is deleted or was never there.
    pub async fn member(&self, session: &SessionId, user: &UserId) -> Result<Option<Member>, StoreError> {
        let row = query(
            "select m.session_id, m.role, s.repository
             from session_members m join sessions s on s.id = m.session_id
             where m.session_id = $1 and m.user_id = $2 and s.deleted = 0",
        )
        .text(session.as_str())
        .text(user.as_str())
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| {
            let columns = Columns::of(&row, "session_members", "session_id");
            let repository = RepositoryId::new(columns.text("repository")?);
            Ok(Member { role: columns.slug("role", MemberRole::from_slug)?, repository })
        })
        .transpose()
    }

    /// Only what the person is to the session, as [`Self::member`] has it.
    pub async fn role(&self, session: &SessionId, user: &UserId) -> Result<Option<MemberRole>, StoreError> {
        Ok(self.member(session, user).await?.map(|member| member.role))
    }

    pub async fn members(&self, session: &SessionId) -> Result<Vec<UserId>, StoreError> {
        let rows = query("select user_id from session_members where session_id = $1 order by since, user_id")
            .text(session.as_str())
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| Columns::of(row, "session_members", "user_id").text("user_id").map(UserId::new))
            .collect()
    }
}

fn person(row: &AnyRow) -> Result<Person, StoreError> {
    let columns = Columns::of(row, "users", "id");
    Ok(Person { id: UserId::new(columns.text("id")?), name: columns.text("name")? })
}
