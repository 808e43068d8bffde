//! Config drives as clients give them: a URL, base64 text, or the parts to build one from.

use kamacite_model::Verb;
use serde_json::Value;

use crate::{
    fault::{Fault, Result},
    schema::{self, Property, Type},
    versions::{Version, since},
};

/// What a config drive is built from.
pub const PARTS: &[Property] = &[
    Property::new("meta_data", &[Type::Object]),
    Property::new("network_data", &[Type::Object]),
    Property::new("user_data", &[Type::Object, Type::Array, Type::String, Type::Null]),
    Property::new("vendor_data", &[Type::Object]),
];

/// Whether a config drive may go with the verb and is one.
pub fn check(version: Version, verb: Option<Verb>, drive: Option<&Value>) -> Result<()> {
    let Some(drive) = drive.filter(|drive| **drive != "" && **drive != serde_json::json!({})) else { return Ok(()) };
    let on_rebuild = version.has(since::REBUILD_CONFIGDRIVE);
    // Ironic forgets that "deploy" means "active" here.
    let fits = verb == Some(Verb::Active) || (verb == Some(Verb::Rebuild) && on_rebuild);
    if !fits {
        let verbs = if on_rebuild { "active, rebuild" } else { "active" };
        let text = format!("Adding a config drive is only supported when setting provision state to {verbs}");
        return Err(Fault::invalid(text));
    }
    match drive {
        Value::Object(parts) => {
            let fault = schema::unexpected(parts, PARTS)
                .or_else(|| PARTS.iter().find_map(|part| part.fault(parts.get(part.name)?)));
            if let Some(fault) = fault {
                return Err(Fault::invalid(format!("Invalid configdrive format: {fault}")));
            }
            require(version, since::BUILD_CONFIGDRIVE, "Providing a JSON object for configdrive")?;
            if parts.contains_key("vendor_data") {
                require(version, since::VENDOR_DATA, "Providing vendor_data in configdrive")?;
            }
            Ok(())
        }
        Value::String(text) if text.contains("://") || text.bytes().all(is_base64) => Ok(()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Fault::invalid("Invalid configdrive format: it is neither a JSON, nor a URL, nor a base64 string"))
        }
    }
}

fn require(version: Version, since: u16, what: &str) -> Result<()> {
    if version.has(since) {
        return Ok(());
    }
    Err(Fault::invalid(format!("{what} is only supported starting with API version 1.{since}")))
}

/// White space is common in base64.
const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\n' | b'\r' | b'\t' | b' ')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn refuse(minor: u16, verb: Verb, drive: Value, words: &str) {
        let fault = check(Version::new(minor).unwrap(), Some(verb), Some(&drive)).unwrap_err();
        assert_eq!(fault.text(), words);
    }

    #[test]
    fn a_drive_goes_with_verbs_that_deploy() {
        let words = "Adding a config drive is only supported when setting provision state to active, rebuild";
        refuse(115, Verb::Inspect, json!("x"), words);
        let words = "Adding a config drive is only supported when setting provision state to active";
        refuse(34, Verb::Rebuild, json!("x"), words);
        assert!(check(Version::MAX, Some(Verb::Inspect), Some(&json!(""))).is_ok());
        assert!(check(Version::MAX, Some(Verb::Rebuild), Some(&json!("http://x"))).is_ok());
    }

    #[test]
    fn a_drive_is_a_url_or_base64_or_parts() {
        let words = "Invalid configdrive format: it is neither a JSON, nor a URL, nor a base64 string";
        refuse(115, Verb::Active, json!("{\"a\":1}"), words);
        refuse(115, Verb::Active, json!({"meta_data": 5}), "Invalid configdrive format: 5 is not of type 'object'");
        refuse(
            115,
            Verb::Active,
            json!({"x": 5}),
            "Invalid configdrive format: Additional properties are not allowed ('x' was unexpected)",
        );
        let words = "Providing a JSON object for configdrive is only supported starting with API version 1.56";
        refuse(55, Verb::Active, json!({"meta_data": {}}), words);
        let words = "Providing vendor_data in configdrive is only supported starting with API version 1.59";
        refuse(58, Verb::Active, json!({"vendor_data": {}}), words);
        assert!(check(Version::MAX, Some(Verb::Active), Some(&json!({"user_data": null, "vendor_data": {}}))).is_ok());
    }
}
