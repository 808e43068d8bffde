//! The chassis: power, and the light.

use kamacite_model::Timestamp;

use crate::{
    bmc::Bmc,
    machine::{Event, Light, PowerRequest, PowerState, after},
};

use super::{Call, Outcome, boot, code};

/// How long it blinks unless told otherwise, in seconds (28.5).
const BLINK_S: u8 = 15;

/// Get Chassis Capabilities (28.1): no buttons to lock, everything at the BMC's address.
pub(super) fn capabilities(_: &mut Bmc, _: &mut Call<'_>) -> Outcome {
    Ok(vec![0x00, 0x20, 0x20, 0x20, 0x20, 0x20])
}

/// Get Chassis Status (28.2).
pub(super) fn status(bmc: &mut Bmc, _: &mut Call<'_>) -> Outcome {
    let power = u8::from(is_on(bmc));
    // After an outage it is as before.
    let policy = 0x20;
    let identify = match (bmc.machine.light(), bmc.ipmi().identify_until) {
        (Light::Off, _) => 0x40,
        (Light::Lit | Light::Blinking, Some(_)) => 0x50,
        (Light::Lit | Light::Blinking, None) => 0x60,
    };
    Ok(vec![policy | power, 0, identify])
}

/// Chassis Control (28.3).
pub(super) fn control(bmc: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    let [control] = super::array(call.data)?;
    let request = match control & 0x0f {
        0 => PowerRequest::Off,
        1 => PowerRequest::On,
        2 => PowerRequest::Cycle,
        3 => PowerRequest::Reset,
        4 => PowerRequest::Interrupt,
        5 => PowerRequest::SoftOff,
        _ => return Err(code::INVALID_FIELD),
    };
    // The standard's advice about a machine without power.
    if matches!(request, PowerRequest::Cycle | PowerRequest::Reset) && !is_on(bmc) {
        return Err(code::STATE);
    }
    boot::restart_timer(bmc, call.now);
    bmc.event(Event::Power(request), call.now).map_err(|_| code::STATE)?;
    Ok(Vec::new())
}

/// Chassis Identify (28.5).
pub(super) fn identify(bmc: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    let seconds = call.data.first().copied().unwrap_or(BLINK_S);
    let for_ever = call.data.get(1).is_some_and(|force| force & 1 != 0);
    let blinks = for_ever || seconds > 0;
    let light = if blinks { Light::Blinking } else { Light::Off };
    super::tell(bmc, Event::Light(light), call.now);
    let until = after(call.now, u32::from(seconds) * 1000);
    bmc.ipmi().identify_until = (blinks && !for_ever).then_some(until);
    Ok(Vec::new())
}

/// Get System Restart Cause (28.11): by Chassis Control, or not known.
pub(super) fn restart_cause(bmc: &mut Bmc, _: &mut Call<'_>) -> Outcome {
    Ok(vec![u8::from(bmc.machine.boots() > 0), super::app::LAN])
}

/// Ends the blinking that was for a while.
pub(super) fn expire(bmc: &mut Bmc, now: Timestamp) {
    let Some(state) = bmc.ipmi.as_mut() else { return };
    if state.identify_until.is_some_and(|until| until <= now) {
        state.identify_until = None;
        super::tell(bmc, Event::Light(Light::Off), now);
    }
}

/// Whether there is power; what is on its way still is what it was.
fn is_on(bmc: &Bmc) -> bool {
    match bmc.machine.power() {
        PowerState::On | PowerState::PoweringOff => true,
        PowerState::Off | PowerState::PoweringOn => false,
    }
}
