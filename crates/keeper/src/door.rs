//! The one way through the walls: a socket that the *init* inside has from the keeper outside.
//!
//! What passes is sockets themselves. At first init sends those it listens on inside, so that the keeper answers there; later
//! the keeper names a port, and gets a connection to it. No byte is carried by init, and no path leads through the walls,
//! so there is none to bend.
//!
//! Invariant: whatever comes through is a socket of the inside; it reaches nothing there that the agent could not reach.

use std::{
    io::{self, IoSlice, IoSliceMut},
    mem::MaybeUninit,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    time::Duration,
};

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
};
use tokio::{
    io::Interest,
    net::{TcpStream, UnixDatagram},
    sync::Mutex,
    time::timeout,
};

/// A connection on a loopback takes no time, but the agent may be stopped.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// The most sockets in one message.
const MOST: usize = 4;

/// The keeper's end.
#[derive(Debug)]
pub(crate) struct Door {
    socket: UnixDatagram,
    /// The number of the last question; one is asked at a time.
    asked: Mutex<u32>,
}

impl Door {
    /// Both ends. The other one is for an init's standard input.
    pub(crate) fn new() -> io::Result<(Self, OwnedFd)> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let (near, far) = rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
        Ok((Self { socket: packets(near)?, asked: Mutex::new(0) }, far))
    }

    /// The sockets that init listens on, in the order of its ports. Asked once, and before anything else.
    pub(crate) async fn listeners(&self) -> io::Result<Vec<tokio::net::TcpListener>> {
        let (_, sockets) = receive(&self.socket).await?;
        let listen = |socket: OwnedFd| {
            let listener = TcpListener::from(socket);
            listener.set_nonblocking(true)?;
            tokio::net::TcpListener::from_std(listener)
        };
        sockets.into_iter().map(listen).collect()
    }

    /// A connection to a port inside.
    pub(crate) async fn connect(&self, port: u16) -> io::Result<TcpStream> {
        let mut asked = self.asked.lock().await;
        *asked = asked.wrapping_add(1);
        let question = [&asked.to_be_bytes()[..], &port.to_be_bytes()].concat();
        send(&self.socket, &question, &[]).await?;
        // Whoever asked before may have lost patience; its answer is not for us.
        let (answer, socket) = loop {
            let (answer, sockets) = receive(&self.socket).await?;
            if answer.get(..4) == Some(&asked.to_be_bytes()[..]) {
                break (answer, sockets.into_iter().next());
            }
        };
        drop(asked);
        let Some(socket) = socket else {
            return Err(answer.get(4..8).and_then(|code| code.try_into().ok()).map_or_else(
                || io::ErrorKind::InvalidData.into(),
                |code| io::Error::from_raw_os_error(i32::from_be_bytes(code)),
            ));
        };
        let stream = std::net::TcpStream::from(socket);
        stream.set_nonblocking(true)?;
        TcpStream::from_std(stream)
    }
}

/// Init's end: listens on these ports, hands that over, and connects as it is asked until the keeper is gone.
pub(crate) async fn serve(socket: OwnedFd, ports: &[u16]) -> io::Result<()> {
    let socket = packets(socket)?;
    let listen = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port));
    let listeners: Vec<TcpListener> = ports.iter().map(listen).collect::<io::Result<_>>()?;
    let handed: Vec<BorrowedFd<'_>> = listeners.iter().map(AsFd::as_fd).collect();
    send(&socket, b"listening", &handed).await?;
    loop {
        let (question, _) = receive(&socket).await?;
        let Some((number, port)) = question.split_at_checked(4) else { continue };
        let Ok(port) = port.try_into().map(u16::from_be_bytes) else { continue };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let made = timeout(CONNECT_LIMIT, TcpStream::connect(address)).await;
        match made.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(stream) => send(&socket, number, &[stream.as_fd()]).await?,
            Err(error) => {
                let code = error.raw_os_error().unwrap_or(rustix::io::Errno::TIMEDOUT.raw_os_error());
                send(&socket, &[number, &code.to_be_bytes()].concat(), &[]).await?;
            }
        }
    }
}

/// The socket keeps messages apart, as datagrams are, and tells when the other side is gone.
fn packets(socket: OwnedFd) -> io::Result<UnixDatagram> {
    let socket = std::os::unix::net::UnixDatagram::from(socket);
    socket.set_nonblocking(true)?;
    UnixDatagram::from_std(socket)
}

async fn send(socket: &UnixDatagram, bytes: &[u8], sockets: &[BorrowedFd<'_>]) -> io::Result<()> {
    let send = || {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !sockets.is_empty() && !control.push(SendAncillaryMessage::ScmRights(sockets)) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        rustix::net::sendmsg(socket, &[IoSlice::new(bytes)], &mut control, SendFlags::NOSIGNAL)?;
        Ok(())
    };
    socket.async_io(Interest::WRITABLE, send).await
}

/// One message and the sockets that came with it.
async fn receive(socket: &UnixDatagram) -> io::Result<(Vec<u8>, Vec<OwnedFd>)> {
    let receive = || {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut bytes = [0; 64];
        let pieces = &mut [IoSliceMut::new(&mut bytes)];
        let message = rustix::net::recvmsg(socket, pieces, &mut control, RecvFlags::CMSG_CLOEXEC)?;
        let mut sockets = Vec::new();
        for word in control.drain() {
            if let RecvAncillaryMessage::ScmRights(came) = word {
                sockets.extend(came);
            }
        }
        if message.flags.intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok((bytes[..message.bytes].to_vec(), sockets))
    };
    let (bytes, sockets) = socket.async_io(Interest::READABLE, receive).await?;
    if bytes.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((bytes, sockets))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn sockets_pass_in_both_directions() {
        let free = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let ports = [free(), free()];
        let (door, far) = Door::new().unwrap();
        tokio::spawn(async move { serve(far, &ports).await });
        let listeners = door.listeners().await.unwrap();
        assert_eq!(listeners.iter().map(|held| held.local_addr().unwrap().port()).collect::<Vec<_>>(), ports);

        for (listener, port) in listeners.iter().zip(ports) {
            let (connected, accepted) = tokio::join!(door.connect(port), listener.accept());
            let (mut near, mut far) = (connected.unwrap(), accepted.unwrap().0);
            near.write_all(b"word").await.unwrap();
            let mut heard = [0; 4];
            far.read_exact(&mut heard).await.unwrap();
            assert_eq!(&heard, b"word");
        }
        let refused = door.connect(free()).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    }

    #[tokio::test]
    async fn an_answer_that_nobody_waits_for_is_not_anothers() {
        let (door, far) = Door::new().unwrap();
        let far = packets(far).unwrap();
        let first = timeout(Duration::from_millis(50), door.connect(1)).await;
        assert!(first.is_err(), "nobody has answered");
        let answers = async {
            for _ in 0..2 {
                let (question, _) = receive(&far).await.unwrap();
                let code: i32 = if question[5] == 1 { 5 } else { 13 };
                send(&far, &[&question[..4], &code.to_be_bytes()].concat(), &[]).await.unwrap();
            }
        };
        let (second, ()) = tokio::join!(door.connect(2), answers);
        assert_eq!(second.unwrap_err().raw_os_error(), Some(13));
        drop(far);
        assert_eq!(door.connect(3).await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
