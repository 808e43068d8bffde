//! The IPMI face (IPMI 2.0 over LAN): a datagram and a BMC make datagrams. Nothing here knows of sockets.

mod app;
mod boot;
mod bridge;
mod chassis;
mod commands;
mod hear;
mod lan;
mod sdr;
mod sel;
mod sensors;
mod sessions;
mod users;

use std::{net::Ipv4Addr, sync::Arc};

use ipmi::{
    CipherSuite, Privilege,
    wire::{ASF_IANA, LARGEST_KEY, Message, PayloadType, Pong, encode_sessionless, seal_clear},
};
use kamacite_model::{Secret, Timestamp};

use crate::{bmc::Bmc, machine::Event};

pub(crate) use hear::Heard;
pub(crate) use sessions::fill;

/// What an operator has set on a BMC as far as IPMI is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The cipher suites it has, in the order it lists them.
    pub suites: Vec<CipherSuite>,
    /// Its own key (K_g); `None` lets passwords stand in for it.
    pub key: Option<Secret<[u8; LARGEST_KEY]>>,
    /// The highest privilege its account may have.
    pub privilege: Privilege,
    /// The address it says it has.
    pub address: Ipv4Addr,
}

/// What the face keeps for a BMC, from its first datagram on.
#[derive(Debug, Default)]
pub(crate) struct State {
    sessions: Vec<sessions::Session>,
    boot: boot::Options,
    /// The last reservation of the sensor records, and of the event log.
    reservations: [u16; 2],
    /// Until when it blinks, if it does so for a while.
    identify_until: Option<Timestamp>,
    /// Answers that come after the next ones.
    pub held: Vec<Vec<u8>>,
}

/// A command as a handler sees it.
pub(crate) struct Call<'a> {
    /// The request's data.
    pub data: &'a [u8],
    /// Who asks; `None` outside of sessions.
    pub session: Option<u32>,
    /// What is to happen once the answer is on its way.
    pub after: After,
    /// When.
    pub now: Timestamp,
}

/// What happens once the answer is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    Nothing,
    /// The BMC restarts.
    Restart,
    /// A session ends.
    Close(u32),
}

/// What a command comes to: the response's data, or a completion code (IPMI 2.0 table 5-2).
pub(crate) type Outcome = Result<Vec<u8>, u8>;

/// What is to be done otherwise than asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Twist {
    /// Commands are answered with this completion code, and not carried out.
    pub code: Option<u8>,
    /// What writes is answered as if it had been done.
    pub ignore_write: bool,
    /// Half of the response's data is missing.
    pub truncate: bool,
}

impl Default for Settings {
    /// Suites 17 and 3, no key, and an administrator.
    fn default() -> Self {
        Self {
            suites: CipherSuite::ALL.to_vec(),
            key: None,
            privilege: Privilege::Administrator,
            address: Ipv4Addr::LOCALHOST,
        }
    }
}

/// Answers a datagram. The machine first does what was due. What makes no sense is answered with silence.
pub fn answer(bmc: &mut Bmc, datagram: &[u8], now: Timestamp) -> Vec<Vec<u8>> {
    match hear::hear(bmc, datagram, now) {
        Some(heard) => respond(bmc, heard, Twist::default(), now),
        None => Vec::new(),
    }
}

/// Makes out what a datagram asks, so that faults can be chosen by it.
pub(crate) fn hear(bmc: &mut Bmc, datagram: &[u8], now: Timestamp) -> Option<Heard> {
    hear::hear(bmc, datagram, now)
}

/// Does what was heard.
pub(crate) fn respond(bmc: &mut Bmc, heard: Heard, twist: Twist, now: Timestamp) -> Vec<Vec<u8>> {
    match heard {
        Heard::Ping(ping) => vec![Pong { tag: ping.tag, enterprise: ASF_IANA, oem: 0, ipmi: true }.encode()],
        Heard::Outside { message, plus } => {
            let response = outside(bmc, &message, twist, now).encode();
            let packet = if plus { seal_clear(PayloadType::Ipmi, &response) } else { encode_sessionless(&response) };
            // Responses are short.
            packet.into_iter().collect()
        }
        Heard::Opening(opening) => sessions::open(bmc, &opening, now)
            .map(|(kind, mut payload)| {
                if twist.truncate {
                    payload.truncate(payload.len() / 2);
                }
                seal_clear(kind, &payload)
            })
            .into_iter()
            .flatten()
            .collect(),
        Heard::Inside { session, sequence, message } => {
            sessions::inside(bmc, session, sequence, &message, twist, now).unwrap_or_default()
        }
    }
}

