//! The audit: who did what, and from where, for an owner's eyes. What was said or written never stands in it.

use std::{net::IpAddr, time::Duration};

use slipway_protocol::{AuditPage, Deed, ErrorKind, Person, UserId};
use slipway_store::Remembered;

use crate::{Engine, Error, clock};

const PAGE: u64 = 50;

impl Engine {
    /// The same engine, asked from this address: what is done through it is remembered with it.
    #[must_use]
    pub fn asked_from(&self, address: IpAddr) -> Self {
        let mut engine = self.clone();
        engine.asked_from = Some(address);
        engine
    }

    /// `who` is none for somebody who was not let in.
    pub async fn remember(&self, who: Option<&UserId>, deed: Deed, subject: &str) -> Result<(), Error> {
        Ok(self.store.audit(self.entry(who, deed, subject), clock::now()).await?)
    }

    pub(crate) fn entry<'a>(&self, who: Option<&'a UserId>, deed: Deed, subject: &'a str) -> Remembered<'a> {
        Remembered { who, from: self.asked_from, deed, subject }
    }

    /// For owners; to everybody else there is no such thing. `before` is the `next` of the page before.
    pub async fn audit(
        &self,
        who: &Person,
        of: Option<&UserId>,
        before: Option<i64>,
    ) -> Result<AuditPage, Error> {
        if !self.is_owner(who).await? {
            return Err(Error::new(ErrorKind::NotFound, "There is nothing at this address."));
        }
        let mut entries = self.store.audited(of, before, PAGE + 1).await?;
        let more = entries.len() as u64 > PAGE;
        entries.truncate(PAGE as usize);
        let next = entries.last().filter(|_| more).map(|last| last.seq);
        Ok(AuditPage { entries, next, people: self.store.audited_people().await? })
    }

    /// What is older is of no use to anybody any more.
    pub async fn forget_audit(&self, older_than: Duration) -> Result<(), Error> {
        let moment = clock::now() - i64::try_from(older_than.as_millis()).unwrap_or(i64::MAX);
        Ok(self.store.forget_audit_before(moment).await?)
    }
}
