//! The loop: one task that owns an awake session.
//!
//! `select!` is biased: what people ask, text that was stored or is to be told, the agent's events, what ran beside, then time.
//! A deadline that has passed is looked at before anything else, so that no flood of events keeps it waiting. Whatever an iteration changed is committed
//! before the next one begins; streamed text alone may wait half a second, and is stored beside the loop.

use std::time::Duration;

use slipway_agent::{Conversation, Numbered};
use slipway_protocol::{CommandId, Phase, SessionHead, SessionId, UserId};
use slipway_sandbox::Pressure;
use tokio::{
    sync::{mpsc, watch},
    task::AbortHandle,
    time::Instant,
};
use tracing::Instrument;

use super::{
    archiving::Packing,
    checkpoints::Marking,
    excess::Excess,
    hub::{Hub, Joined, Live, Teller},
    message::{Done, Message},
    registry::{Ticket, lease_until},
    slots::Slot,
    state::{Input, State, Times},
    storing::{Broken, Flush},
    transcript::Transcript,
    turn::TurnError,
    work::Workplace,
};
use crate::{Error, clock, scrub};

pub(super) struct Supervisor {
    pub(super) place: Workplace,
    pub(super) id: SessionId,
    pub(super) owner: UserId,
    pub(super) generation: u64,
    pub(super) agent_session: Option<String>,
    pub(super) teller: Teller,
    pub(super) state: State,
    pub(super) transcript: Transcript,
    pub(super) conversation: Option<Box<dyn Conversation>>,
    pub(super) slot: Option<Slot>,
    /// Waits in line for a place.
    pub(super) in_line: Option<AbortHandle>,
    /// Hears when the line moves.
    line: watch::Receiver<()>,
    /// What went wrong in the running turn, if anything.
    pub(super) turn_error: Option<TurnError>,
    /// What it took too much of, if that ends it.
    pub(super) excess: Option<Excess>,
    /// What the session's control group had counted when it was last looked at.
    pub(super) pressure: Pressure,
    /// Processes that were not started in the running turn.
    pub(super) refused: u64,
    /// When the running turn was sent.
    pub(super) turn_began: i64,
    /// The agent is to start again as soon as it has ended.
    pub(super) wanted: bool,
    /// Files have come into the checkout that the agent may not see, and sees.
    pub(super) configuration_moved: bool,
    /// The agent is to be asked what is true.
    pub(super) poll_due: bool,
    /// It is to be looked at what the person's agents have used today.
    pub(super) spending_due: bool,
    /// The checkout's files as they are, where that is known and nothing has touched them since.
    pub(super) fresh_mark: Option<String>,
    /// Whether they are being recorded.
    pub(super) marking: Marking,
    /// The session's row lists what differs from the base, as of the last time that something touched the files.
    pub(super) changes_are_known: bool,
    /// What works on the checkout's files; a mark waits for it.
    pub(super) at_files: usize,
    pub(super) done: mpsc::Sender<Done>,
    /// What runs beside the loop and must end before the supervisor may.
    pub(super) errands: usize,
    /// Those of them that start or end an agent.
    pub(super) at_agent: usize,
    /// An agent is to be started when they have ended.
    pub(super) start_due: bool,
    /// Commands that were begun and end later.
    pub(super) under_way: Vec<CommandId>,
    /// Those of them that wait for the end of the turn.
    pub(super) stops: Vec<CommandId>,
    /// The command that deletes the session, as soon as nothing runs any more.
    pub(super) deletion: Option<CommandId>,
    /// The checkout is being packed, or could not be.
    pub(super) packing: Packing,
    /// Why this supervisor must end.
    pub(super) broken: Option<Broken>,
    /// When text that grows is to be stored.
    pub(super) flush_at: Option<i64>,
    /// Text that is being stored.
    pub(super) flush: Flush,
    /// The rows are gone; nothing is to be written any more.
    pub(super) purged: bool,
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
            Ok(Some(supervisor)) => Box::pin(supervisor.run(messages, results)).await,
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
        let node = &place.settings.node;
        let Some(lease) = place.store.take_lease(&id, node, clock::now(), lease_until()).await? else {
            return Ok(None);
        };
        let Some(set) = place.store.working_set(&id).await? else { return Ok(None) };
        let keys = place.settings.providers.iter().filter_map(|provider| provider.api_key.as_deref());
        let secrets = scrub::secrets(keys);
        let mut supervisor = Self {
            owner: lease.session.owner.clone(),
            generation: lease.generation,
            agent_session: lease.session.agent_session.clone(),
            state: at_rest(&lease.session.head),
            transcript: Transcript::restore(lease.session, set, secrets),
            line: place.slots.watch(),
            place,
            id,
            teller: Teller::new(hub),
            conversation: None,
            slot: None,
            in_line: None,
            turn_error: None,
            excess: None,
            pressure: Pressure::default(),
            refused: 0,
            turn_began: clock::now(),
            wanted: false,
            configuration_moved: false,
            poll_due: false,
            spending_due: false,
            fresh_mark: None,
            marking: Marking::default(),
            changes_are_known: false,
            at_files: 0,
            done,
            errands: 0,
            at_agent: 0,
            start_due: false,
            under_way: Vec::new(),
            stops: Vec::new(),
            deletion: None,
            packing: Packing::default(),
            broken: None,
            flush_at: None,
            flush: Flush::default(),
            purged: false,
        };
        supervisor.forget_pressure();
        supervisor.take_up().await;
        Ok(Some(supervisor))
    }

    async fn run(mut self, mut messages: mpsc::Receiver<Message>, mut results: mpsc::Receiver<Done>) {
        let mut shut_down = None;
        loop {
            self.look_at_deadlines().await;
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
            if self.is_idle() && self.place.slots.claim_eviction(&self.id, &self.owner) {
                self.feed(Input::PutToSleep).await;
                continue;
            }
            let in_line = self.is_idle() || self.in_line.is_some();
            let deadline = self.next_deadline();
            tokio::select! {
                biased;
                message = messages.recv() => match message {
                    Some(Message::Hint) => self.apply_commands().await,
                    Some(Message::Join(reply)) => { let _ = reply.send(self.joined()); }
                    Some(Message::Exceeded(excess)) => self.exceeded(excess).await,
                    Some(Message::ShutDown { on_exit, done }) => {
                        shut_down = Some(done);
                        self.shut_down(on_exit).await;
                        break;
                    }
                    None => break,
                },
                flushed = self.flush.ended() => self.take_flushed(flushed),
                () = until(self.teller.due()) => self.teller.finish(),
                event = next_event(&mut self.conversation) => self.listen(event).await,
                Some(result) = results.recv() => self.take_result(result).await,
                // Looks again whether it is to make room, or which place it has.
                Ok(()) = self.line.changed(), if in_line => self.show_phase(),
                () = sleep_until(deadline) => {}
            }
        }
        messages.close();
        self.end().await;
        drop(shut_down);
    }

    async fn look_at_deadlines(&mut self) {
        self.state.waits_for_person(self.transcript.has_open_requests(), clock::now());
        if self.state.deadline(self.times()).is_some_and(|at| clock::now() >= at) {
            self.feed(Input::Tick).await;
        }
        if std::mem::take(&mut self.poll_due) {
            self.poll().await;
        }
        if std::mem::take(&mut self.spending_due) {
            self.look_at_spending().await;
        }
    }

    /// Nothing runs and nothing ran beside.
    fn is_at_rest(&self) -> bool {
        self.state.at_rest() && self.conversation.is_none() && self.errands == 0 && !self.flush.is_under_way()
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
        self.transcript.has_changes() || self.begin_packing()
    }

    pub(super) fn is_idle(&self) -> bool {
        matches!(self.state, State::Ready { .. })
    }

    fn joined(&mut self) -> Joined {
        Joined {
            session: self.id.clone(),
            revision: self.transcript.rev(),
            live: self.teller.subscribe(),
            open: self.transcript.open_texts(),
        }
    }

    pub(super) fn times(&self) -> Times {
        let settings = &self.place.settings;
        let (idle_stop, turn) =
            (settings.idle_stop.as_millis() as i64, settings.limits.turn.as_millis() as i64);
        Times { idle_stop, turn }
    }

    fn next_deadline(&self) -> Option<i64> {
        let flush_at = self.flush_at.filter(|_| !self.flush.is_under_way());
        [self.state.deadline(self.times()), flush_at].into_iter().flatten().min()
    }

    /// Feeds the state machine and does what follows, until nothing follows any more.
    pub(super) async fn feed(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            if input == Input::PutToSleep {
                self.hear_out().await;
            }
            let state = std::mem::replace(&mut self.state, State::Asleep);
            let before = std::mem::discriminant(&state);
            let (next, effects) = state.on(input, clock::now(), self.times());
            if std::mem::discriminant(&next) != before {
                tracing::debug!(state = ?next);
            }
            self.state = next;
            for effect in effects {
                inputs.extend(self.act(effect).await);
            }
            // What waits behind an agent that is gone wakes it again.
            if self.state == State::Asleep && (self.has_work() || self.is_wanted()) {
                inputs.push(Input::Work);
            }
        }
        if !self.is_before_prompt() {
            self.fresh_mark = None;
        }
        let idle_since = match self.state {
            State::Ready { idle_since } => Some(idle_since),
            _ => None,
        };
        self.place.slots.set_idle(&self.id, &self.owner, idle_since);
        if !self.state.has_turn() {
            self.finish_stops();
        }
        self.show_phase();
    }

    /// A prompt waits to be sent, or to be heard of again.
    pub(super) fn has_work(&self) -> bool {
        let waits = !self.transcript.queue().is_empty() || self.transcript.sent.is_some();
        waits && !self.is_put_away() && self.transcript.head.blocked_by().is_none()
    }

    /// A person was about to write while the agent was going; asked once.
    fn is_wanted(&mut self) -> bool {
        std::mem::take(&mut self.wanted) && !self.is_put_away()
    }

    /// Archived or deleted: no agent is started for it.
    pub(super) fn is_put_away(&self) -> bool {
        self.transcript.head.archived_at.is_some() || self.transcript.head.deleted
    }

    pub(super) fn publish(&mut self, live: Live) {
        self.teller.publish(live);
    }

    /// Runs beside the loop; the supervisor lives until it has reported.
    pub(super) fn errand(&mut self, work: impl Future<Output = Done> + Send + 'static) {
        let done = self.done.clone();
        self.errands += 1;
        tokio::spawn(async move {
            let _ = done.send(work.await).await;
        });
    }
}

/// What a session that nobody supervised is at.
fn at_rest(head: &SessionHead) -> State {
    let start_failed = head.phase == Phase::Failed && head.blocked_by().is_none();
    if start_failed { State::Failed } else { State::Asleep }
}

/// The agent's next event; waits for ever where there is no agent. None: the keeper is gone.
pub(super) async fn next_event(conversation: &mut Option<Box<dyn Conversation>>) -> Option<Numbered> {
    match conversation {
        Some(conversation) => conversation.next().await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(deadline: Option<i64>) {
    let left = |at: i64| Duration::from_millis((at - clock::now()).max(0) as u64);
    until(deadline.map(|at| Instant::now() + left(at))).await;
}

/// Waits for ever where there is no time to wait for.
async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
