//! A command as the client has it: its name for people, its bytes, and what becomes of it when it is repeated.

use crate::error::{Asked, Effect, Error, Result};
use crate::wire::{Malformed, Message};

/// The most data a request may have: what is left of the 255 bytes of a message, encapsulated twice.
const MOST_DATA: usize = 230;

/// A command to be sent.
#[derive(Clone)]
pub(crate) struct Request {
    /// The standard's name of it.
    pub what: &'static str,
    pub netfn: u8,
    pub lun: u8,
    pub command: u8,
    pub data: Vec<u8>,
    pub effect: Effect,
}

impl Request {
    /// A command that changes nothing, for the BMC's first unit.
    pub fn reading(what: &'static str, netfn: u8, command: u8, data: &[u8]) -> Self {
        Self { what, netfn, lun: 0, command, data: data.to_vec(), effect: Effect::Reads }
    }

    /// A command that leaves the same state behind, however often it is carried out.
    pub fn settling(what: &'static str, netfn: u8, command: u8, data: &[u8]) -> Self {
        Self { effect: Effect::Settles, ..Self::reading(what, netfn, command, data) }
    }

    /// A command that must not be carried out twice.
    pub fn once(what: &'static str, netfn: u8, command: u8, data: &[u8]) -> Self {
        Self { effect: Effect::Once, ..Self::reading(what, netfn, command, data) }
    }

    pub fn message(&self, sequence: u8) -> Message {
        Message { sequence, ..Message::request(self.netfn, self.lun, self.command, self.data.clone()) }
    }

    pub fn asked(&self, address: &str) -> Asked {
        Asked { what: self.what, netfn: self.netfn, command: self.command, address: address.to_owned() }
    }

    /// Looks for what no BMC can take.
    pub fn check(&self, address: &str) -> Result<()> {
        if self.data.len() > MOST_DATA {
            let problem = Malformed::Long { what: "its data", length: self.data.len(), most: MOST_DATA };
            return Err(Error::TooLong { asked: self.asked(address), problem });
        }
        Ok(())
    }
}
