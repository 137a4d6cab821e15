//! Followers, the supervisor and the database agree, whatever is cut, restarted or taken over.
//!
//! A made-up agent writes a conversation as numbered events. A small supervisor applies them with the real transcript,
//! hub and store, commits at random moments, and dies at random moments; its successor takes the lease and hears every
//! event again that was not stored. Followers lose their connection at random and join again with what they hold. In the
//! end all hold what the store holds.

mod samples;

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use proptest::prelude::*;
use slipway_agent::{Delivery, PartUpdate};
use slipway_protocol::{
    Applied, Author, Frame, Join, MessageView, Notice, PromptState, SessionId, SessionView, UserId,
};
use slipway_store::Store;

use super::{
    hub::{Hub, Joined, Live},
    transcript::Transcript,
};
use crate::{Follower, access::Watch, scrub};
use samples::{ask, body, head, prompt};

const BOOT: &str = "boot";

#[derive(Clone, Debug)]
enum Step {
    /// The agent's next event.
    Event(Event),
    Commit,
    /// The supervisor dies without a word; another takes over.
    TakeOver,
    /// A follower says what it holds; the rows are read for it when it reads next, and things happen meanwhile.
    Hello(usize),
    /// A follower reads what has come, or loses its connection.
    Read(usize),
    Cut(usize),
    /// A follower goes to an early message; or loads what is before or after what it holds.
    GoTo(usize, u8),
    Older(usize),
    Newer(usize),
}

#[derive(Clone, Debug)]
enum Event {
    Prompt,
    Open(u8),
    Text(u8, String),
    /// More than travels of a tool's output at once.
    Flood(u8),
    Close(u8),
    Replace(u8, String),
    Drop(u8),
    Ask(u8),
    Forget(u8),
    EndTurn,
}

fn event() -> impl Strategy<Value = Event> {
    let text = "[a-zäß€ \n`]{1,12}";
    prop_oneof![
        1 => Just(Event::Prompt),
        3 => (0..4u8).prop_map(Event::Open),
        12 => (0..4u8, text).prop_map(|(key, text)| Event::Text(key, text)),
        1 => (0..4u8).prop_map(Event::Flood),
        3 => (0..4u8).prop_map(Event::Close),
        1 => (0..4u8, text).prop_map(|(key, text)| Event::Replace(key, text)),
        1 => (0..4u8).prop_map(Event::Drop),
        1 => (0..2u8).prop_map(Event::Ask),
        1 => (0..2u8).prop_map(Event::Forget),
        1 => Just(Event::EndTurn),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        14 => event().prop_map(Step::Event),
        4 => Just(Step::Commit),
        1 => Just(Step::TakeOver),
        3 => (0..3usize).prop_map(Step::Hello),
        5 => (0..3usize).prop_map(Step::Read),
        2 => (0..3usize).prop_map(Step::Cut),
        2 => (0..3usize, 1..9u8).prop_map(|(index, ord)| Step::GoTo(index, ord)),
        1 => (0..3usize).prop_map(Step::Older),
        2 => (0..3usize).prop_map(Step::Newer),
    ]
}

/// A browser: the view it holds, and its connection while it has one.
struct Browser {
    view: Option<SessionView>,
    hello: Option<(Join, Joined)>,
    connection: Option<Follower>,
}

impl Browser {
    fn new(view: Option<SessionView>) -> Self {
        Self { view, hello: None, connection: None }
    }

    fn cut(&mut self) {
        (self.hello, self.connection) = (None, None);
    }
}

struct Stage {
    store: Store,
    id: SessionId,
    hub: Hub,
    generation: u64,
    transcript: Transcript,
    /// What the keeper still holds: events and their numbers.
    spool: Vec<(u64, Event)>,
    next_seq: u64,
    browsers: Vec<Browser>,
}

impl Stage {
    async fn new(store: Store) -> Self {
        let id = SessionId::new("session-1");
        let owner = UserId::new("local");
        store.ensure_user(&owner, "You", 1).await.unwrap();
        let author = Author { id: owner.clone(), name: "You".into() };
        assert!(store.create_session(&head(&id), &owner, &[], &author, None, 1).await.unwrap());
        let lease = store.take_lease(&id, "node", 1, 1_000).await.unwrap().unwrap();
        let set = store.working_set(&id).await.unwrap().unwrap();
        let browsers = (0..3).map(|_| Browser::new(None)).collect();
        Self {
            generation: lease.generation,
            transcript: Transcript::restore(lease.session, set, scrub::secrets([])),
            store,
            id,
            hub: Hub::new(),
            spool: vec![],
            next_seq: 1,
            browsers,
        }
    }

