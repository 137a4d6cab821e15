//! A WebSocket that is opened again whenever it is lost, or has been silent for too long.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use leptos::{ev, leptos_dom::helpers::TimeoutHandle, prelude::*};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use super::retry::delay;
use crate::browser;

/// The server speaks at least every 10 s.
const LONGEST_SILENCE: i64 = 25_000;
const WATCH: Duration = Duration::from_secs(5);
/// Lost for this long, a connection is called offline.
const OFFLINE_AFTER: i64 = 10_000;
/// A page that comes back to the front doesn't wait for the watchdog.
const SUSPICIOUS_SILENCE: i64 = 12_000;

/// How the server closes a socket whose person is signed out.
const SIGNED_OUT: u16 = 4401;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    Live,
    Reconnecting,
    Offline,
}

impl Connection {
    /// The value of `data-connection`.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Reconnecting => "reconnecting",
            Self::Offline => "offline",
        }
    }
}

/// What to do after a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    GoOn,
    /// Something is missing: open again, and say what is held.
    JoinAgain,
    /// There is nothing to follow any more.
    End,
}

/// The state of the connection, for the page.
#[derive(Clone, Copy)]
pub struct Link {
    pub connection: RwSignal<Connection>,
    /// When the connection was lost, in milliseconds since 1970.
    pub lost_at: RwSignal<Option<i64>>,
    /// Empty on the server: what is bound to one thread must not be made there.
    socket: StoredValue<Option<StoredValue<Rc<Socket>, LocalStorage>>>,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            connection: RwSignal::new(Connection::Reconnecting),
            lost_at: RwSignal::new(None),
            socket: StoredValue::new(None),
        }
    }
}

impl Link {
    /// Opens the socket; to be called by an effect. It is closed together with the owner of the link.
    pub fn follow(
        self,
        path: &str,
        hello: impl Fn() -> Option<String> + 'static,
        receive: impl FnMut(&str) -> After + 'static,
    ) {
        let socket = Rc::new(Socket {
            path: path.to_owned(),
            link: self,
            hello: Box::new(hello),
            receive: RefCell::new(Box::new(receive)),
            current: RefCell::default(),
            attempt: Cell::new(0),
            heard_at: Cell::new(browser::now()),
            rejoined_at: Cell::new(0),
            timer: Cell::new(None),
            ended: Cell::new(false),
        });
        self.socket.set_value(Some(StoredValue::new_local(socket.clone())));
        // In a task of its own: what shows the page has the processor for long enough.
        set_timeout(move || self.with_socket(Socket::open), Duration::ZERO);
        if let Ok(watch) = set_interval_with_handle(move || self.with_socket(Socket::watch), WATCH) {
            on_cleanup(move || watch.clear());
        }
        let wake = move || self.with_socket(Socket::wake);
        let listeners = [
            window_event_listener(ev::focus, move |_| wake()),
            window_event_listener(ev::online, move |_| wake()),
            window_event_listener(ev::visibilitychange, move |_| wake()),
            window_event_listener(ev::offline, move |_| self.lose(Connection::Offline)),
        ];
        on_cleanup(move || {
            listeners.into_iter().for_each(WindowListenerHandle::remove);
            self.with_socket(Socket::end);
        });
    }

    /// Tries at once, because a person asked.
    pub fn try_now(self) {
        self.with_socket(|socket| {
            socket.attempt.set(0);
            socket.open();
        });
    }

    fn with_socket(self, act: impl Fn(&Rc<Socket>)) {
        // Out of the storage first: what happens next may look into it.
        let held = self.socket.try_get_value().flatten();
        let socket = held.and_then(|held| held.try_get_value());
        if let Some(socket) = socket {
            act(&socket);
        }
    }

    fn set(self, connection: Connection) {
        if self.connection.try_get_untracked().is_some_and(|now| now != connection) {
            self.connection.set(connection);
        }
    }

    fn lose(self, as_what: Connection) {
        if self.lost_at.try_get_untracked() == Some(None) {
            self.lost_at.set(Some(browser::now()));
        }
        self.set(as_what);
    }

    fn find(self) {
        if self.lost_at.try_get_untracked().flatten().is_some() {
            self.lost_at.set(None);
        }
        self.set(Connection::Live);
    }
}

/// Takes a frame, and says how to go on.
type Receive = Box<dyn FnMut(&str) -> After>;

struct Socket {
    path: String,
    link: Link,
    hello: Box<dyn Fn() -> Option<String>>,
    receive: RefCell<Receive>,
    current: RefCell<Option<Open>>,
    attempt: Cell<u32>,
    heard_at: Cell<i64>,
    rejoined_at: Cell<i64>,
    timer: Cell<Option<TimeoutHandle>>,
    ended: Cell<bool>,
}

