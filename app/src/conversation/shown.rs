//! A session's view, cut into signals as fine as what changes: a delta touches its own part and nothing else.

use leptos::prelude::*;
use slipway_protocol::{
    Applied, ChangeBody, Command, Frame, Join, Message, MessageId, MessagePage, MessageView, Part, PartId,
    Prompt, Request, SessionHead, SessionId, SessionView,
};

use super::{
    call::Call,
    deed::Deed,
    segments::{Kind, Segment, segments},
};

/// What a page shows of a session, and the view it is made from.
#[derive(Clone, Copy)]
pub struct Shown {
    view: StoredValue<SessionView>,
    pub head: RwSignal<SessionHead>,
    pub messages: RwSignal<Vec<ShownMessage>>,
    pub has_older: RwSignal<bool>,
    pub has_newer: RwSignal<bool>,
    pub queue: RwSignal<Vec<Prompt>>,
    pub requests: RwSignal<Vec<Request>>,
    pub revision: RwSignal<u64>,
    pub gone: RwSignal<bool>,
}

#[derive(Clone)]
pub struct ShownMessage {
    pub id: MessageId,
    pub message: ArcRwSignal<Message>,
    pub parts: ArcRwSignal<Vec<ShownPart>>,
    /// The session's: what one of its calls may wait for.
    requests: RwSignal<Vec<Request>>,
}

#[derive(Clone)]
pub struct ShownPart {
    pub id: PartId,
    pub kind: Kind,
    /// Without its text.
    pub part: ArcRwSignal<Part>,
    pub text: ArcRwSignal<String>,
    pub is_empty: ArcMemo<bool>,
    /// The call below which it stands; none at the top.
    pub parent: ArcMemo<Option<PartId>>,
}

impl ShownMessage {
    fn new(view: &MessageView, requests: RwSignal<Vec<Request>>) -> Self {
        Self {
            id: view.message.id.clone(),
            message: ArcRwSignal::new(view.message.clone()),
            parts: ArcRwSignal::new(view.parts.iter().map(ShownPart::new).collect()),
            requests,
        }
    }

    /// The parts in the order and the groups in which they are read: at the top, or below the call of a sub-agent.
    pub fn segments(&self, below: Option<&PartId>) -> Vec<Segment> {
        let parts = self.below(below);
        segments(parts.iter().map(|part| (part.id.clone(), part.kind, part.is_empty.get())))
    }

    fn below(&self, call: Option<&PartId>) -> Vec<ShownPart> {
        self.parts.with(|parts| {
            parts.iter().filter(|part| part.parent.with(|parent| parent.as_ref() == call)).cloned().collect()
        })
    }

    /// The call that a part is, with those of its sub-agent.
    pub fn call(&self, part: &ShownPart) -> Option<Call> {
        let mut call = part.part.with(Call::of)?;
        call.waits = call.is_running()
            && self.requests.with(|requests| requests.iter().any(|asked| call.is_asked_by(asked)));
        if call.deed() == Deed::Delegate {
            call.below = self.below(Some(&part.id)).iter().filter_map(|part| self.call(part)).collect();
        }
        Some(call)
    }

    /// What the agent itself wrote, as Markdown.
    pub fn prose(&self) -> String {
        let parts = untrack(|| self.below(None));
        let prose = parts.iter().filter(|part| part.kind == Kind::Text);
        let texts: Vec<String> = prose.map(|part| part.text.get_untracked().trim().to_owned()).collect();
        texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
    }

    pub fn part(&self, id: &PartId) -> Option<ShownPart> {
        self.parts.with_untracked(|parts| parts.iter().find(|part| part.id == *id).cloned())
    }
}

impl ShownPart {
    fn new(part: &Part) -> Self {
        let text = ArcRwSignal::new(part.text.clone());
        let is_empty = ArcMemo::new({
            let text = text.clone();
            move |_| text.with(|text| text.trim().is_empty())
        });
        let (id, kind) = (part.id.clone(), Kind::of(&part.body));
        let part = ArcRwSignal::new(without_text(part));
        let parent = ArcMemo::new({
            let part = part.clone();
            move |_| part.with(|part| part.parent.clone())
        });
        Self { id, kind, part, text, is_empty, parent }
    }

