//! What a datagram asks: read, and in a session its origin checked, before anything is done about it.

use ipmi::wire::{Datagram, Message, OpenSessionRequest, PayloadType, Ping, Plus, Rakp1, Rakp3};
use kamacite_model::Timestamp;

use crate::bmc::Bmc;

use super::{commands, sessions};

/// A datagram that makes sense.
#[derive(Debug)]
pub(crate) enum Heard {
    /// Who is there?
    Ping(Ping),
    /// A command outside of sessions, in a packet of RMCP+ or of IPMI 1.5.
    Outside { message: Message, plus: bool },
    /// A step of opening a session.
    Opening(Opening),
    /// A command in a session.
    Inside { session: u32, sequence: u32, message: Message },
}

/// A step of opening a session.
#[derive(Debug)]
pub(crate) enum Opening {
    Request(OpenSessionRequest),
    Rakp1(Rakp1),
    Rakp3(Rakp3),
}

impl Heard {
    /// What rules call it: `chassis-control`, `rakp-1`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ping(_) => "ping",
            Self::Opening(Opening::Request(_)) => "open-session",
            Self::Opening(Opening::Rakp1(_)) => "rakp-1",
            Self::Opening(Opening::Rakp3(_)) => "rakp-3",
            Self::Outside { message, .. } | Self::Inside { message, .. } => {
                commands::find(message.netfn, message.command).map_or("unknown", |command| command.name)
            }
        }
    }

    /// Whether it is a command, which can be answered with a completion code.
    pub fn is_command(&self) -> bool {
        match self {
            Self::Outside { .. } | Self::Inside { .. } => true,
            Self::Ping(_) | Self::Opening(_) => false,
        }
    }
}

/// Reads a datagram; `None` is one that a BMC makes nothing of.
pub(super) fn hear(bmc: &mut Bmc, datagram: &[u8], now: Timestamp) -> Option<Heard> {
    bmc.advance(now);
    sessions::expire(bmc, now);
    match Datagram::decode(datagram).ok()? {
        Datagram::Ping(ping) => Some(Heard::Ping(ping)),
        Datagram::Pong(_) => None,
        Datagram::Sessionless(payload) => Some(Heard::Outside { message: request(payload)?, plus: false }),
        Datagram::Plus(packet) if packet.session == 0 => outside(&packet),
        Datagram::Plus(packet) => {
            let payload = sessions::unseal(bmc, &packet)?;
            let (session, sequence) = (packet.session, packet.sequence);
            Some(Heard::Inside { session, sequence, message: request(&payload)? })
        }
    }
}

fn outside(packet: &Plus<'_>) -> Option<Heard> {
    let payload = packet.clear().ok()?;
    Some(match packet.payload_type {
        PayloadType::Ipmi => Heard::Outside { message: request(payload)?, plus: true },
        PayloadType::OpenSessionRequest => Heard::Opening(Opening::Request(OpenSessionRequest::decode(payload).ok()?)),
        PayloadType::Rakp1 => Heard::Opening(Opening::Rakp1(Rakp1::decode(payload).ok()?)),
        PayloadType::Rakp3 => Heard::Opening(Opening::Rakp3(Rakp3::decode(payload).ok()?)),
        PayloadType::SerialOverLan
        | PayloadType::Oem { .. }
        | PayloadType::OpenSessionResponse
        | PayloadType::Rakp2
        | PayloadType::Rakp4
        | PayloadType::Other(_) => return None,
    })
}

fn request(payload: &[u8]) -> Option<Message> {
    Message::decode(payload).ok().filter(|message| !message.is_response())
}