/// An open WebSocket with what listens to it.
struct Open {
    socket: WebSocket,
    _opened: Closure<dyn FnMut()>,
    _closed: Closure<dyn FnMut(CloseEvent)>,
    _message: Closure<dyn FnMut(MessageEvent)>,
}

impl Open {
    /// Hears nothing more. What listens is kept until the browser is back in its own loop: it may be running.
    fn forget(self) {
        self.socket.set_onopen(None);
        self.socket.set_onclose(None);
        self.socket.set_onmessage(None);
        let _ = self.socket.close();
        set_timeout(move || drop(self), Duration::ZERO);
    }
}

impl Socket {
    fn open(self: &Rc<Self>) {
        self.stop_timer();
        if let Some(open) = self.current.borrow_mut().take() {
            open.forget();
        }
        if self.ended.get() {
            return;
        }
        self.heard_at.set(browser::now());
        let location = window().location();
        let scheme = if location.protocol().is_ok_and(|scheme| scheme == "https:") { "wss" } else { "ws" };
        let address = format!("{scheme}://{}{}", location.host().unwrap_or_default(), self.path);
        let Ok(socket) = WebSocket::new(&address) else { return self.retry() };
        let this = Rc::downgrade(self);
        let opened = Closure::new(move || {
            if let Some(this) = this.upgrade() {
                this.say_hello();
            }
        });
        let this = Rc::downgrade(self);
        let closed = Closure::new(move |event: CloseEvent| {
            let Some(this) = this.upgrade() else { return };
            this.link.lose(Connection::Reconnecting);
            if event.code() == SIGNED_OUT {
                // The server's page says what is the matter, and what to do.
                this.end();
                let _ = window().location().reload();
            } else {
                this.retry();
            }
        });
        let this = Rc::downgrade(self);
        let message = Closure::new(move |event: MessageEvent| {
            if let (Some(this), Some(text)) = (this.upgrade(), event.data().as_string()) {
                this.hear(&text);
            }
        });
        socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        *self.current.borrow_mut() =
            Some(Open { socket, _opened: opened, _closed: closed, _message: message });
    }

    fn say_hello(&self) {
        if let (Some(open), Some(hello)) = (self.current.borrow().as_ref(), (self.hello)()) {
            let _ = open.socket.send_with_str(&hello);
        }
    }

    fn hear(self: &Rc<Self>, text: &str) {
        let now = browser::now();
        self.heard_at.set(now);
        let after = (self.receive.borrow_mut())(text);
        match after {
            After::GoOn => {
                self.attempt.set(0);
                self.link.find();
            }
            // At once, but not in a circle: a second time within a second waits like a lost connection.
            After::JoinAgain if now - self.rejoined_at.replace(now) > 1_000 => self.open(),
            After::JoinAgain => self.retry(),
            After::End => self.end(),
        }
    }

    fn retry(self: &Rc<Self>) {
        if self.ended.get() {
            return;
        }
        let attempt = self.attempt.get();
        self.attempt.set(attempt + 1);
        let wait = Duration::from_millis(delay(attempt, js_sys::Math::random()) as u64);
        let link = self.link;
        self.stop_timer();
        self.timer.set(set_timeout_with_handle(move || link.with_socket(Self::open), wait).ok());
    }

    /// Silence means that the connection is gone, whatever the browser believes.
    fn watch(self: &Rc<Self>) {
        if self.ended.get() {
            return;
        }
        let now = browser::now();
        if now - self.heard_at.get() > LONGEST_SILENCE {
            self.link.lose(Connection::Reconnecting);
            self.open();
        }
        let lost = self.link.lost_at.try_get_untracked().flatten();
        if lost.is_some_and(|lost| now - lost >= OFFLINE_AFTER) {
            self.link.set(Connection::Offline);
        }
    }

    /// The page came to the front, or the network came back.
    fn wake(self: &Rc<Self>) {
        let lost = self.link.lost_at.try_get_untracked().flatten().is_some();
        let silent = browser::now() - self.heard_at.get() > SUSPICIOUS_SILENCE;
        if browser::is_visible() && (lost || silent) {
            self.attempt.set(0);
            self.open();
        }
    }

    fn end(self: &Rc<Self>) {
        self.ended.set(true);
        self.stop_timer();
        if let Some(open) = self.current.borrow_mut().take() {
            open.forget();
        }
    }

    fn stop_timer(&self) {
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
    }
}
