//! Taking in the agent's connections, so many at once and no more.

use std::{sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::sleep,
};

/// Connections of the agent at once, on each of its ways out.
const CONNECTIONS: usize = 256;
/// Where none can be accepted, mostly for want of descriptors, some will be free again soon.
const RETRY: Duration = Duration::from_millis(100);

/// Each connection is served in a task of its own, and has its place until the permit is dropped.
pub(super) async fn each<Served>(
    listener: TcpListener,
    way: &'static str,
    serve: impl Fn(TcpStream, OwnedSemaphorePermit) -> Served,
) where
    Served: Future<Output = ()> + Send + 'static,
{
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    while let Ok(permit) = Arc::clone(&connections).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                tokio::spawn(serve(stream, permit));
            }
            Err(error) => {
                tracing::warn!(%error, way, "a connection of the agent cannot be accepted");
                sleep(RETRY).await;
            }
        }
    }
}
