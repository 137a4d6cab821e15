//! Takes requests until it is told to stop, and then stops within 10 seconds.

use std::{io, net::SocketAddr, time::Duration};

use axum::serve::ListenerExt;
use slipway_engine::{Engine, OnExit};
use tokio::{net::TcpListener, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{Config, config::Unusable, router::router, start::Server};

/// How long requests and sockets may take to end.
const LAST_REQUESTS: Duration = Duration::from_secs(3);

/// How long supervisors may take to store what they have.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// How long the database may take to close.
const LAST_CLOSE: Duration = Duration::from_secs(1);

/// Old sign-ins, and what the audit need not remember any more, are cleared this often.
const SWEEP: Duration = Duration::from_hours(6);

/// Binds the address of the settings.
pub async fn bind(config: &Config) -> Result<TcpListener, Unusable> {
    let address = config.web.bind;
    TcpListener::bind(address).await.map_err(|error| {
        Unusable(match error.kind() {
            io::ErrorKind::AddrInUse => format!(
                "Port {} of {} is in use. Stop the other program, or choose another port with SLIPWAY_BIND.",
                address.port(),
                address.ip()
            ),
            io::ErrorKind::PermissionDenied => {
                format!(
                    "Port {} may not be used by this user. Choose another with SLIPWAY_BIND.",
                    address.port()
                )
            }
            _ => format!("SLIPWAY_BIND is {address}, which cannot be listened on: {error}."),
        })
    })
}

/// Starts everything and serves until `shutdown`.
pub async fn serve(
    listener: TcpListener,
    config: &Config,
    shutdown: impl Future<Output = OnExit>,
) -> Result<(), Unusable> {
    let listening =
        listener.local_addr().map_err(|error| Unusable(format!("The socket is gone: {error}.")))?;
    Server::start(config, listening).await?.serve(listener, shutdown).await
}

impl Server {
    /// `shutdown` says what becomes of running turns.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = OnExit>,
    ) -> Result<(), Unusable> {
        let stop = CancellationToken::new();
        let state = self.state;
        // Without this the last piece of every streamed answer waits 40 ms.
        let listener = listener.tap_io(|socket| {
            let _ = socket.set_nodelay(true);
        });
        let service = router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let service = axum::serve(listener, service);
        let mut serving =
            tokio::spawn(service.with_graceful_shutdown(stop.clone().cancelled_owned()).into_future());
        let sweeping = tokio::spawn(sweep(state.web_sessions.clone(), state.engine.clone(), self.audit_keep));
        let (on_exit, failure) = tokio::select! {
            on_exit = shutdown => (on_exit, None),
            ended = &mut serving => (OnExit::Keep, Some(ended)),
        };
        stop.cancel();
        state.closing.cancel();
        state.sockets.close();
        sweeping.abort();
        let last_requests = async {
            state.sockets.wait().await;
            if failure.is_none() {
                let _ = (&mut serving).await;
            }
        };
        if timeout(LAST_REQUESTS, last_requests).await.is_err() {
            tracing::warn!("some requests did not end in time");
            serving.abort();
        }
        if timeout(LAST_WRITES, state.engine.shut_down(on_exit)).await.is_err() {
            tracing::error!("some sessions did not end in time; the next start takes them up");
        }
        let _ = timeout(LAST_CLOSE, self.store.close()).await;
        match failure {
            None => Ok(()),
            Some(_) => Err(Unusable("The server stopped taking requests. Its log says more.".into())),
        }
    }
}

async fn sweep(sessions: crate::auth::WebSessions, engine: Engine, audit_keep: Duration) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        if let Err(error) = sessions.delete_expired().await {
            tracing::warn!(%error, "could not clear old sign-ins");
        }
        if let Err(error) = engine.forget_audit(audit_keep).await {
            tracing::warn!(%error, "could not clear the old lines of the audit");
        }
    }
}
