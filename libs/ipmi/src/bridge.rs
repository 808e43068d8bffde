//! The way to a controller behind the BMC: a command wrapped in Send Message, once or twice, and its answer unwrapped.

use crate::completion::Completion;
use crate::target::{Bridging, Hop};
use crate::wire::{CONSOLE_ADDRESS, Message, NETFN_APP};

/// Send Message (IPMI 2.0 22.7).
const SEND_MESSAGE: u8 = 0x34;

/// Asks the BMC to remember the request, so that it can send the answer back (table 22-8).
const TRACK: u8 = 0x40;

/// What a message that came has to do with a command under way.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It is the answer: a completion code, and data.
    Answer(Vec<u8>),
    /// The BMC has passed the command on; the answer is yet to come.
    PassedOn,
    /// The BMC, or the controller in between, does not pass it on.
    NotPassedOn(Completion),
    /// Nothing.
    Stray,
}

/// The message to send for this request: itself, or wrapped.
pub(crate) fn wrap(request: &Message, way: Option<&Bridging>) -> Message {
    let Some(way) = way else { return request.clone() };
    // With tracking a BMC puts its own address for the sender's on the bus, so that the console's own stands in each step
    // (6.13.3). In the innermost of two it is the BMC's, which no BMC reads before it is on the far bus: what BMCs are
    // used to from other clients.
    let sender = if way.transit.is_some() { way.local_address } else { CONSOLE_ADDRESS };
    let inner = Message { to: way.target.address, from: sender, ..request.clone() };
    let wrapped = send(&inner, way.target);
    let Some(transit) = way.transit else { return wrapped };
    send(&Message { to: transit.address, ..wrapped }, transit)
}

/// Send Message for the BMC, with the number of the request it carries, so that each answer can be told by it.
fn send(inner: &Message, hop: Hop) -> Message {
    let data = [&[TRACK | hop.channel & 0x0f], &inner.encode()[..]].concat();
    Message { sequence: inner.sequence, ..Message::request(NETFN_APP, 0, SEND_MESSAGE, data) }
}

/// Tells what came. BMCs answer a wrapped command in one of two ways: first that it was passed on, then with the
/// target's answer as if it were their own (6.13.4); or with the target's answer in that to Send Message.
pub(crate) fn hear(message: &Message, request: &Message, way: Option<&Bridging>) -> Heard {
    let depth = way.map_or(0, |way| 1 + u8::from(way.transit.is_some()));
    unwrap(message, request, depth)
}

fn unwrap(message: &Message, request: &Message, depth: u8) -> Heard {
    let wrapping = Message { netfn: NETFN_APP, command: SEND_MESSAGE, ..request.clone() };
    // A command that is itself Send Message looks like its wrapping; its answer is the innermost.
    let wrapped = depth > 0 && message.answers(&wrapping);
    if message.answers(request) && !wrapped {
        return Heard::Answer(message.data.clone());
    }
    if !wrapped {
        return Heard::Stray;
    }
    match message.completion() {
        Err(_) => Heard::Stray,
        Ok((0, [])) => Heard::PassedOn,
        Ok((0, inner)) => Message::decode(inner).map_or(Heard::Stray, |inner| unwrap(&inner, request, depth - 1)),
        Ok((code, _)) => Heard::NotPassedOn(Completion(code)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const SINGLE: Bridging =
        Bridging { transit: None, target: Hop { channel: 7, address: 0x72 }, local_address: Bridging::LOCAL };
    const DUAL: Bridging = Bridging { transit: Some(Hop { channel: 0, address: 0x82 }), ..SINGLE };

    /// Get Device ID.
    fn request() -> Message {
        Message { sequence: 5, ..Message::request(NETFN_APP, 0, 0x01, vec![]) }
    }

    #[test]
    fn a_command_is_wrapped_once_or_twice() {
        assert_eq!(wrap(&request(), None), request());

        let single = wrap(&request(), Some(&SINGLE));
        assert_eq!((single.to, single.netfn, single.command, single.sequence), (0x20, 6, SEND_MESSAGE, 5));
        // Worked out by hand: channel 7 with tracking, then the message to 72h from 81h.
        assert_eq!(single.data, [0x47, 0x72, 0x18, 0x76, 0x81, 0x14, 0x01, 0x6a]);

        let dual = wrap(&request(), Some(&DUAL));
        assert_eq!(dual.data[0], 0x40);
        let between = Message::decode(&dual.data[1..]).unwrap();
        assert_eq!((between.to, between.from, between.command), (0x82, 0x81, SEND_MESSAGE));
        assert_eq!(between.data[0], 0x47);
        let inner = Message::decode(&between.data[1..]).unwrap();
        assert_eq!((inner.to, inner.from, inner.command), (0x72, 0x20, 0x01));
    }

    #[test]
    fn both_ways_of_an_answer_are_heard() {
        for way in [SINGLE, DUAL] {
            let wrapped = wrap(&request(), Some(&way));
            let heard = |message: &Message| hear(message, &request(), Some(&way));
            assert_eq!(heard(&wrapped.response(0, &[])), Heard::PassedOn);
            assert_eq!(heard(&wrapped.response(0x83, &[])), Heard::NotPassedOn(Completion(0x83)));
            let answer = request().response(0, &[1, 2]);
            assert_eq!(heard(&answer), Heard::Answer(vec![0, 1, 2]));
            assert_eq!(heard(&wrapped.response(0, &answer.encode())), Heard::Answer(vec![0, 1, 2]));
        }
        let nested = request().response(0, &[1]).encode();
        let between = Message { sequence: 5, ..Message::request(NETFN_APP, 0, SEND_MESSAGE, vec![]) };
        let between = between.response(0, &nested).encode();
        let outer = wrap(&request(), Some(&DUAL)).response(0, &between);
        assert_eq!(hear(&outer, &request(), Some(&DUAL)), Heard::Answer(vec![0, 1]));
    }

    #[test]
    fn strays_are_strays() {
        let other = Message { sequence: 6, ..request() }.response(0, &[]);
        assert_eq!(hear(&other, &request(), None), Heard::Stray);
        let passed_on = wrap(&request(), Some(&SINGLE)).response(0, &[]);
        assert_eq!(hear(&passed_on, &request(), None), Heard::Stray);
        let garbage = wrap(&request(), Some(&SINGLE)).response(0, &[1, 2, 3]);
        assert_eq!(hear(&garbage, &request(), Some(&SINGLE)), Heard::Stray);
    }

    #[test]
    fn send_message_itself_can_be_wrapped() {
        let request = Message { sequence: 5, ..Message::request(NETFN_APP, 0, SEND_MESSAGE, vec![0]) };
        let wrapped = wrap(&request, Some(&SINGLE));
        let answer = request.response(0xc1, &[]).encode();
        assert_eq!(hear(&wrapped.response(0, &answer), &request, Some(&SINGLE)), Heard::Answer(vec![0xc1]));
    }
}
