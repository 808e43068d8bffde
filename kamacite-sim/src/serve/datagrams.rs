//! The transport of IPMI: a socket of UDP in front of a BMC. It decides nothing.

use std::{net::SocketAddr, sync::Arc};

use parking_lot::Mutex;
use tokio::net::UdpSocket;

use crate::{bmc::Bmc, faults::Packets};

use super::{Hall, REST, Station};

/// The largest datagram that can make sense.
const LARGEST: usize = 2048;

/// Serves a socket until the hall is closed.
pub(crate) async fn listen(socket: UdpSocket, bmc: Arc<Mutex<Bmc>>, hall: Hall) {
    let socket = Arc::new(socket);
    loop {
        let ready = tokio::select! {
            () = hall.stop.cancelled() => return,
            ready = socket.readable() => ready,
        };
        // Thousands of them wait, so that none keeps room for a datagram meanwhile.
        if ready.is_err() || !hear_all(&socket, &bmc, &hall) {
            hall.clock.sleep(REST).await;
        }
    }
}

/// Hears what has come; whether there may soon be more.
fn hear_all(socket: &Arc<UdpSocket>, bmc: &Arc<Mutex<Bmc>>, hall: &Hall) -> bool {
    let mut buffer = [0; LARGEST];
    loop {
        match socket.try_recv_from(&mut buffer) {
            Ok((length, console)) => hear(socket, bmc, hall, &buffer[..length], console),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return true,
            // What ICMP brings about consoles that are gone is no reason to stop.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {}
            Err(error) => {
                tracing::warn!(%error, "cannot receive a datagram");
                return false;
            }
        }
    }
}

fn hear(socket: &Arc<UdpSocket>, bmc: &Arc<Mutex<Bmc>>, hall: &Hall, datagram: &[u8], console: SocketAddr) {
    let Packets { delay, datagrams } = bmc.lock().hear(datagram, hall.clock.now());
    let station: Station = bmc.clone();
    hall.look_after(&station);
    let socket = socket.clone();
    if delay.is_zero() {
        send(&socket, &datagrams, console);
        return;
    }
    let late = hall.clone();
    hall.spawn(async move {
        tokio::select! {
            () = late.stop.cancelled() => {}
            () = late.clock.sleep(delay) => send(&socket, &datagrams, console),
        }
    });
}

/// What cannot be sent is lost, as datagrams are.
fn send(socket: &UdpSocket, datagrams: &[Vec<u8>], console: SocketAddr) {
    for datagram in datagrams {
        let _ = socket.try_send_to(datagram, console);
    }
}
