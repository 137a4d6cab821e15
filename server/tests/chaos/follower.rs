//! A tab that shows a session: the real fold over the real socket, joined again with what it holds whenever it breaks.

use std::{sync::Arc, time::Duration};

use futures::{SinkExt, StreamExt};
use slipway_protocol::{Applied, Frame, Join, PartId, SessionId, SessionView, Shorthand};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::tungstenite::Message;

use crate::browser::{Browser, Socket, text};

/// Silence for so long, and the connection counts as gone; as in the page's own program.
const SILENCE: Duration = Duration::from_secs(25);
const BEFORE_RETRY: Duration = Duration::from_millis(100);

/// What a tab shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    pub(crate) view: Option<SessionView>,
    pub(crate) gone: bool,
    /// What should never have come over one connection.
    pub(crate) wrong: Vec<String>,
    /// When how much of a growing text was there.
    pub(crate) heard: Vec<Heard>,
}

#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) at: Instant,
    pub(crate) part: PartId,
    pub(crate) bytes: usize,
}

pub(crate) struct Follower {
    pub(crate) session: usize,
    pub(crate) shown: watch::Receiver<Shown>,
    task: JoinHandle<()>,
}

impl Follower {
    pub(crate) fn open(browser: Browser, session: usize, id: SessionId) -> Self {
        let (sender, shown) = watch::channel(Shown::default());
        let task = tokio::spawn(follow(browser, id, Arc::new(sender)));
        Self { session, shown, task }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn follow(browser: Browser, id: SessionId, shown: Arc<watch::Sender<Shown>>) {
    loop {
        if let Some(socket) = browser.look(&id).await {
            listen(socket, &shown).await;
        }
        if shown.borrow().gone {
            return;
        }
        sleep(BEFORE_RETRY).await;
    }
}

/// Until the connection breaks, or the fold wants to join again.
async fn listen(mut socket: Socket, shown: &watch::Sender<Shown>) {
    let join = shown.borrow().view.as_ref().map_or_else(Join::default, SessionView::join);
    let Ok(join) = serde_json::to_string(&join) else { return };
    if socket.send(Message::text(join)).await.is_err() {
        return;
    }
    let mut shorthand = Shorthand::default();
    while let Ok(Some(Ok(message))) = timeout(SILENCE, socket.next()).await {
        let Some(text) = text(message) else { continue };
        let mut applied = Applied::Whole;
        let frame = serde_json::from_str(&text).ok().and_then(|shortened| shorthand.lengthen(shortened));
        shown.send_modify(|shown| match frame {
            Some(frame) => applied = apply(shown, frame),
            None => shown.wrong.push(format!("a frame that is none: {text}")),
        });
        match applied {
            Applied::Whole => {}
            Applied::Rejoin => return,
            Applied::Gone => {
                shown.send_modify(|shown| shown.gone = true);
                return;
            }
        }
    }
}

fn apply(shown: &mut Shown, frame: Frame) -> Applied {
    let Shown { view, wrong, heard, .. } = shown;
    let Some(view) = view else {
        return match frame {
            Frame::Snapshot { view: first } => {
                *view = Some(*first);
                Applied::Whole
            }
            // Not made yet: the tab was opened first.
            Frame::Gone => Applied::Rejoin,
            other => {
                wrong.push(format!("the first frame without a cursor is {other:?}"));
                Applied::Rejoin
            }
        };
    };
    // Over one connection the live lane has no hole.
    if let Frame::Change(change) = &frame
        && change.rev > view.cursor.revision + 1
    {
        wrong.push(format!("change {} came after {}", change.rev, view.cursor.revision));
    }
    let grows = match &frame {
        Frame::Delta(delta) => Some(delta.part.clone()),
        _ => None,
    };
    let applied = view.apply(frame);
    if let Some(id) = grows
        && let Some(part) = view.messages.iter().rev().flat_map(|said| &said.parts).find(|part| part.id == id)
    {
        heard.push(Heard { at: Instant::now(), part: id, bytes: part.text.len() });
    }
    applied
}
