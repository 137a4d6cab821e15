//! The use cases around reading: a conversation at its end or around a message, pages of it, search over all of them.

use std::collections::HashMap;

use slipway_protocol::{
    ErrorKind, Found, MessageId, MessagePage, MessageView, PAGE_OF_MESSAGES, PartId, Person, SessionId,
    SessionView,
};

use slipway_store::Member;

use crate::{Engine, Error, session::OpenText};

/// Messages of one "Load earlier" or "Load later".
const PAGE: usize = 50;

/// Messages before and after the one that somebody comes for.
const AROUND: [usize; 2] = [10, 15];

/// Messages found at a time.
const FOUND_AT_ONCE: usize = 20;

impl Engine {
    /// Another's session looks like one that never was, and so does one whose repository the person may not read any more.
    pub async fn may_read(&self, who: &Person, id: &SessionId) -> Result<(), Error> {
        self.member(who, id).await.map(|_| ())
    }

    /// The only door to a session: what the person is to it, where they are something and may still read its repository.
    pub(crate) async fn member(&self, who: &Person, id: &SessionId) -> Result<Member, Error> {
        let member = self.store.member(id, &who.id).await?.ok_or_else(Error::no_such_session)?;
        let may = self.access.check(who, &member.repository).await?;
        may.then_some(member).ok_or_else(Error::no_such_session)
    }

    /// The messages around `at`, or the last ones, whole, with the text of the parts that are being written.
    pub async fn session(
        &self,
        who: &Person,
        id: &SessionId,
        at: Option<&MessageId>,
    ) -> Result<SessionView, Error> {
        self.may_read(who, id).await?;
        let open = self.registry.join(id).await?.open;
        let view = match at {
            Some(message) => self.store.view_around(id, message, AROUND, PAGE_OF_MESSAGES).await?,
            None => self.store.view(id, PAGE_OF_MESSAGES).await?,
        };
        let mut view = view.ok_or_else(Error::no_such_session)?;
        complete(&mut view.messages, open);
        Ok(view)
    }

    /// The messages before the one at `before`.
    pub async fn older(&self, who: &Person, id: &SessionId, before: i64) -> Result<MessagePage, Error> {
        self.may_read(who, id).await?;
        let open = self.registry.join(id).await?.open;
        let mut page = self.store.older(id, before, PAGE).await?;
        complete(&mut page.messages, open);
        Ok(page)
    }

    /// The messages after the one at `after`.
    pub async fn newer(&self, who: &Person, id: &SessionId, after: i64) -> Result<MessagePage, Error> {
        self.may_read(who, id).await?;
        let open = self.registry.join(id).await?.open;
        let mut page = self.store.newer(id, after, PAGE).await?;
        complete(&mut page.messages, open);
        Ok(page)
    }

    /// The whole of a text that travelled shortened.
    pub async fn part_text(&self, who: &Person, id: &SessionId, part: &PartId) -> Result<String, Error> {
        self.may_read(who, id).await?;
        let text = self.store.part_text(id, part).await?;
        text.ok_or_else(|| Error::new(ErrorKind::NotFound, "This output is not kept any more."))
    }

    /// What was said in any of the person's sessions that they may read now. `before` is the `next` of the page before.
    pub async fn search(&self, who: &Person, query: &str, before: Option<i64>) -> Result<Found, Error> {
        let mut found = self.store.search(&who.id, query, FOUND_AT_ONCE, before).await?;
        let mut open = HashMap::new();
        for hit in &found.hits {
            if !open.contains_key(&hit.session) {
                // A sentence of a repository is shown to those who may read it now, and to nobody on trust.
                open.insert(hit.session.clone(), self.may_read(who, &hit.session).await.is_ok());
            }
        }
        found.hits.retain(|hit| open[&hit.session]);
        Ok(found)
    }

    /// The person has looked at the session up to this revision.
    pub async fn mark_seen(&self, who: &Person, id: &SessionId, revision: u64) -> Result<(), Error> {
        self.may_read(who, id).await?;
        self.store.mark_seen(id, &who.id, revision).await?;
        self.list.publish(id);
        Ok(())
    }
}

/// Adds what has streamed since the rows were written.
fn complete(messages: &mut [MessageView], open: Vec<OpenText>) {
    for part in messages.iter_mut().flat_map(|view| &mut view.parts).filter(|part| part.open) {
        if let Some(held) = open.iter().find(|held| held.part == part.id && held.text.len() > part.text.len())
        {
            part.text.clone_from(&held.text);
        }
    }
}
