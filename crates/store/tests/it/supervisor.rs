//! Who writes a session in these stories: counts revisions as the real one does, and tells the live lane of them.

use slipway_protocol::{
    Change, ChangeBody, Message, Part, Prompt, Request, SessionHead, SessionId, SessionView,
};
use slipway_store::{Batch, Store, StoreError};

pub(crate) struct Supervisor {
    store: Store,
    pub(crate) id: SessionId,
    pub(crate) generation: u64,
    pub(crate) batch: Batch,
    pub(crate) changes: Vec<Change>,
}

impl Supervisor {
    pub(crate) async fn start(store: &Store, id: &SessionId) -> Self {
        let lease = store.take_lease(id, "here", 0, 1_000).await.expect("answers").expect("the lease");
        let batch = Batch { rev: lease.session.rev, ..Batch::default() };
        Self {
            store: store.clone(),
            id: id.clone(),
            generation: lease.generation,
            batch,
            changes: Vec::new(),
        }
    }

    fn note(&mut self, body: ChangeBody) -> u64 {
        self.batch.rev += 1;
        self.changes.push(Change { rev: self.batch.rev, body });
        self.batch.rev
    }

    pub(crate) fn head(&mut self, head: SessionHead) {
        let rev = self.note(ChangeBody::Head(Box::new(head.clone())));
        self.batch.head = Some((rev, head));
    }

    pub(crate) fn message(&mut self, message: Message) {
        let rev = self.note(ChangeBody::Message(message.clone()));
        self.batch.messages.push((rev, message));
    }

    pub(crate) fn part(&mut self, part: Part) {
        let rev = self.note(ChangeBody::Part(part.clone()));
        let key = format!("key of {}", part.id);
        self.batch.parts.push((rev, part, key));
    }

    pub(crate) fn drop_part(&mut self, part: &Part) {
        let body = ChangeBody::PartDropped { message: part.message.clone(), part: part.id.clone() };
        let rev = self.note(body);
        self.batch.dropped_parts.push((rev, part.id.clone()));
    }

    pub(crate) fn flush(&mut self, part: &Part) {
        self.batch.texts.push((part.id.clone(), part.text.clone()));
    }

    pub(crate) fn prompt(&mut self, prompt: Prompt) {
        let rev = self.note(ChangeBody::Prompt(prompt.clone()));
        self.batch.prompts.push((rev, prompt, None));
    }

    pub(crate) fn request(&mut self, request: Request) {
        let rev = self.note(ChangeBody::Request(request.clone()));
        let key = format!("key of {}", request.id);
        self.batch.requests.push((rev, request, key));
    }

    /// Stores what was noted, and gives what the live lane would carry.
    pub(crate) async fn try_commit(&mut self) -> Result<Vec<Change>, StoreError> {
        let next = Batch { rev: self.batch.rev, ..Batch::default() };
        let batch = std::mem::replace(&mut self.batch, next);
        self.store.commit(&self.id, self.generation, &batch).await?;
        Ok(std::mem::take(&mut self.changes))
    }

    pub(crate) async fn commit(&mut self) -> Vec<Change> {
        self.try_commit().await.expect("commits")
    }

    /// Everything, as somebody sees it who comes now.
    pub(crate) async fn view(&self) -> SessionView {
        self.store.view(&self.id, usize::MAX).await.expect("answers").expect("a view")
    }
}
