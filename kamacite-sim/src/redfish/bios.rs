//! Firmware settings (DSP0268, Bios): those in force, those that wait for the next boot, and what can be set.

use serde_json::{Map, Number, Value, json};

use super::{Call, Outcome, ROOT, Refusal, collections::collection, link, resource, system};
use crate::{
    bmc::Bmc,
    http::Response,
    machine::{ATTRIBUTES, Attribute, Event, Kind, Setting},
};

/// The `Id` of the registry of settings (DSP0268, AttributeRegistry).
const REGISTRY: &str = "BiosAttributeRegistry.v1_0_0";

/// `GET /redfish/v1/Systems/{system}/Bios`
pub(crate) fn get(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    let current = (0u8..).map_while(|index| bmc.machine.setting(index));
    let attributes: Map<String, Value> = ATTRIBUTES
        .iter()
        .zip(current)
        .map(|(attribute, setting)| (attribute.name.to_owned(), value(&setting)))
        .collect();
    let id = bmc.vendor.bios_settings;
    let own = json!({
        "AttributeRegistry": REGISTRY,
        "Attributes": attributes,
        "@Redfish.Settings": system::settings_annotation(bmc, &pending(bmc, &format!("{}/{id}", call.path), id)),
        "Actions": {"#Bios.ResetBios": {"target": format!("{}/Actions/Bios.ResetBios", call.path)}},
    });
    Some(resource(call.path, "#Bios.v1_2_1.Bios", "Bios", "BIOS Configuration", own))
}

/// `GET /redfish/v1/Systems/{system}/Bios/Settings`, or however the vendor calls it.
pub(crate) fn settings(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    (call.id == bmc.vendor.bios_settings).then(|| pending(bmc, call.path, call.id))
}

/// `PATCH` of it: all of the settings, or none.
pub(crate) fn patch(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    let mut settings = Vec::new();
    for (name, value) in call.body {
        match (name.as_str(), value) {
            ("Attributes", Value::Object(attributes)) => {
                for (name, value) in attributes {
                    settings.push(setting(name, value)?);
                }
            }
            ("Attributes", other) => return Err(Refusal::wrong_type("Attributes", other)),
            // When it takes effect is always the next boot.
            ("@Redfish.SettingsApplyTime", _) => {}
            (other, _) => return Err(Refusal::unknown(other)),
        }
    }
    system::carry_out(bmc, vec![Event::Bios(settings)], call)?;
    Ok(Response::empty(204))
}

/// `POST .../Bios/Actions/Bios.ResetBios`
pub(crate) fn reset(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    system::carry_out(bmc, vec![Event::BiosDefaults], call)?;
    Ok(Response::empty(204))
}

/// `GET /redfish/v1/Registries`
pub(crate) fn registries(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    Some(collection(bmc, call, "MessageRegistryFileCollection", "Registries", [REGISTRY]))
}

/// `GET /redfish/v1/Registries/{id}` (DSP0268, MessageRegistryFile)
pub(crate) fn registry_file(_: &Bmc, call: &Call<'_>) -> Option<Value> {
    (call.id == REGISTRY).then(|| {
        let own = json!({
            "Registry": REGISTRY,
            "Languages": ["en"],
            "Location": [{"Language": "en", "Uri": format!("{ROOT}/Registries/{REGISTRY}/Attributes")}],
        });
        resource(call.path, "#MessageRegistryFile.v1_1_3.MessageRegistryFile", REGISTRY, "BIOS Attributes", own)
    })
}

/// The registry itself.
pub(crate) fn registry(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    (call.id == REGISTRY).then(|| {
        let attributes: Vec<Value> = ATTRIBUTES.iter().map(described).collect();
        json!({
            "@odata.id": call.path,
            "@odata.type": "#AttributeRegistry.v1_3_8.AttributeRegistry",
            "Id": REGISTRY,
            "Name": "BIOS Attribute Registry",
            "Language": "en",
            "OwningEntity": bmc.vendor.manufacturer,
            "RegistryVersion": "1.0.0",
            "SupportedSystems": [link(format!("{ROOT}/Systems/{}", bmc.vendor.system))],
            "RegistryEntries": {"Attributes": attributes},
        })
    })
}

fn pending(bmc: &Bmc, path: &str, id: &str) -> Value {
    let pending = bmc.machine.pending_settings().iter();
    let named = pending.filter_map(|(index, setting)| Some((ATTRIBUTES.get(usize::from(*index))?, setting)));
    let attributes: Map<String, Value> =
        named.map(|(attribute, setting)| (attribute.name.to_owned(), value(setting))).collect();
    let own = json!({"AttributeRegistry": REGISTRY, "Attributes": attributes});
    resource(path, "#Bios.v1_2_1.Bios", id, "BIOS Pending Settings", own)
}

fn described(attribute: &Attribute) -> Value {
    let mut shown = json!({
        "AttributeName": attribute.name,
        "DisplayName": attribute.label,
        "DefaultValue": value(&attribute.default()),
        "ReadOnly": false,
        "ResetRequired": true,
    });
    match attribute.kind {
        Kind::Choice(choices) => {
            let values = choices.iter().map(|choice| json!({"ValueName": choice, "ValueDisplayName": choice}));
            shown["Type"] = "Enumeration".into();
            shown["Value"] = values.collect();
        }
        Kind::Number(least, most, _) => {
            shown["Type"] = "Integer".into();
            shown["LowerBound"] = least.into();
            shown["UpperBound"] = most.into();
        }
        Kind::Flag(_) => shown["Type"] = "Boolean".into(),
        Kind::Text(most) => {
            shown["Type"] = "String".into();
            shown["MinLength"] = 0.into();
            shown["MaxLength"] = most.into();
        }
    }
    shown
}

fn setting(name: &str, value: &Value) -> Result<(u8, Setting), Refusal> {
    let found = ATTRIBUTES.iter().zip(0u8..).find(|(attribute, _)| attribute.name == name);
    let (attribute, index) = found.ok_or_else(|| Refusal::unknown(name))?;
    let setting = match value {
        Value::String(text) => Setting::Text(text.as_str().into()),
        Value::Number(number) => Setting::Number(number.as_i64().ok_or_else(|| Refusal::wrong_type(name, value))?),
        Value::Bool(flag) => Setting::Flag(*flag),
        Value::Null | Value::Array(_) | Value::Object(_) => return Err(Refusal::wrong_type(name, value)),
    };
    if attribute.accepts(&setting) { Ok((index, setting)) } else { Err(Refusal::not_in_list(name, &value.to_string())) }
}

fn value(setting: &Setting) -> Value {
    match setting {
        Setting::Text(text) => Value::String(text.to_string()),
        Setting::Number(number) => Value::Number(Number::from(*number)),
        Setting::Flag(flag) => Value::Bool(*flag),
    }
}
