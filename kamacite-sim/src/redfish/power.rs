//! The reset of the system (DSP0268, `ComputerSystem.Reset`), and how its power is told.

use serde_json::{Value, json};

use super::{Call, Outcome, Refusal, resource, system, tasks, text};
use crate::{
    bmc::Bmc,
    http::Response,
    machine::{Event, PowerRequest, PowerState},
    vendor::{SameState, Vendor},
};

const ACTION: &str = "ComputerSystem.Reset";

/// The words of DSP0268 `ResetType`, and what the machine makes of them.
const TYPES: &[(&str, PowerRequest)] = &[
    ("On", PowerRequest::On),
    ("ForceOn", PowerRequest::On),
    ("ForceOff", PowerRequest::Off),
    ("GracefulShutdown", PowerRequest::SoftOff),
    ("GracefulRestart", PowerRequest::SoftReset),
    ("ForceRestart", PowerRequest::Reset),
    ("PowerCycle", PowerRequest::Cycle),
    ("PushPowerButton", PowerRequest::Button),
    ("Nmi", PowerRequest::Interrupt),
];

/// `PowerState` as the vendor shows it.
pub(crate) fn state(vendor: &Vendor, power: PowerState) -> &'static str {
    match (power, vendor.transitions) {
        (PowerState::Off, _) | (PowerState::PoweringOn, false) => "Off",
        (PowerState::On, _) | (PowerState::PoweringOff, false) => "On",
        (PowerState::PoweringOn, true) => "PoweringOn",
        (PowerState::PoweringOff, true) => "PoweringOff",
    }
}

/// The action as the system shows it.
pub(crate) fn action(vendor: &Vendor, system: &str) -> Value {
    let mut action = json!({"target": format!("{system}/Actions/{ACTION}")});
    if vendor.action_info {
        action["@Redfish.ActionInfo"] = format!("{system}/ResetActionInfo").into();
    } else {
        action["ResetType@Redfish.AllowableValues"] = json!(vendor.resets);
    }
    action
}

/// `GET /redfish/v1/Systems/{system}/ResetActionInfo` (DSP0268, ActionInfo)
pub(crate) fn action_info(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    bmc.vendor.action_info.then(|| {
        let parameters =
            json!([{"Name": "ResetType", "Required": true, "DataType": "String", "AllowableValues": bmc.vendor.resets}]);
        let own = json!({"Parameters": parameters});
        resource(call.path, "#ActionInfo.v1_4_1.ActionInfo", "ResetActionInfo", "Reset Action Info", own)
    })
}

/// `POST .../Actions/ComputerSystem.Reset`
pub(crate) fn reset(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    let wanted = text(call.body, "ResetType")?.ok_or_else(|| Refusal::parameter_missing(ACTION, "ResetType"))?;
    let known = TYPES.iter().find(|(word, _)| *word == wanted && bmc.vendor.resets.contains(word));
    let (_, request) = known.ok_or_else(|| Refusal::parameter_not_in_list(ACTION, "ResetType", wanted))?;
    let power = bmc.machine.power();
    let nothing_to_do = match request {
        PowerRequest::On => power == PowerState::On,
        PowerRequest::Off | PowerRequest::SoftOff | PowerRequest::SoftReset => power == PowerState::Off,
        PowerRequest::Reset | PowerRequest::Cycle | PowerRequest::Interrupt | PowerRequest::Button => false,
    };
    if nothing_to_do {
        let refusal = |status| Refusal::new(status, "ActionNotSupported", format!("The machine is {power:?} already."));
        match bmc.vendor.same_state {
            SameState::Accepted => {}
            SameState::Conflict => return Err(refusal(409)),
            SameState::Bad => return Err(refusal(400)),
        }
    }
    system::carry_out(bmc, vec![Event::Power(*request)], call)?;
    Ok(match bmc.vendor.reset_status {
        202 => tasks::start(bmc, "Reset", 0, None, call.now),
        200 => Refusal::new(200, "Success", "The request was carried out.").into_response(),
        other => Response::empty(other),
    })
}