    fn grow(&self, part: &Part) {
        grow(&self.text, &part.text);
    }

    fn update(&self, part: &Part) {
        self.grow(part);
        put(&self.part, without_text(part));
    }
}

fn without_text(part: &Part) -> Part {
    Part {
        id: part.id.clone(),
        message: part.message.clone(),
        parent: part.parent.clone(),
        ord: part.ord,
        body: part.body.clone(),
        text: String::new(),
        hidden: part.hidden,
        open: part.open,
        interrupted: part.interrupted,
        started_at: part.started_at,
        ended_at: part.ended_at,
    }
}

/// Sets a signal where that changes something.
fn put<T: PartialEq + 'static>(signal: &(impl Set<Value = T> + WithUntracked<Value = T>), value: T) {
    if signal.with_untracked(|held| *held != value) {
        signal.set(value);
    }
}

/// Appends what is new; replaces a text that is another one.
fn grow(signal: &ArcRwSignal<String>, text: &str) {
    let held = signal.with_untracked(|held| (held.len(), text.starts_with(held.as_str())));
    match held {
        (length, true) if length == text.len() => {}
        (length, true) => signal.update(|held| held.push_str(&text[length..])),
        (_, false) => signal.set(text.to_owned()),
    }
}

/// Which signals a frame can change.
enum Touched {
    Nothing,
    All,
    Head,
    Message(MessageId),
    Part(MessageId, PartId),
    /// Only the part's text.
    Text(MessageId, PartId),
    Queue,
    Requests,
}

impl Touched {
    fn by(frame: &Frame) -> Self {
        match frame {
            Frame::Snapshot { .. } | Frame::CatchUp { .. } => Self::All,
            Frame::Delta(delta) => Self::Text(delta.message.clone(), delta.part.clone()),
            Frame::Heartbeat { .. } | Frame::Gone => Self::Nothing,
            Frame::Change(change) => match &change.body {
                ChangeBody::Head(_) => Self::Head,
                ChangeBody::Message(message) => Self::Message(message.id.clone()),
                ChangeBody::Part(part) | ChangeBody::PartClosed { part, .. } => {
                    Self::Part(part.message.clone(), part.id.clone())
                }
                ChangeBody::PartDropped { message, .. } => Self::Message(message.clone()),
                ChangeBody::Prompt(_) => Self::Queue,
                ChangeBody::Request(_) => Self::Requests,
            },
        }
    }
}

impl Shown {
    pub fn new(view: SessionView) -> Self {
        let requests = RwSignal::new(view.requests.clone());
        Self {
            head: RwSignal::new(view.head.clone()),
            messages: RwSignal::new(
                view.messages.iter().map(|message| ShownMessage::new(message, requests)).collect(),
            ),
            has_older: RwSignal::new(view.has_older),
            has_newer: RwSignal::new(view.has_newer),
            queue: RwSignal::new(view.queue.clone()),
            requests,
            revision: RwSignal::new(view.cursor.revision),
            gone: RwSignal::new(false),
            view: StoredValue::new(view),
        }
    }

    /// Ends the turn that is seen here, and not one that began meanwhile.
    pub fn stop(self) -> Command {
        Command::Stop { turn: self.view.with_value(SessionView::running_turn) }
    }

    pub fn id(self) -> SessionId {
        self.head.with_untracked(|head| head.id.clone())
    }

    /// What the socket says first; none once the page is gone.
    pub fn join(self) -> Option<Join> {
        self.view.try_with_value(SessionView::join)
    }

    pub fn apply(self, frame: Frame) -> Applied {
        let touched = Touched::by(&frame);
        let applied = self.view.try_update_value(|view| {
            let applied = view.apply(frame);
            self.show(&touched, view);
            applied
        });
        applied.unwrap_or(Applied::Gone)
    }

    /// Where the conversation shown here begins.
    pub fn first_ord(self) -> i64 {
        self.view.with_value(|view| view.messages.first().map_or(i64::MAX, |first| first.message.ord))
    }

