//! Following a session: first what was missed, then what happens.
//!
//! Invariant: the receiver is taken before the rows are read, so nothing falls between; what arrives twice is dropped by
//! the fold, by revision and by offset.

use std::{collections::VecDeque, sync::Arc};

use slipway_protocol::{Cursor, Delta, Frame, Join, PAGE_OF_MESSAGES};
use slipway_store::Store;
use tokio::sync::broadcast;

use crate::{
    Error,
    access::{Lost, Watch},
    session::{Joined, Live, OpenText},
};

/// More than this is cheaper as a snapshot.
const MOST_ROWS: usize = 500;
const MOST_BYTES: usize = 1024 * 1024;

/// One who looks at a session. Dropping it changes nothing for the session.
pub struct Follower {
    first: VecDeque<Frame>,
    live: broadcast::Receiver<Arc<Live>>,
    sent: u64,
    access: Watch,
}

impl Follower {
    /// Reads what was missed since `join`, up to what is stored now; `joined` is no later.
    /// It ends once `access` is lost.
    pub(crate) async fn start(
        store: &Store,
        join: Join,
        joined: Joined,
        access: Watch,
    ) -> Result<Self, Error> {
        let id = &joined.session;
        let Some(session) = store.session(id).await? else { return Err(Error::no_such_session()) };
        let trusted = join.cursor.filter(|cursor| {
            let of_this_run = cursor.generation == session.generation;
            cursor.revision <= joined.revision && (of_this_run || cursor.revision <= session.generation_rev)
        });
        let changes = match trusted {
            // Up to now, not up to `joined`: a message that was touched in between would be missing here, and the parts it had
            // before would find no place.
            Some(cursor) => store.changes(id, cursor.revision, u64::MAX, MOST_ROWS, MOST_BYTES).await?,
            None => None,
        };
        let mut first = VecDeque::new();
        let sent = if let Some(changes) = changes {
            let newest = changes.iter().map(|change| change.rev).max().unwrap_or_default();
            let revision = newest.max(joined.revision);
            let to = Cursor { generation: session.generation, revision };
            let tails = tails(&joined.open, &join);
            first.push_back(Frame::CatchUp { to, changes, tails });
            revision
        } else {
            let Some(view) = store.view(id, PAGE_OF_MESSAGES).await? else {
                return Err(Error::no_such_session());
            };
            let sent = view.cursor.revision;
            first.push_back(Frame::Snapshot { view: Box::new(view) });
            first.extend(tails(&joined.open, &Join::default()).into_iter().map(Frame::Delta));
            sent
        };
        Ok(Self { first, live: joined.live, sent, access })
    }

    /// The next frame. None: it fell too far behind, the session moved, or nobody knows whether it may be seen; join again.
    pub async fn next(&mut self) -> Option<Frame> {
        if let Some(frame) = self.first.pop_front() {
            return Some(frame);
        }
        loop {
            let live = tokio::select! {
                biased;
                lost = &mut self.access => return (lost == Lost::Repository).then_some(Frame::Gone),
                live = self.live.recv() => live.ok()?,
            };
            match live.as_ref() {
                Live::Change(change) if change.rev <= self.sent => {}
                Live::Change(change) => {
                    self.sent = change.rev;
                    return Some(Frame::Change(change.clone()));
                }
                Live::Delta(delta) => return Some(Frame::Delta(delta.clone())),
                Live::Gone => return Some(Frame::Gone),
                Live::Moved => return None,
                Live::Outcome { .. } => {}
            }
        }
    }

    /// Says which revision this follower was sent.
    pub fn heartbeat(&self) -> Frame {
        Frame::Heartbeat { revision: self.sent }
    }
}

/// The text of each open part from the byte that the follower holds; all of it where it holds none.
fn tails(open: &[OpenText], join: &Join) -> Vec<Delta> {
    let tail = |part: &OpenText| {
        let held = join.open.iter().find(|held| held.part == part.part).map_or(0, |held| held.bytes as usize);
        let from = if part.text.is_char_boundary(held) { held } else { 0 };
        let text = part.text[from..].to_owned();
        (!text.is_empty()).then(|| Delta {
            message: part.message.clone(),
            part: part.part.clone(),
            offset: from as u64,
            text,
        })
    };
    open.iter().filter_map(tail).collect()
}
