//! The loop: one task that owns an awake session.
//!
//! `select!` is biased: the agent's events, then messages, then what ran beside, then time. Whatever an iteration changed
//! is committed before the next one begins; streamed text alone may wait a second.

use std::time::Duration;

use slipway_agent::{Conversation, Numbered};
use slipway_protocol::{CommandId, Notice, Phase, Prompt, PromptState, SessionId, UserId};
use slipway_store::{Batch, Store, StoreError};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tracing::Instrument;

use super::{
    hub::{Hub, Joined, Live},
    message::{Done, Message, OnExit},
    registry::{NODE, Ticket, lease_until},
    state::{Effect, Input, State},
    transcript::Transcript,
    work::Workplace,
};
use crate::{Error, clock};

/// Growing text is stored at least this often, in milliseconds ...
const FLUSH_MS: i64 = 1_000;
/// ... or whenever so much has come, in bytes.
const FLUSH_BYTES: usize = 16 * 1024;
/// Commits that are tried before the session is left to its keeper.
const COMMIT_ATTEMPTS: u32 = 5;

pub(super) struct Supervisor {
    pub(super) place: Workplace,
    pub(super) id: SessionId,
    pub(super) owner: UserId,
    pub(super) generation: u64,
    pub(super) agent_session: Option<String>,
    pub(super) hub: Hub,
    pub(super) state: State,
    pub(super) transcript: Transcript,
    pub(super) conversation: Option<Box<dyn Conversation>>,
    pub(super) permit: Option<OwnedSemaphorePermit>,
    /// What went wrong in the running turn, if anything.
    pub(super) turn_error: Option<String>,
    /// The prompt to send again on "Retry".
    pub(super) failed_prompt: Option<Prompt>,
    pub(super) done: mpsc::Sender<Done>,
    /// What runs beside the loop and must end before the supervisor may.
    pub(super) errands: usize,
    /// Commands that were begun and end later.
    pub(super) under_way: Vec<CommandId>,
    /// The command that deletes the session, as soon as nothing runs any more.
    pub(super) deletion: Option<CommandId>,
    /// When the running turn was sent.
    pub(super) turn_began: i64,
    /// Why this supervisor must end.
    pub(super) broken: Option<Broken>,
    flush_at: Option<i64>,
    /// The rows are gone; nothing is to be written any more.
    pub(super) purged: bool,
}

/// Why a supervisor cannot go on.
pub(super) enum Broken {
    /// Another one has taken the session over.
    Fenced,
    /// The store does not take what is to be stored; the keeper has it meanwhile.
    Store(StoreError),
}

/// Runs a session until nothing is left to do.
pub(super) async fn run(
    place: Workplace,
    id: SessionId,
    hub: Hub,
    messages: mpsc::Receiver<Message>,
    ticket: Ticket,
) {
    let span = tracing::info_span!("session", session.id = %id);
    let (done, results) = mpsc::channel(16);
    async {
        match Supervisor::wake(place, id, hub, done).await {
            Ok(Some(supervisor)) => supervisor.run(messages, results).await,
            Ok(None) => tracing::debug!("another supervisor holds the lease"),
            Err(error) => tracing::error!(%error, "the session could not be woken"),
        }
        drop(ticket);
    }
    .instrument(span)
    .await;
}

impl Supervisor {
    async fn wake(
        place: Workplace,
        id: SessionId,
        hub: Hub,
        done: mpsc::Sender<Done>,
    ) -> Result<Option<Self>, Error> {
        let Some(lease) = place.store.take_lease(&id, NODE, clock::now(), lease_until()).await? else {
            return Ok(None);
        };
        let Some(set) = place.store.working_set(&id).await? else { return Ok(None) };
        let mut supervisor = Self {
            owner: lease.session.owner.clone(),
            generation: lease.generation,
            agent_session: lease.session.agent_session.clone(),
            state: if lease.session.head.phase == Phase::Failed { State::Failed } else { State::Asleep },
            transcript: Transcript::restore(lease.session, set),
            place,
            id,
            hub,
            conversation: None,
            permit: None,
            turn_error: None,
            failed_prompt: None,
            done,
            errands: 0,
            under_way: Vec::new(),
            deletion: None,
            turn_began: clock::now(),
            broken: None,
            flush_at: None,
            purged: false,
        };
        supervisor.take_up().await;
        Ok(Some(supervisor))
    }

