//! Secure boot (DSP0268, SecureBoot): wanted, in force, and its keys.

use serde_json::{Value, json};

use super::{Call, Outcome, Refusal, resource, system, text};
use crate::{
    bmc::Bmc,
    http::Response,
    machine::{Event, Keys, Mode},
};

const ACTION: &str = "SecureBoot.ResetKeys";

/// What ResetKeys takes, and what keys there are afterwards.
const RESETS: &[(&str, Keys)] =
    &[("ResetAllKeysToDefault", Keys::Default), ("DeleteAllKeys", Keys::None), ("DeletePK", Keys::None)];

/// `GET /redfish/v1/Systems/{system}/SecureBoot`
pub(crate) fn get(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    let secure = bmc.machine.secure_boot();
    let mode = match secure.keys {
        Keys::Default => "UserMode",
        Keys::None => "SetupMode",
    };
    let resets: Vec<&str> = RESETS.iter().map(|(word, _)| *word).collect();
    let own = json!({
        "SecureBootEnable": if bmc.vendor.secure_boot_waits { secure.taken_over } else { secure.enabled },
        "SecureBootCurrentBoot": if secure.current { "Enabled" } else { "Disabled" },
        "SecureBootMode": mode,
        "Actions": {"#SecureBoot.ResetKeys": {
            "target": format!("{}/Actions/{ACTION}", call.path),
            "ResetKeysType@Redfish.AllowableValues": resets,
        }},
    });
    Some(resource(call.path, "#SecureBoot.v1_1_2.SecureBoot", "SecureBoot", "UEFI Secure Boot", own))
}

/// `PATCH` of it; a machine in legacy mode has none to switch on.
pub(crate) fn patch(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    let mut events = Vec::new();
    for (name, value) in call.body {
        match (name.as_str(), value) {
            ("SecureBootEnable", Value::Bool(true)) if bmc.machine.mode() == Mode::Legacy => {
                return Err(Refusal::new(409, "PropertyValueConflict", "Secure boot wants the machine in UEFI mode."));
            }
            ("SecureBootEnable", Value::Bool(enabled)) => events.push(Event::SecureBoot(*enabled)),
            ("SecureBootEnable", other) => return Err(Refusal::wrong_type(name, other)),
            ("SecureBootCurrentBoot" | "SecureBootMode", _) => return Err(Refusal::read_only(name)),
            (other, _) => return Err(Refusal::unknown(other)),
        }
    }
    system::carry_out(bmc, events, call)?;
    Ok(Response::empty(204))
}

/// `POST .../SecureBoot/Actions/SecureBoot.ResetKeys`
pub(crate) fn reset_keys(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    let wanted =
        text(call.body, "ResetKeysType")?.ok_or_else(|| Refusal::parameter_missing(ACTION, "ResetKeysType"))?;
    let found = RESETS.iter().find(|(word, _)| *word == wanted);
    let (_, keys) = found.ok_or_else(|| Refusal::parameter_not_in_list(ACTION, "ResetKeysType", wanted))?;
    system::carry_out(bmc, vec![Event::Keys(*keys)], call)?;
    Ok(Response::empty(204))
}