fn outside(bmc: &mut Bmc, request: &Message, twist: Twist, now: Timestamp) -> Message {
    let mut call = Call { data: &request.data, session: None, after: After::Nothing, now };
    carry_out(bmc, request, None, twist, &mut call)
}

/// Has a command carried out, if whoever asks may: `privilege` is none outside of sessions.
fn carry_out(
    bmc: &mut Bmc,
    request: &Message,
    privilege: Option<Privilege>,
    twist: Twist,
    call: &mut Call<'_>,
) -> Message {
    let command = commands::find(request.netfn, request.command);
    let outcome = match command {
        None => Err(code::INVALID_COMMAND),
        Some(command) if privilege < command.privilege => Err(code::PRIVILEGE),
        Some(_) if twist.code.is_some() => Err(twist.code.unwrap_or_default()),
        Some(command) if command.writes && twist.ignore_write => Ok(Vec::new()),
        Some(command) => (command.run)(bmc, call),
    };
    match outcome {
        Ok(data) if twist.truncate => request.response(0, data.get(..data.len() / 2).unwrap_or_default()),
        Ok(data) => request.response(0, &data),
        Err(code) => request.response(code, &[]),
    }
}

/// Lets happen what only IPMI makes happen: boot flags that nobody followed lose their validity, and lights go out.
pub(crate) fn expire(bmc: &mut Bmc, now: Timestamp) {
    boot::expire(bmc, now);
    chassis::expire(bmc, now);
}

/// Has the machine take an event that it always takes.
fn tell(bmc: &mut Bmc, event: Event, now: Timestamp) {
    let _ = bmc.event(event, now);
}

impl Bmc {
    pub(crate) fn ipmi(&mut self) -> &mut State {
        self.ipmi.get_or_insert_default()
    }

    /// What is set as far as IPMI is concerned, to be changed. BMCs of a rack share it until then.
    pub fn ipmi_settings(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }

    /// How many sessions IPMI has, those that are being opened included.
    pub fn ipmi_sessions(&self) -> usize {
        self.ipmi.as_ref().map_or(0, |state| state.sessions.len())
    }
}

impl State {
    /// Loses what a restart of the BMC loses. Boot options survive it.
    pub fn forget(&mut self) {
        self.sessions.clear();
        self.held.clear();
        self.reservations = [0; 2];
    }
}

/// Completion codes (IPMI 2.0 table 5-2), and those that several commands have of their own.
mod code {
    use ipmi::Completion;

    pub const INVALID_COMMAND: u8 = Completion::INVALID_COMMAND.0;
    pub const RESERVATION: u8 = Completion::RESERVATION.0;
    pub const LENGTH: u8 = Completion::LENGTH.0;
    pub const OUT_OF_RANGE: u8 = Completion::OUT_OF_RANGE.0;
    pub const CANNOT_RETURN: u8 = Completion::CANNOT_RETURN.0;
    pub const NOT_PRESENT: u8 = Completion::NOT_PRESENT.0;
    pub const INVALID_FIELD: u8 = Completion::INVALID_FIELD.0;
    pub const PRIVILEGE: u8 = Completion::PRIVILEGE.0;
    pub const STATE: u8 = Completion::STATE.0;
    /// There is no such parameter (tables 23-3, 28-13).
    pub const NO_PARAMETER: u8 = 0x80;
}

/// The first bytes of a request's data.
fn array<const N: usize>(data: &[u8]) -> Result<[u8; N], u8> {
    data.first_chunk().copied().ok_or(code::LENGTH)
}

#[cfg(test)]
mod tests;