    async fn run(mut self, mut messages: mpsc::Receiver<Message>, mut results: mpsc::Receiver<Done>) {
        let mut shut_down = None;
        loop {
            self.settle().await;
            if self.broken.is_some() || self.purged {
                break;
            }
            if self.is_at_rest() && messages.is_empty() {
                if self.tend_to_rest().await {
                    continue;
                }
                break;
            }
            let slots = self.place.slots.clone();
            if self.is_idle() && slots.claim_eviction() {
                self.feed(Input::PutToSleep).await;
                continue;
            }
            let idle = self.is_idle();
            let deadline = self.next_deadline();
            tokio::select! {
                biased;
                event = next_event(&mut self.conversation) => self.hear(event).await,
                message = messages.recv() => match message {
                    Some(Message::Hint) => self.apply_commands().await,
                    Some(Message::Join(reply)) => { let _ = reply.send(self.joined()); }
                    Some(Message::ShutDown { on_exit, done }) => {
                        shut_down = Some(done);
                        self.shut_down(on_exit).await;
                        break;
                    }
                    None => break,
                },
                Some(result) = results.recv() => self.take_result(result).await,
                // Looks again whether it is to make room.
                () = slots.hunger(), if idle => {}
                () = sleep_until(deadline) => self.feed(Input::Tick).await,
            }
        }
        messages.close();
        self.end().await;
        drop(shut_down);
    }

    /// Nothing runs and nothing ran beside.
    fn is_at_rest(&self) -> bool {
        self.state.at_rest() && self.conversation.is_none() && self.errands == 0
    }

    /// What is left to do before the supervisor ends. False: nothing.
    async fn tend_to_rest(&mut self) -> bool {
        if self.deletion.is_some() {
            self.delete_now().await;
            return true;
        }
        match self.place.store.pending_commands(&self.id).await {
            Ok(pending) if !pending.is_empty() => {
                self.apply_commands().await;
                return true;
            }
            Ok(_) => self.show_phase(),
            Err(error) => self.broken = Some(Broken::Store(error)),
        }
        self.transcript.has_changes()
    }

    fn is_idle(&self) -> bool {
        matches!(self.state, State::Ready { .. })
    }

    fn joined(&self) -> Joined {
        Joined {
            session: self.id.clone(),
            revision: self.transcript.rev(),
            live: self.hub.subscribe(),
            open: self.transcript.open_texts(),
        }
    }

    fn next_deadline(&self) -> Option<i64> {
        let state = self.state.deadline(self.place.settings.idle_stop.as_millis() as i64);
        [state, self.flush_at].into_iter().flatten().min()
    }

