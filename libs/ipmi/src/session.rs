//! A session that is open: one command at a time, sealed, numbered, sent until it is answered.

use std::io;

use tokio::time::Instant;

use crate::bridge::{self, Heard};
use crate::completion::Completion;
use crate::error::Effect;
use crate::link::{Link, Patience, Silence};
use crate::request::Request;
use crate::target::Bridging;
use crate::wire::{Datagram, Keys, Malformed, Message, NETFN_APP, PayloadType, Window, seal};

const CLOSE_SESSION: u8 = 0x3c;

/// A session. Dropping it tells the BMC, without waiting for what it says.
pub(crate) struct Session {
    link: Link,
    sealer: Sealer,
    /// What the BMC puts into its packets.
    console_session: u32,
    window: Window,
    /// The number of the last message, 0 to 63.
    message: u8,
    /// When the BMC last answered.
    used: Instant,
    closed: bool,
}

/// What makes packets.
struct Sealer {
    keys: Keys,
    bmc_session: u32,
    /// The last one's number.
    sequence: u32,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// With this completion code, and this data.
    Answered(Completion, Vec<u8>),
    /// The BMC does not pass it on to the controller behind it.
    NotPassedOn(Completion),
    /// With an answer that is none.
    Malformed(Malformed),
    /// Without any, though the BMC passed it on to the controller behind it.
    SilentBehind(Silence),
}

impl Session {
    pub fn new(link: Link, keys: Keys, bmc_session: u32, console_session: u32) -> Self {
        Self {
            link,
            sealer: Sealer { keys, bmc_session, sequence: 0 },
            console_session,
            window: Window::unlimited_ahead(),
            message: 0,
            used: Instant::now(),
            closed: false,
        }
    }

    /// A number that no other session of this program has at the same time, most likely.
    pub fn id(&self) -> u32 {
        self.console_session
    }

    /// When the BMC last answered.
    pub fn used(&self) -> Instant {
        self.used
    }

    /// Sends a command until it is answered.
    ///
    /// What may be repeated gets a new sequence number each time, so that the BMC takes it whether or not it has seen it
    /// before. What may not be is sent once, and its answer waited for as long. To send it again byte for byte would do
    /// on a BMC that throws away what it has seen before, as it should (6.12.13); some carry it out again.
    pub async fn ask(
        &mut self,
        patience: &Patience<'_>,
        request: &Request,
        way: Option<&Bridging>,
    ) -> Result<Ended, Silence> {
        self.message = (self.message + 1) & 0x3f;
        let inner = request.message(self.message);
        let outer = bridge::wrap(&inner, way).encode();
        let Self { link, sealer, console_session, window, .. } = self;
        let keys = sealer.keys.clone();
        let mut sent = false;
        let packet = || {
            if sent && request.effect == Effect::Once {
                return Ok(None);
            }
            sent = true;
            sealer.seal(&outer).map(Some)
        };
        let mut passed_on = false;
        let accept = |bytes: &[u8]| {
            let message = unseal(bytes, &keys, *console_session, window)?;
            match bridge::hear(&message, &inner, way) {
                Heard::Answer(data) => Some(ended(&data)),
                Heard::NotPassedOn(code) => Some(Ended::NotPassedOn(code)),
                Heard::PassedOn => {
                    passed_on = true;
                    None
                }
                Heard::Stray => None,
            }
        };
        let ended = match link.ask(patience, packet, accept).await {
            Err(silence) if passed_on => Ended::SilentBehind(silence),
            outcome => outcome?,
        };
        self.used = Instant::now();
        Ok(ended)
    }

    /// Closes the session, waiting a little for the BMC to agree.
    pub async fn close(mut self, patience: &Patience<'_>) {
        self.closed = true;
        let request = self.farewell();
        let _ = self.ask(patience, &request, None).await;
    }

    fn farewell(&self) -> Request {
        Request::settling("Close Session", NETFN_APP, CLOSE_SESSION, &self.sealer.bmc_session.to_le_bytes())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.closed {
            self.message = (self.message + 1) & 0x3f;
            let farewell = self.farewell().message(self.message).encode();
            if let Ok(packet) = self.sealer.seal(&farewell) {
                self.link.mention(&packet);
            }
        }
    }
}

impl Sealer {
    fn seal(&mut self, message: &[u8]) -> io::Result<Vec<u8>> {
        let mut initial = [0; 16];
        getrandom::fill(&mut initial)?;
        // Zero is for packets outside of sessions.
        self.sequence = self.sequence.checked_add(1).unwrap_or(1);
        seal(&self.keys, PayloadType::Ipmi, self.bmc_session, self.sequence, initial, message).map_err(io::Error::other)
    }
}

/// The message of a packet, if it is one of this session, from the BMC, and not seen before.
fn unseal(bytes: &[u8], keys: &Keys, session: u32, window: &mut Window) -> Option<Message> {
    let Ok(Datagram::Plus(packet)) = Datagram::decode(bytes) else { return None };
    if packet.session != session || packet.payload_type != PayloadType::Ipmi {
        return None;
    }
    let payload = packet.open(keys).ok()?;
    if !window.accept(packet.sequence) {
        return None;
    }
    Message::decode(&payload).ok()
}

fn ended(data: &[u8]) -> Ended {
    match data.split_first() {
        Some((code, data)) => Ended::Answered(Completion(*code), data.to_vec()),
        None => Ended::Malformed(Malformed::Short { what: "a response", wanted: 1, left: 0 }),
    }
}
