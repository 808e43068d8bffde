//! The line to one BMC: a UDP socket on which a packet is sent again until its answer comes.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep, timeout_at};

use crate::error::{Error, Result};
use crate::limits::{Limits, chance};
use crate::target::Target;

/// Longer datagrams are cut off, and then do not verify. Those of BMCs have a few hundred bytes.
const LARGEST_DATAGRAM: usize = 4096;

/// A socket of its own for each session, so that what comes too late for one is not seen by the next.
pub(crate) struct Link {
    socket: UdpSocket,
}

/// How long, and how often, to go on about one question.
pub(crate) struct Patience<'a> {
    pub limits: &'a Limits,
    pub attempts: u32,
    /// When it is all over.
    pub deadline: Instant,
}

/// No answer came.
#[derive(Debug)]
pub(crate) struct Silence {
    pub attempts: u32,
    pub waited: Duration,
    /// Whether the host said that the port is closed.
    pub refused: bool,
    /// Whether a packet went out.
    pub sent: bool,
    /// What the network said, the last time.
    trouble: Option<io::Error>,
}

impl Link {
    /// A socket that sends to the BMC and hears nobody else.
    pub async fn open(target: &Target, deadline: Instant) -> Result<Self> {
        let address = || target.shown();
        let unresolved = |source| Error::Unresolved { address: address(), source };
        let found = timeout_at(deadline, tokio::net::lookup_host((target.host(), target.port))).await;
        let found = found.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        let peers: Vec<SocketAddr> = found.map_err(unresolved)?.collect();
        let mut trouble = io::Error::from(io::ErrorKind::NotFound);
        for peer in peers {
            match Self::to(peer).await {
                Ok(link) => return Ok(link),
                Err(e) => trouble = e,
            }
        }
        Err(Error::Network { address: address(), source: trouble })
    }

    async fn to(peer: SocketAddr) -> io::Result<Self> {
        let any = match peer {
            SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
        };
        let socket = UdpSocket::bind(any).await?;
        socket.connect(peer).await?;
        Ok(Self { socket })
    }

    /// Sends what `packet` makes, and again after each wait, until `accept` takes something that comes. What it does not
    /// take is forgotten: strays, duplicates, and whatever else the network brings.
    ///
    /// `packet` is asked before each sending; when it has nothing to send any more, the answer is only waited for.
    pub async fn ask<T>(
        &self,
        patience: &Patience<'_>,
        mut packet: impl FnMut() -> io::Result<Option<Vec<u8>>>,
        mut accept: impl FnMut(&[u8]) -> Option<T>,
    ) -> Result<T, Silence> {
        let began = Instant::now();
        let mut buffer = vec![0; LARGEST_DATAGRAM];
        let mut silence = Silence { attempts: 0, waited: Duration::ZERO, refused: false, sent: false, trouble: None };
        for round in 1..=patience.attempts {
            if Instant::now() >= patience.deadline {
                break;
            }
            let wait = patience.limits.wait(round, chance());
            let until = (Instant::now() + wait).min(patience.deadline);
            match packet() {
                Ok(Some(packet)) => {
                    silence.attempts += 1;
                    silence.sent |= self.send(&packet, &mut silence).await;
                }
                Ok(None) => {}
                Err(e) => silence.note(e),
            }
            while let Ok(received) = timeout_at(until, self.socket.recv(&mut buffer)).await {
                match received {
                    Ok(length) => {
                        if let Some(answer) = accept(&buffer[..length]) {
                            return Ok(answer);
                        }
                    }
                    // What ICMP brings about an earlier packet. Once it is told, the next receive waits again; should
                    // it not, this does.
                    Err(e) => {
                        silence.note(e);
                        sleep(Duration::from_millis(1)).await;
                    }
                }
            }
        }
        silence.waited = began.elapsed();
        Err(silence)
    }

    /// Sends a packet; false if it did not go out. What ICMP brought about an earlier one stands in its way once.
    async fn send(&self, packet: &[u8], silence: &mut Silence) -> bool {
        for _ in 0..2 {
            match self.socket.send(packet).await {
                Ok(_) => return true,
                Err(e) => silence.note(e),
            }
        }
        false
    }

    /// Sends without waiting for anything, not even for room to send.
    pub fn mention(&self, packet: &[u8]) {
        let _ = self.socket.try_send(packet);
    }
}

impl Silence {
    /// What it means; unless the network says that nothing gets through.
    pub fn or_network(mut self, target: &Target, meaning: impl FnOnce(Self) -> Error) -> Error {
        match self.trouble.take() {
            Some(source) => Error::Network { address: target.shown(), source },
            None => meaning(self),
        }
    }

    fn note(&mut self, e: io::Error) {
        if e.kind() == io::ErrorKind::ConnectionRefused {
            self.refused = true;
        } else {
            self.trouble = Some(e);
        }
    }
}
