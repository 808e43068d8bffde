//! A controller behind the BMC, as blades have one: reached by Send Message, once or twice, it minds the same machine.

use ipmi::{
    Privilege,
    wire::{BMC_ADDRESS, Message, NETFN_APP},
};

use crate::bmc::Bmc;

use super::{Call, Outcome, Twist, app, carry_out, code};

/// Send Message (22.7).
pub(super) const SEND_MESSAGE: u8 = 0x34;

/// Where controllers are: a channel of the BMC, and an address there. The first is only passed through.
const TRANSIT: (u8, u8) = (0, 0x82);
const TARGETS: &[(u8, u8)] = &[(0, 0x72), (7, 0x72)];

/// A request on its way through the BMC.
pub(super) struct Bridged {
    /// What the controller gets.
    inner: Message,
    /// What the controller in between gets, if one is.
    between: Option<Message>,
}

/// What is in a Send Message, if it goes to somewhere.
pub(super) fn unwrap(request: &Message) -> Option<Bridged> {
    let (way, first) = step(request)?;
    if way != TRANSIT {
        return TARGETS.contains(&way).then_some(Bridged { inner: first, between: None });
    }
    let (way, second) = step(&first)?;
    TARGETS.contains(&way).then_some(Bridged { inner: second, between: Some(first) })
}

fn step(request: &Message) -> Option<((u8, u8), Message)> {
    if (request.netfn, request.command) != (NETFN_APP, SEND_MESSAGE) {
        return None;
    }
    let (channel, inner) = request.data.split_first()?;
    let inner = Message::decode(inner).ok()?;
    Some(((channel & 0x0f, inner.to), inner))
}

/// The answers: that it was passed on, by each that does so, then the controller's as if it were the BMC's own (6.13.4).
pub(super) fn pass_on(
    bmc: &mut Bmc,
    request: &Message,
    bridged: &Bridged,
    privilege: Option<Privilege>,
    twist: Twist,
    call: &mut Call<'_>,
) -> Vec<Message> {
    let inner = &bridged.inner;
    let mut its_call = Call { data: &inner.data, ..*call };
    let response = match (inner.netfn, inner.command) {
        (NETFN_APP, 0x01) => inner.response(0, &app::describe(bmc, 0x21)),
        // It has no sessions, and is not the one that restarts.
        (NETFN_APP, _) => inner.response(code::INVALID_COMMAND, &[]),
        _ => carry_out(bmc, inner, privilege, twist, &mut its_call),
    };
    let passed_on = bridged.between.iter().map(|between| between.response(0, &[]));
    let as_own = |response| Message { to: request.from, from: BMC_ADDRESS, ..response };
    [request.response(0, &[])].into_iter().chain(passed_on.chain([response]).map(as_own)).collect()
}

/// A Send Message that goes to nobody.
pub(super) fn nowhere(_: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    match call.data.split_first() {
        // "NAK on write": nobody answers on the bus.
        Some((_, inner)) if Message::decode(inner).is_ok() => Err(0x83),
        _ => Err(code::LENGTH),
    }
}