    /// Where it ends, as far as it is loaded.
    pub fn last_ord(self) -> i64 {
        self.view.with_value(|view| view.messages.last().map_or(0, |last| last.message.ord))
    }

    pub fn prepend(self, older: MessagePage) -> Applied {
        self.change(|view| view.prepend(older))
    }

    pub fn append(self, newer: MessagePage) -> Applied {
        self.change(|view| view.append(newer))
    }

    fn change(self, change: impl FnOnce(&mut SessionView) -> Applied) -> Applied {
        let applied = self.view.try_update_value(|view| {
            let applied = change(view);
            self.show(&Touched::All, view);
            applied
        });
        applied.unwrap_or(Applied::Gone)
    }

    fn show(self, touched: &Touched, view: &SessionView) {
        match touched {
            Touched::Nothing => {}
            Touched::Head => put(&self.head, view.head.clone()),
            Touched::Queue => put(&self.queue, view.queue.clone()),
            Touched::Requests => put(&self.requests, view.requests.clone()),
            Touched::Message(message) => self.show_message(message, view),
            Touched::Part(message, part) => self.show_part(message, part, view, ShownPart::update),
            Touched::Text(message, part) => self.show_part(message, part, view, ShownPart::grow),
            Touched::All => {
                put(&self.head, view.head.clone());
                put(&self.queue, view.queue.clone());
                put(&self.requests, view.requests.clone());
                put(&self.has_older, view.has_older);
                put(&self.has_newer, view.has_newer);
                self.show_messages(view);
            }
        }
        put(&self.revision, view.cursor.revision);
    }

    fn show_messages(self, view: &SessionView) {
        let held = self.messages.get_untracked();
        let find = |id: &MessageId| held.iter().find(|shown| shown.id == *id).cloned();
        let now: Vec<ShownMessage> = view
            .messages
            .iter()
            .map(|message| match find(&message.message.id) {
                Some(shown) => {
                    put(&shown.message, message.message.clone());
                    show_parts(&shown, &message.parts);
                    shown
                }
                None => ShownMessage::new(message, self.requests),
            })
            .collect();
        let same = held.len() == now.len() && held.iter().zip(&now).all(|(a, b)| a.id == b.id);
        if !same {
            self.messages.set(now);
        }
    }

    fn show_message(self, id: &MessageId, view: &SessionView) {
        let found = view.messages.iter().find(|message| message.message.id == *id);
        let shown = self.shown_message(id);
        match (shown, found) {
            (Some(shown), Some(message)) => {
                put(&shown.message, message.message.clone());
                show_parts(&shown, &message.parts);
            }
            (None, None) => {}
            _ => self.show_messages(view),
        }
    }

    fn show_part(
        self,
        message: &MessageId,
        part: &PartId,
        view: &SessionView,
        update: fn(&ShownPart, &Part),
    ) {
        let found = view.messages.iter().rev().find(|held| held.message.id == *message);
        let Some((shown, found)) = self.shown_message(message).zip(found) else { return };
        let held = found.parts.iter().rev().find(|held| held.id == *part);
        match (shown.part(part), held) {
            (Some(shown), Some(part)) => update(&shown, part),
            _ => show_parts(&shown, &found.parts),
        }
    }

    fn shown_message(self, id: &MessageId) -> Option<ShownMessage> {
        self.messages.with_untracked(|held| held.iter().rev().find(|shown| shown.id == *id).cloned())
    }
}

fn show_parts(shown: &ShownMessage, parts: &[Part]) {
    let held = shown.parts.get_untracked();
    let now: Vec<ShownPart> = parts
        .iter()
        .map(|part| match held.iter().find(|shown| shown.id == part.id) {
            Some(shown) => {
                shown.update(part);
                shown.clone()
            }
            None => ShownPart::new(part),
        })
        .collect();
    let same = held.len() == now.len() && held.iter().zip(&now).all(|(a, b)| a.id == b.id);
    if !same {
        shown.parts.set(now);
    }
}