    async fn play(&mut self, step: Step) {
        match step {
            Step::Event(event) => {
                self.spool.push((self.next_seq, event.clone()));
                self.hear(self.next_seq, event).await;
                self.next_seq += 1;
            }
            Step::Commit => self.commit().await,
            Step::TakeOver => self.take_over().await,
            Step::Read(index) => self.read(index).await,
            Step::Hello(index) => self.say_hello(index),
            Step::Cut(index) => self.browsers[index].cut(),
            Step::GoTo(index, ord) => self.go_to(index, ord).await,
            Step::Older(index) => self.load(index, false).await,
            Step::Newer(index) => self.load(index, true).await,
        }
    }

    async fn hear(&mut self, seq: u64, event: Event) {
        let key = |key: u8| format!("part-{key}");
        let piece = |key: u8, text: Option<String>, open| PartUpdate {
            key: format!("part-{key}"),
            // The later ones are of sub-agents, and may come before the call that started those.
            parent: (key > 1).then(|| format!("part-{}", key - 1)),
            body: body(key, open),
            text,
            open,
            started_at: Some(1),
            ended_at: None,
        };
        if matches!(event, Event::Text(..) | Event::Flood(_)) && self.transcript.has_changes() {
            self.commit().await;
        }
        self.transcript.heard(BOOT, seq);
        match event {
            Event::Prompt if self.transcript.sent.is_none() => {
                let delivery = Delivery { message: format!("msg-{seq}"), part: format!("prt-{seq}") };
                self.transcript.begin_turn(prompt(seq), delivery, None, 2);
            }
            Event::Prompt => {}
            Event::Open(index) => self.transcript.update_part(piece(index, None, true), 3),
            Event::Text(index, text) => self.stream(&key(index), &text),
            Event::Flood(index) => self.stream(&key(index), &"Öfter als man denkt.\n".repeat(1_000)),
            Event::Close(index) => self.transcript.update_part(piece(index, None, false), 4),
            Event::Replace(index, text) => self.transcript.update_part(piece(index, Some(text), false), 4),
            Event::Drop(index) => self.transcript.drop_part(&key(index)),
            Event::Ask(index) => self.transcript.ask(&format!("ask-{index}"), ask(), false, 5),
            Event::Forget(index) => self.transcript.expire_request(&format!("ask-{index}")),
            Event::EndTurn => {
                self.transcript.end_turn(PromptState::Done, false, 6);
                self.transcript.notice(Notice::Information, "The turn ended.", 6);
            }
        }
        // What the real loop does at the end of each iteration.
        if self.transcript.has_changes() {
            self.commit().await;
        }
    }

    fn stream(&mut self, key: &str, text: &str) {
        if let Some(delta) = self.transcript.append(key, text) {
            self.hub.publish(Live::Delta(delta));
        }
    }

    async fn commit(&mut self) {
        let (batch, changes) = self.transcript.take();
        self.store.commit(&self.id, self.generation, &batch).await.unwrap();
        let stored = self.transcript.keeper().map_or(0, |(_, seq)| *seq);
        self.spool.retain(|(seq, _)| *seq > stored);
        for change in changes {
            self.hub.publish(Live::Change(change));
        }
    }

    async fn take_over(&mut self) {
        let lease = self.store.take_lease(&self.id, "node", 1, 1_000).await.unwrap().unwrap();
        let set = self.store.working_set(&self.id).await.unwrap().unwrap();
        self.generation = lease.generation;
        self.transcript = Transcript::restore(lease.session, set, scrub::secrets([]));
        for (seq, event) in self.spool.clone() {
            self.hear(seq, event).await;
        }
    }

    fn joined(&self) -> Joined {
        Joined {
            session: self.id.clone(),
            revision: self.transcript.rev(),
            live: self.hub.subscribe(),
            open: self.transcript.open_texts(),
        }
    }