    /// Feeds the state machine and does what follows, until nothing follows any more.
    pub(super) async fn feed(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let state = std::mem::replace(&mut self.state, State::Asleep);
            let idle_stop = self.place.settings.idle_stop.as_millis() as i64;
            let (next, effects) = state.on(input, clock::now(), idle_stop);
            self.state = next;
            for effect in effects {
                inputs.extend(self.act(effect).await);
            }
            // A queue that waits behind an agent that is gone wakes it again.
            if self.state == State::Asleep && !self.transcript.queue().is_empty() && !self.is_put_away() {
                inputs.push(Input::Work);
            }
        }
        self.show_phase();
    }

    async fn act(&mut self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::TakeSlot => self.take_slot(),
            Effect::Start => {
                self.start();
                None
            }
            Effect::SendNext => self.send_next().await,
            Effect::AskToStop => self.ask_to_stop().await,
            Effect::FinishTurn(end) => {
                self.finish_turn(end);
                None
            }
            Effect::Close => self.close(),
            Effect::Release => {
                self.conversation = None;
                self.permit = None;
                self.transcript.forget_keeper();
                None
            }
            Effect::Fail(sentence) => {
                self.fail(sentence);
                None
            }
        }
    }

    fn take_slot(&mut self) -> Option<Input> {
        if self.permit.is_none() {
            self.permit = self.place.slots.try_take();
        }
        if self.permit.is_some() {
            return Some(Input::Slot);
        }
        let (slots, done) = (self.place.slots.clone(), self.done.clone());
        tokio::spawn(async move {
            let _ = done.send(Done::Slot(slots.take().await)).await;
        });
        None
    }

    fn start(&mut self) {
        let (place, done) = (self.place.clone(), self.done.clone());
        let (head, owner, generation) = (self.transcript.head.clone(), self.owner.clone(), self.generation);
        self.errands += 1;
        tokio::spawn(async move {
            let _ = done.send(Done::Started(place.start(head, owner, generation).await)).await;
        });
    }

    /// Ends the agent beside the loop; without one it is ended already.
    fn close(&mut self) -> Option<Input> {
        self.transcript.expire_requests();
        let Some(conversation) = self.conversation.take() else { return Some(Input::Closed) };
        let done = self.done.clone();
        self.errands += 1;
        tokio::spawn(async move {
            if let Err(error) = conversation.close().await {
                tracing::warn!(%error, "the agent did not end as it should");
            }
            let _ = done.send(Done::Closed).await;
        });
        None
    }

    async fn take_result(&mut self, result: Done) {
        match result {
            Done::Slot(permit) => {
                self.permit = Some(permit);
                self.feed(Input::Slot).await;
                if self.state.at_rest() {
                    self.permit = None;
                }
            }
            Done::Started(result) => {
                self.errands -= 1;
                self.started(result).await;
            }
            Done::Changes(files) => {
                self.errands -= 1;
                self.transcript.edit_head(|head| head.changed_files = files);
            }
            Done::Delivered { command, result } => {
                self.errands -= 1;
                self.delivered(command, result);
            }
            Done::Closed => {
                self.errands -= 1;
                self.feed(Input::Closed).await;
            }
        }
    }

    async fn started(&mut self, result: Result<super::message::Started, Error>) {
        match result {
            Ok(started) if matches!(self.state, State::Starting { .. }) => {
                self.transcript.edit_head(|head| head.base_commit = started.base_commit);
                self.transcript.heard(started.conversation.boot(), 0);
                self.conversation = Some(started.conversation);
            }
            // It was put to sleep, or given up, while it was starting.
            Ok(started) => {
                self.conversation = Some(started.conversation);
                self.close();
            }
            Err(error) => {
                tracing::warn!(%error, "the session could not start");
                let retry = error.kind == slipway_protocol::ErrorKind::Busy;
                self.feed(Input::StartFailed { sentence: error.sentence, retry }).await;
            }
        }
    }

    /// Commits what the last iteration changed, and text that has waited long enough.
    async fn settle(&mut self) {
        let now = clock::now();
        let text_due =
            self.flush_at.is_some_and(|at| now >= at) || self.transcript.dirty_bytes() >= FLUSH_BYTES;
        if self.transcript.has_changes() || text_due {
            self.commit().await;
        } else if self.transcript.dirty_bytes() > 0 && self.flush_at.is_none() {
            self.flush_at = Some(now + FLUSH_MS);
        }
    }

    /// Stores, then tells. False: the supervisor must end, since another has taken over or the store takes nothing; the
    /// keeper holds what was not stored.
    pub(super) async fn commit(&mut self) -> bool {
        self.flush_at = None;
        if self.purged || self.broken.is_some() {
            return false;
        }
        let (batch, changes) = self.transcript.take();
        if let Err(broken) = store_batch(&self.place.store, &self.id, self.generation, &batch).await {
            self.broken = Some(broken);
            return false;
        }
        if let (Some(conversation), Some((_, seq))) = (&mut self.conversation, self.transcript.keeper()) {
            conversation.acknowledge(*seq);
        }
        if !changes.is_empty() {
            self.place.list.publish(&self.id);
        }
        for change in changes {
            self.hub.publish(Live::Change(change));
        }
        for (command, outcome) in batch.outcomes {
            self.hub.publish(Live::Outcome { command, outcome });
        }
        true
    }

    /// The server ends: a running turn is left to its keeper or stopped, an idle agent is ended.
    async fn shut_down(&mut self, on_exit: OnExit) {
        let under_way = self.state.in_turn() || matches!(self.state, State::Starting { .. });
        if under_way && on_exit == OnExit::Keep {
            self.commit().await;
            return;
        }
        if self.state.in_turn() {
            self.stop_for_good().await;
        }
        if let Some(conversation) = self.conversation.take() {
            let _ = conversation.close().await;
        }
        self.transcript.expire_requests();
        self.transcript.forget_keeper();
        if !matches!(self.state, State::Failed) {
            self.state = State::Asleep;
        }
        self.show_phase();
        self.commit().await;
    }

    async fn stop_for_good(&mut self) {
        let _ = self.ask_to_stop().await;
        let patience = tokio::time::Instant::now() + Duration::from_secs(3);
        while self.state.in_turn() {
            let Ok(event) = tokio::time::timeout_at(patience, next_event(&mut self.conversation)).await
            else {
                break;
            };
            self.hear(event).await;
        }
        if self.state.in_turn() {
            self.finish_turn(super::state::End::Stopped);
        }
    }

    /// Lets go of the session: a running agent goes on with its keeper.
    async fn end(mut self) {
        match self.broken.take() {
            Some(Broken::Fenced) => tracing::warn!("another supervisor has taken this session over"),
            Some(Broken::Store(error)) => {
                tracing::error!(%error, "the store takes nothing; left to the keeper");
            }
            None => {
                if let Err(error) = self.place.store.release_lease(&self.id, self.generation).await {
                    tracing::warn!(%error, "the lease was not released");
                }
            }
        }
        if let Some(conversation) = self.conversation.take() {
            conversation.leave();
        }
    }

    /// After a restart: finds the agent that went on alone, or tidies up after one that did not.
    async fn take_up(&mut self) {
        let Some((boot, seq)) = self.transcript.keeper().cloned() else { return self.tidy_up() };
        let request = self.place.launch_request(&self.transcript.head, self.generation);
        let resume = slipway_agent::Resume { boot, seq, agent_session: self.agent_session.clone() };
        match self.place.agent.adopt(request, resume).await {
            Ok(Some(conversation)) => self.go_on_with(conversation).await,
            Ok(None) => self.tidy_up(),
            Err(error) => {
                tracing::warn!(%error, "the keeper could not be taken up");
                self.tidy_up();
            }
        }
    }

    async fn go_on_with(&mut self, conversation: Box<dyn Conversation>) {
        tracing::info!("went on with the agent that was running");
        self.permit = self.place.slots.try_take();
        self.conversation = Some(conversation);
        let now = clock::now();
        self.state = match (&self.transcript.sent, &self.agent_session) {
            (Some((prompt, _)), Some(_)) => State::Busy { prompt: prompt.id.clone() },
            (None, Some(_)) => State::Ready { idle_since: now },
            (_, None) => State::Starting { attempt: 1, deadline: now + super::state::START_MS },
        };
        if matches!(self.state, State::Busy { .. }) {
            self.make_sure_it_was_sent().await;
        }
        if self.is_idle() {
            self.feed(Input::Work).await;
        }
    }

    /// No agent is left: what was open ends here.
    fn tidy_up(&mut self) {
        let now = clock::now();
        if let Some(prompt) = self.transcript.end_turn(PromptState::Failed, true, now) {
            self.failed_prompt = Some(prompt);
            let sentence = "The agent was gone when Slipway started again. What it had written was kept.";
            self.transcript.notice(Notice::Interrupted, sentence, now);
        }
        self.transcript.expire_requests();
        if self.transcript.keeper().is_some() {
            self.transcript.forget_keeper();
        }
        if self.state == State::Asleep && !self.transcript.queue().is_empty() && !self.is_put_away() {
            self.state = State::Waiting { attempt: 1 };
            if self.take_slot().is_some() {
                self.state = State::Starting { attempt: 1, deadline: now + super::state::START_MS };
                self.start();
            }
        }
    }

    /// Archived or deleted: no agent is started for it.
    pub(super) fn is_put_away(&self) -> bool {
        self.transcript.head.archived_at.is_some() || self.transcript.head.deleted
    }

    pub(super) fn publish(&self, live: Live) {
        self.hub.publish(live);
    }
}

/// A store that fails for a moment is asked again.
async fn store_batch(store: &Store, id: &SessionId, generation: u64, batch: &Batch) -> Result<(), Broken> {
    let mut attempt = 1;
    while let Err(error) = store.commit(id, generation, batch).await {
        match error {
            StoreError::Fenced => return Err(Broken::Fenced),
            error if attempt == COMMIT_ATTEMPTS => return Err(Broken::Store(error)),
            error => tracing::warn!(%error, attempt, "the store did not take a commit"),
        }
        tokio::time::sleep(Duration::from_millis(200 << attempt)).await;
        attempt += 1;
    }
    Ok(())
}

/// The agent's next event; waits for ever where there is no agent. None: the keeper is gone.
async fn next_event(conversation: &mut Option<Box<dyn Conversation>>) -> Option<Numbered> {
    match conversation {
        Some(conversation) => conversation.next().await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(deadline: Option<i64>) {
    match deadline {
        Some(at) => tokio::time::sleep(Duration::from_millis((at - clock::now()).max(0) as u64)).await,
        None => std::future::pending().await,
    }
}
