//! The rows of a session in the supervisor's hands: each touch counts the revision, is noted for the next commit, and
//! becomes a change for the followers.
//!
//! Invariant: revisions are counted here and nowhere else, by one each.
//! Invariant: a commit carries all text that came with the keeper's events up to the number it stores.

mod conversation;
mod parts;
mod queue;
mod requests;
mod secrets;

use std::collections::{HashMap, HashSet};

use slipway_agent::Delivery;
use slipway_protocol::{
    Change, ChangeBody, CommandId, CommandOutcome, Message, Part, Prompt, Request, Role, SessionHead, Usage,
};
use slipway_store::{Batch, Checkpoint, StoredSession, WorkingSet};

use crate::{
    scrub::{Scrubber, Secrets},
    spending::day_of,
};

pub(super) struct Transcript {
    pub(super) head: SessionHead,
    rev: u64,
    last_ord: i64,
    queue: Vec<Prompt>,
    /// The prompt of the running turn, and the ids it has at the agent.
    pub(super) sent: Option<(Prompt, Delivery)>,
    /// The prompt of the last turn, if that failed: what "Retry" sends again.
    pub(super) failed: Option<Prompt>,
    /// The files before the running turn.
    turn: Option<Checkpoint>,
    /// A turn that ended and whose files were not looked at yet.
    pub(super) ended_turn: Option<Checkpoint>,
    requests: HashMap<String, Request>,
    /// The agent's answer of the running turn, once it began.
    answer: Option<Message>,
    /// Parts of the running and the last turn, by the agent's own keys.
    parts: HashMap<String, Part>,
    /// Parts that came before the part they belong below: their keys, and that one's.
    parentless: Vec<(String, String)>,
    parts_in_answer: i64,
    secrets: Secrets,
    /// Of the parts whose text grows, by the agent's own keys.
    scrubbers: HashMap<String, Scrubber>,
    dirty: HashSet<String>,
    dirty_bytes: usize,
    keeper: Option<(String, u64)>,
    batch: Batch,
    changes: Vec<Change>,
}

impl Transcript {
    pub(super) fn restore(session: StoredSession, set: WorkingSet, secrets: Secrets) -> Self {
        let sent = set
            .sent
            .into_iter()
            .last()
            .map(|sent| (sent.prompt, Delivery { message: sent.agent_message, part: sent.agent_part }));
        let of_running =
            |checkpoint: &Checkpoint| sent.as_ref().is_some_and(|(prompt, _)| prompt.id == checkpoint.prompt);
        let (turn, ended_turn) = match set.unfinished {
            Some(checkpoint) if of_running(&checkpoint) => (Some(checkpoint), None),
            ended => (None, ended),
        };
        let answer = set.open_messages.into_iter().rfind(|message| message.role == Role::Agent);
        let parts: HashMap<_, _> = set.parts.into_iter().map(|(part, key)| (key, part)).collect();
        Self {
            head: session.head,
            rev: session.rev,
            last_ord: set.last_message_ord,
            queue: set.queue,
            sent,
            failed: set.failed,
            turn,
            ended_turn,
            requests: set.open_requests.into_iter().map(|(request, key)| (key, request)).collect(),
            answer,
            parts_in_answer: parts.values().map(|part| part.ord).max().unwrap_or(0),
            parts,
            parentless: Vec::new(),
            secrets,
            scrubbers: HashMap::new(),
            dirty: HashSet::new(),
            dirty_bytes: 0,
            keeper: session.keeper,
            batch: Batch::default(),
            changes: Vec::new(),
        }
    }

    pub(super) fn rev(&self) -> u64 {
        self.rev
    }

    pub(super) fn keeper(&self) -> Option<&(String, u64)> {
        self.keeper.as_ref()
    }

    pub(super) fn has_changes(&self) -> bool {
        !self.changes.is_empty()
            || !self.batch.outcomes.is_empty()
            || !self.batch.checkpoints.is_empty()
            || self.batch.keeper.is_some()
    }

    pub(super) fn dirty_bytes(&self) -> usize {
        self.dirty_bytes
    }

    fn note(&mut self, body: ChangeBody) -> u64 {
        self.rev += 1;
        self.changes.push(Change { rev: self.rev, body });
        self.rev
    }

    /// Changes the session's own row; nothing is noted where nothing differs.
    pub(super) fn edit_head(&mut self, edit: impl FnOnce(&mut SessionHead)) {
        let mut head = self.head.clone();
        edit(&mut head);
        if head != self.head {
            self.head = head.clone();
            let rev = self.note(ChangeBody::Head(Box::new(head.clone())));
            self.batch.head = Some((rev, head));
        }
    }

    /// It counts as used today.
    pub(super) fn count_usage(&mut self, context_used: u64, tokens: u64, cost_micros: u64, now: i64) {
        self.edit_head(|head| {
            head.usage = Usage { context_used, tokens, cost_micros, ..head.usage };
        });
        self.batch.used_on = Some(day_of(now));
    }

    pub(super) fn finish_command(&mut self, id: CommandId, outcome: CommandOutcome) {
        self.batch.outcomes.push((id, outcome));
    }

    pub(super) fn set_agent_session(&mut self, id: String) {
        self.batch.agent_session = Some(id);
    }

    /// No follower sees it: it moves no revision.
    pub(super) fn put_checkpoint(&mut self, checkpoint: Checkpoint) {
        self.batch.checkpoints.retain(|held| held.prompt != checkpoint.prompt);
        self.batch.checkpoints.push(checkpoint);
    }

    /// The number of the last keeper event whose effects are here.
    pub(super) fn heard(&mut self, boot: &str, seq: u64) {
        self.keeper = Some((boot.to_owned(), seq));
    }

    pub(super) fn forget_keeper(&mut self) {
        self.keeper = None;
        self.batch.keeper = Some(None);
    }

    /// What is to be stored now, and the changes to broadcast once it is.
    pub(super) fn take(&mut self) -> (Batch, Vec<Change>) {
        let mut batch = std::mem::take(&mut self.batch);
        batch.rev = self.rev;
        for key in self.dirty.drain() {
            if let Some(part) = self.parts.get(&key) {
                batch.texts.push((part.id.clone(), part.text.clone()));
            }
        }
        self.dirty_bytes = 0;
        if batch.keeper.is_none() {
            batch.keeper = self.keeper.clone().map(Some);
        }
        (batch, std::mem::take(&mut self.changes))
    }
}
