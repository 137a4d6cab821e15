//! A tab that shows a session: the real fold over a real socket.

use serde_json::json;
use slipway_protocol::{Applied, Frame, Join, Role, SessionView, Shorthand};
use tokio::time::timeout;

use crate::stage::{PATIENCE, Socket, Visitor};

pub(crate) struct Tab {
    person: Visitor,
    path: String,
    socket: Option<Socket>,
    shorthand: Shorthand,
    view: Option<SessionView>,
}

impl Tab {
    /// Has said what it holds: nothing. What comes waits until it looks.
    pub(crate) async fn open(person: &Visitor, session: &str) -> Self {
        let path = format!("/sessions/{session}/live");
        let mut tab =
            Self { person: person.clone(), path, socket: None, shorthand: Shorthand::default(), view: None };
        tab.join().await;
        tab
    }

    pub(crate) fn session(&self) -> &str {
        self.path.split('/').nth(2).unwrap()
    }

    /// Of its own end of the connection.
    pub(crate) fn port(&self) -> Option<u16> {
        self.socket.as_ref().map(Socket::port)
    }

    async fn join(&mut self) {
        let mut socket = self.person.open(&self.path).await.unwrap();
        let join = self.view.as_ref().map_or_else(Join::default, SessionView::join);
        socket.say(&serde_json::to_string(&join).unwrap()).await;
        self.socket = Some(socket);
        self.shorthand = Shorthand::default();
    }

    /// Looks until the view is as wanted, and joins again whenever the connection ends or something is missing.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&SessionView) -> bool) -> SessionView {
        let looking = async {
            loop {
                if let Some(view) = self.view.as_ref().filter(|view| wanted(view)) {
                    return view.clone();
                }
                let Some(socket) = &mut self.socket else {
                    self.join().await;
                    continue;
                };
                let Some(text) = socket.text().await else {
                    self.socket = None;
                    continue;
                };
                let frame = self.shorthand.lengthen(serde_json::from_str(&text).unwrap()).unwrap();
                match (&mut self.view, frame) {
                    (None, Frame::Snapshot { view }) => self.view = Some(*view),
                    (None, frame) => panic!("first comes a snapshot, not {frame:?}"),
                    (Some(view), frame) => {
                        if view.apply(frame) == Applied::Rejoin {
                            self.socket = None;
                        }
                    }
                }
            }
        };
        if let Ok(view) = timeout(PATIENCE * 6, looking).await {
            return view;
        }
        panic!("this is how far it came: {:#?}", self.view)
    }

    /// The answer is whole and nothing runs any more.
    pub(crate) async fn ended(&mut self, words: &str) -> SessionView {
        self.until(|view| !view.head.phase.is_busy() && said(view).contains(words)).await
    }
}

/// Everything the agent said, as text.
pub(crate) fn said(view: &SessionView) -> String {
    let answers = view.messages.iter().filter(|view| view.message.role == Role::Agent);
    let parts = answers.flat_map(|message| &message.parts);
    parts.map(|part| part.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// What is stored, as a page would show it.
pub(crate) async fn stored(person: &Visitor, session: &str) -> SessionView {
    let (status, view) = person.call("sessions/get", json!({ "session": session })).await;
    assert_eq!(status, 200, "{view}");
    serde_json::from_value(view).unwrap()
}