    /// Opens the page of one message, with a connection of its own.
    async fn go_to(&mut self, index: usize, ord: u8) {
        let page = self.store.older(&self.id, i64::from(ord) + 1, 1).await.unwrap();
        if let Some(message) = page.messages.first().map(|view| view.message.id.clone()) {
            let view = self.store.view_around(&self.id, &message, [1, 1], 25).await.unwrap();
            self.browsers[index] = Browser::new(view);
        }
    }

    /// A page comes while the connection goes on.
    async fn load(&mut self, index: usize, newer: bool) {
        let Some(view) = &mut self.browsers[index].view else { return };
        let ord = |view: Option<&MessageView>| view.map_or(0, |view| view.message.ord);
        let applied = if newer {
            view.append(self.store.newer(&self.id, ord(view.messages.last()), 2).await.unwrap())
        } else {
            view.prepend(self.store.older(&self.id, ord(view.messages.first()), 2).await.unwrap())
        };
        if applied == Applied::Rejoin {
            self.browsers[index].cut();
        }
    }

    fn say_hello(&mut self, index: usize) {
        if self.browsers[index].connection.is_none() && self.browsers[index].hello.is_none() {
            let join = self.browsers[index].view.as_ref().map_or_else(Join::default, SessionView::join);
            self.browsers[index].hello = Some((join, self.joined()));
        }
    }

    /// Joins where there is no connection, and applies all that has come.
    async fn read(&mut self, index: usize) {
        loop {
            self.say_hello(index);
            if let Some((join, joined)) = self.browsers[index].hello.take() {
                let follower = Follower::start(&self.store, join, joined, Watch::for_ever()).await.unwrap();
                self.browsers[index].connection = Some(follower);
            }
            let browser = &mut self.browsers[index];
            let Some(follower) = &mut browser.connection else { return };
            let Some(frame) = follower.next_now() else { return };
            let applied = match (&mut browser.view, frame) {
                (None, Frame::Snapshot { view }) => {
                    browser.view = Some(*view);
                    Applied::Whole
                }
                (Some(view), frame) => view.apply(frame),
                (None, frame) => panic!("the first frame without a cursor is a snapshot, not {frame:?}"),
            };
            if applied == Applied::Rejoin {
                browser.connection = None;
            }
        }
    }
}

/// What is compared is what was said, whoever wrote it.
fn plain(mut view: SessionView) -> SessionView {
    view.cursor.generation = 0;
    view
}

async fn tell(steps: Vec<Step>) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("slipway.db").display());
    let mut stage = Stage::new(Store::open(&url).await.unwrap()).await;
    stage.play(Step::Event(Event::Prompt)).await;
    for step in steps {
        stage.play(step).await;
    }
    stage.commit().await;
    let stored = plain(stage.store.view(&stage.id, 10_000).await.unwrap().unwrap());
    for index in 0..stage.browsers.len() {
        stage.read(index).await;
        while stage.browsers[index].view.as_ref().is_some_and(|view| view.has_newer) {
            stage.load(index, true).await;
        }
        stage.read(index).await;
        let mut seen = plain(stage.browsers[index].view.clone().unwrap());
        let mut stored = stored.clone();
        // A browser that took a snapshot holds the last messages only.
        let first = seen.messages.first().map_or(0, |view| view.message.ord);
        stored.messages.retain(|view| view.message.ord >= first);
        (seen.has_older, stored.has_older) = (false, false);
        assert_eq!(seen, stored, "browser {index}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_view_ends_up_the_same(steps in prop::collection::vec(step(), 1..60)) {
        tokio::runtime::Runtime::new().unwrap().block_on(tell(steps));
    }
}

#[tokio::test]
async fn parts_find_their_message_although_it_was_touched_while_a_tab_caught_up() {
    use Event::{Close, EndTurn, Open, Prompt, Text};
    let away = [Prompt, Open(0), Text(0, "Done.".into())].map(Step::Event);
    let meanwhile = [Close(0), EndTurn].map(Step::Event);
    let mut steps = vec![Step::Event(EndTurn), Step::Read(0), Step::Cut(0)];
    steps.extend(away);
    steps.push(Step::Hello(0));
    steps.extend(meanwhile);
    tell(steps).await;
}

impl Follower {
    /// What has come so far: one poll, no waiting.
    fn next_now(&mut self) -> Option<Frame> {
        let next = pin!(self.next());
        match next.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(frame) => frame,
            Poll::Pending => None,
        }
    }
}
