//! Looking at a session, or at the list, as it changes, over a WebSocket.
//!
//! A socket only shows. Losing one changes nothing; whoever comes back says what it holds and gets the rest.

mod batch;
mod frame;
mod line;
mod seats;

use app::ssr::Caller;
use axum::{
    Extension,
    extract::{
        Path, State,
        ws::{WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::HeaderMap,
    response::Response,
};
use futures::{Stream, stream};
use slipway_engine::{Follower, ListFollower};
use slipway_protocol::{ErrorKind, Frame, ListFrame, Person, SessionId};
use tower_sessions::{Session, SessionStore, session::Id};

use crate::{
    auth,
    error::{Reader, of_engine, refuse},
    live::{
        frame::LiveFrame,
        line::{Line, SIGNED_OUT, TRY_AGAIN},
    },
    state::AppState,
};

pub(crate) use seats::{Seat, Seats};

/// More sockets than any installation of one machine needs. The page of a session has two.
const MOST_SOCKETS: usize = 4096;

/// The first frame says what the browser holds of its open parts.
const LARGEST_MESSAGE: usize = 64 * 1024;

/// Bytes that each socket holds for reading, and gathers for writing: many sockets say little.
const SOCKET_BUFFER: usize = 2 * 1024;

type Upgrade = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

/// `GET /sessions/{id}/live`
pub(crate) async fn session(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    cookie: Session,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    let id = SessionId::new(id);
    let (who, seat) = match admit(&state, caller, &headers) {
        Ok(admitted) => admitted,
        Err(answer) => return *answer,
    };
    // What is final is told inside: a browser cannot see why it was refused, and would come back for ever.
    if let Err(error) = state.engine.may_read(&who, &id).await
        && !matches!(error.kind, ErrorKind::NotFound | ErrorKind::SignedOut)
    {
        return of_engine(Reader::of(&headers), error);
    }
    open(state, &headers, cookie.id(), upgrade, move |state: AppState, mut line: Line| async move {
        let _seat = seat;
        let Some(join) = line.join().await else { return };
        // Apart from the socket's own memory: it is large, and soon over.
        let following = Box::pin(state.engine.follow(&who, &id, join)).await;
        match following {
            Ok(follower) => line.run(frames(follower)).await,
            Err(error) if error.kind == ErrorKind::NotFound => line.gone().await,
            Err(error) if error.kind == ErrorKind::SignedOut => line.close(SIGNED_OUT, &error.sentence).await,
            Err(error) => line.close(TRY_AGAIN, &error.sentence).await,
        }
    })
}

/// `GET /live`
pub(crate) async fn list(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    cookie: Session,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    let (who, seat) = match admit(&state, caller, &headers) {
        Ok(admitted) => admitted,
        Err(answer) => return *answer,
    };
    open(state, &headers, cookie.id(), upgrade, move |state: AppState, line: Line| async move {
        let _seat = seat;
        match state.engine.follow_list(&who).await {
            Ok(follower) => line.run(frames(follower)).await,
            Err(error) => line.close(TRY_AGAIN, &error.sentence).await,
        }
    })
}

/// Who can be asked for the next frame.
trait Next: Send {
    type Frame: LiveFrame;

    fn next_frame(&mut self) -> impl Future<Output = Option<Self::Frame>> + Send;
}

impl Next for Follower {
    type Frame = Frame;

    async fn next_frame(&mut self) -> Option<Frame> {
        self.next().await
    }
}

impl Next for ListFollower {
    type Frame = ListFrame;

    async fn next_frame(&mut self) -> Option<ListFrame> {
        self.next().await
    }
}

/// A stream whose half-made frame is not lost when somebody stops waiting for it.
fn frames<N: Next>(follower: N) -> impl Stream<Item = N::Frame> + Send {
    stream::unfold(follower, async |mut follower| {
        let frame = follower.next_frame().await?;
        Some((frame, follower))
    })
}

fn admit(state: &AppState, caller: Caller, headers: &HeaderMap) -> Result<(Person, Seat), Box<Response>> {
    let reader = Reader::of(headers);
    let who = auth::required(caller, reader)?;
    let seat = state.seats.take(&who.id).filter(|_| state.sockets.len() < MOST_SOCKETS);
    match seat {
        Some(seat) => Ok((who, seat)),
        None => {
            Err(refuse(reader, ErrorKind::Busy, "Too many pages are open. Close some and try again.").into())
        }
    }
}

/// Answers the upgrade and runs `talk` on the socket, counted among the open ones.
fn open<T, E>(state: AppState, headers: &HeaderMap, cookie: Option<Id>, upgrade: Upgrade, talk: T) -> Response
where
    T: FnOnce(AppState, Line) -> E + Send + 'static,
    E: Future<Output = ()> + Send,
{
    let Ok(upgrade) = upgrade else {
        return refuse(Reader::of(headers), ErrorKind::Invalid, "This address is for WebSockets only.");
    };
    let upgrade = upgrade
        .max_message_size(LARGEST_MESSAGE)
        .max_frame_size(LARGEST_MESSAGE)
        .read_buffer_size(SOCKET_BUFFER)
        .write_buffer_size(SOCKET_BUFFER);
    let tracked = state.sockets.token();
    upgrade.on_upgrade(move |socket: WebSocket| async move {
        let _tracked = tracked;
        let still_signed_in = {
            let sessions = state.web_sessions.clone();
            move || {
                let sessions = sessions.clone();
                Box::pin(async move {
                    match cookie {
                        // A database that does not answer signs nobody out.
                        Some(id) => sessions.load(&id).await.map_or(true, |record| record.is_some()),
                        None => false,
                    }
                }) as line::Checking
            }
        };
        let (closing, sign_outs) = (state.closing.clone(), state.sign_outs.subscribe());
        let line = Line::new(socket, closing, sign_outs, Box::new(still_signed_in));
        talk(state, line).await;
    })
}
