//! What lies between browsers and server: a TCP proxy that delays, splits and cuts.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
    time::sleep,
};

/// As it is for everybody who goes through.
#[derive(Clone, Copy, Debug)]
struct Sky {
    delay: Duration,
    /// The most bytes that travel together.
    piece: usize,
    /// A connection ends when this moves on.
    storms: u64,
}

const FINE: Sky = Sky { delay: Duration::ZERO, piece: 64 * 1024, storms: 0 };

/// Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Weather {
    pub(crate) address: SocketAddr,
    sky: Arc<watch::Sender<Sky>>,
    server: Arc<AtomicU16>,
}

impl Weather {
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let weather = Self {
            address: listener.local_addr()?,
            sky: Arc::new(watch::Sender::new(FINE)),
            server: Arc::new(AtomicU16::new(0)),
        };
        let own = weather.clone();
        tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                tokio::spawn(own.clone().carry(browser));
            }
        });
        Ok(weather)
    }

    /// Where the server listens now.
    pub(crate) fn lead_to(&self, port: u16) {
        self.server.store(port, Ordering::Relaxed);
    }

    /// 0 is a fine day.
    pub(crate) fn slow(&self, delay_ms: u64, piece: usize) {
        self.sky.send_modify(|sky| {
            sky.delay = Duration::from_millis(delay_ms);
            sky.piece = if piece == 0 { FINE.piece } else { piece };
        });
    }

    pub(crate) fn cut(&self) {
        self.sky.send_modify(|sky| sky.storms += 1);
    }

    async fn carry(self, browser: TcpStream) {
        let Ok(server) = TcpStream::connect(("127.0.0.1", self.server.load(Ordering::Relaxed))).await else {
            return;
        };
        let (from_browser, to_browser) = browser.into_split();
        let (from_server, to_server) = server.into_split();
        let mut sky = self.sky.subscribe();
        let storms = sky.borrow_and_update().storms;
        tokio::select! {
            () = flow(from_browser, to_server, self.sky.subscribe()) => {}
            () = flow(from_server, to_browser, self.sky.subscribe()) => {}
            _ = sky.wait_for(|sky| sky.storms > storms) => {}
        }
    }
}

/// Ends with either side; what was read and not yet carried on is lost then, as in a real cut.
async fn flow(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, sky: watch::Receiver<Sky>) {
    let mut buffer = vec![0; FINE.piece];
    loop {
        let now = *sky.borrow();
        let Ok(count @ 1..) = from.read(&mut buffer).await else { return };
        for piece in buffer[..count].chunks(now.piece) {
            // A hundred small pieces with a pause before each would be a wall, not weather.
            sleep(now.delay.min(Duration::from_millis(2_000 * now.piece as u64 / count as u64))).await;
            if to.write_all(piece).await.is_err() {
                return;
            }
        }
    }
}
