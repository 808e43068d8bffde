//! The faults of a datagram of IPMI: what befalls it, and its answers.

use std::time::Duration;

use kamacite_model::Timestamp;

use crate::{
    bmc::Bmc,
    ipmi::{self, Twist},
};

use super::{Asked, Fault, change_password, fill_sessions, stick};

/// "Node busy" (IPMI 2.0 table 5-2).
const BUSY: u8 = 0xc0;

/// What a BMC does about a datagram: it sends these, after some time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packets {
    /// How long it takes until it does.
    pub delay: Duration,
    /// The datagrams it sends, in order.
    pub datagrams: Vec<Vec<u8>>,
}

/// What happens to the answers.
#[derive(Default)]
struct Fate {
    lost: bool,
    twice: bool,
    later: bool,
    cut: bool,
}

/// What the BMC does about a datagram, faults included.
pub(crate) fn hear(bmc: &mut Bmc, datagram: &[u8], now: Timestamp) -> Packets {
    let mut packets = Packets::default();
    if bmc.is_away(now) {
        return packets;
    }
    let Some(heard) = ipmi::hear(bmc, datagram, now) else { return packets };
    let asked = Asked::Ipmi { name: heard.name(), is_command: heard.is_command() };
    let (mut twist, mut fate) = (Twist::default(), Fate::default());
    for fault in bmc.faults.strike(asked, &mut bmc.random) {
        match fault {
            Fault::Delay { ms } => packets.delay += Duration::from_millis(ms),
            Fault::Hang | Fault::Drop => return packets,
            Fault::LostAnswer => fate.lost = true,
            Fault::Twice => fate.twice = true,
            Fault::Reordered => fate.later = true,
            Fault::Cut => fate.cut = true,
            Fault::Unavailable { .. } | Fault::TooMany { .. } => twist.code = Some(BUSY),
            Fault::Completion { code } => twist.code = Some(code),
            Fault::Truncated => twist.truncate = true,
            Fault::IgnoredWrite => twist.ignore_write = true,
            Fault::Away { seconds } => {
                bmc.go_away(now, Duration::from_secs(seconds.into()));
                return packets;
            }
            Fault::SessionsFull => fill_sessions(bmc, now),
            Fault::Password { password } => change_password(bmc, &password),
            Fault::PowerStuck { seconds } => stick(bmc, seconds, now),
            // They do not fit datagrams.
            Fault::Status { .. } | Fault::WrongJson | Fault::WrongType => {}
        }
    }
    let answers = ipmi::respond(bmc, heard, twist, now);
    packets.datagrams = fate.befall(bmc, answers);
    packets
}

impl Fate {
    /// What comes of the answers, and those that were held back before.
    fn befall(&self, bmc: &mut Bmc, mut answers: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        if self.lost {
            answers.clear();
        }
        if self.cut {
            answers.iter_mut().for_each(|answer| answer.truncate(answer.len() / 2));
        }
        if self.twice {
            answers = answers.into_iter().flat_map(|answer| [answer.clone(), answer]).collect();
        }
        if self.later {
            bmc.ipmi().held.append(&mut answers);
        } else if let Some(state) = &mut bmc.ipmi {
            answers.append(&mut state.held);
        }
        answers
    }
}
