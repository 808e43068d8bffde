//! What a node says of its BMC: the `redfish_*` keys of `driver_info`, read and checked.

use std::path::Path;

use kamacite_driver::{
    Error, Property, Result,
    model::{
        Node,
        options::{OptionValue, Options},
    },
    serde_json::Value,
};
use redfish::{Password, Target, Verify};

use super::options::{AUTH_TYPE, AuthType, MinimumTls, TLS_CIPHERS, TLS_MINIMUM_VERSION, VERIFY_CA};
use crate::said::{is_nothing, shown, text};

/// The keys, in the reference's words: clients see them at `/v1/drivers/redfish/properties`.
pub fn properties() -> Vec<Property> {
    vec![
        Property::required(
            "redfish_address",
            "The URL address to the Redfish controller. It must include the authority portion of the URL. If the scheme is \
             missing, https is assumed. For example: https://mgmt.vendor.com. If a path is added, it will be used as the \
             API endpoint root_prefix. Required",
        ),
        Property::optional(
            "redfish_system_id",
            "The canonical path to the ComputerSystem resource that the driver will interact with. It should include the \
             root service, version and the unique resource path to a ComputerSystem within the same authority as the \
             redfish_address property. For example: /redfish/v1/Systems/1. This property is only required if target BMC \
             manages more than one ComputerSystem. Otherwise ironic will pick the only available ComputerSystem \
             automatically.",
        ),
        Property::optional(
            "redfish_username",
            "User account with admin/server-profile access privilege. Although this property is not mandatory it's highly \
             recommended to set a username. Optional",
        ),
        Property::optional(
            "redfish_password",
            "User account password. Although this property is not mandatory, it's highly recommended to set a password. \
             Optional",
        ),
        Property::optional(
            "redfish_verify_ca",
            "Either a Boolean value, a path to a CA_BUNDLE file or directory with certificates of trusted CAs. If set to \
             True the driver will verify the host certificates; if False the driver will ignore verifying the SSL \
             certificate. If it's a path the driver will use the specified certificate or one of the certificates in the \
             directory. Defaults to True. Optional",
        ),
        Property::optional(
            "redfish_auth_type",
            "Redfish HTTP client authentication method. Can be \"basic\", \"session\" or \"auto\". If not set, the default \
             value is taken from Ironic configuration as ``[redfish]auth_type`` option.",
        ),
        Property::optional(
            "firmware_update_unresponsive_bmc_wait",
            "Number of seconds to wait to avoid the BMC becoming unresponsive during firmware updates. If not set, the \
             default value is taken from the Ironic configuration ``firmware_update_wait_unresponsive_bmc`` in the \
             ``[redfish]`` section.",
        ),
        Property::optional(
            "redfish_tls_minimum_version",
            "Minimum TLS protocol version for connections to the Redfish BMC. Can be \"1.1\", \"1.2\", or \"1.3\". If not \
             set, the default value is taken from Ironic configuration as ``[redfish]tls_minimum_version`` option.",
        ),
        Property::optional(
            "redfish_tls_ciphers",
            "OpenSSL cipher list to use for connections to the Redfish BMC. If not set, the default value is taken from \
             Ironic configuration as ``[redfish]tls_ciphers`` option.",
        ),
    ]
}

/// What nodes that do not say it themselves get.
#[derive(Debug)]
pub struct Defaults {
    verify_ca: Option<String>,
    auth_type: AuthType,
    minimum_tls: Option<MinimumTls>,
    ciphers: Option<String>,
}

impl Defaults {
    /// Reads the options.
    pub fn from_options(options: &Options) -> Self {
        Self {
            verify_ca: options.get(&VERIFY_CA),
            auth_type: options.get(&AUTH_TYPE),
            minimum_tls: options.get(&TLS_MINIMUM_VERSION),
            ciphers: options.get(&TLS_CIPHERS),
        }
    }
}

/// Reads what a node says of its BMC. Whether the address is one, the client tells; see [`not_an_address`].
///
/// # Errors
/// Names the key that is missing or wrong. The words are the reference's: clients see them when they validate a node.
pub fn read(node: &Node, defaults: &Defaults) -> Result<Target> {
    let info = &node.driver_info;
    let address = match info.get("redfish_address") {
        Some(Value::String(address)) if !address.is_empty() => address.clone(),
        Some(given) if !is_nothing(given) => return Err(not_an_address(node)),
        Some(_) | None => {
            return Err(Error::missing(format!(
                "Missing the following Redfish properties in node {} driver_info: ['redfish_address']",
                node.uuid
            )));
        }
    };
    Ok(Target {
        address,
        username: text(info.get("redfish_username")),
        password: Password::new(text(info.get("redfish_password")).unwrap_or_default()),
        verify: verify(node, defaults)?,
        minimum_tls: minimum_tls(node, defaults)?.map(|MinimumTls(version)| version),
        ciphers: ciphers(node, defaults)?,
        auth: auth_type(node, defaults)?.0,
        system_id: system_id(node)?,
    })
}

/// The refusal of what the node gives as its BMC's address.
pub fn not_an_address(node: &Node) -> Error {
    let given = node.driver_info.get("redfish_address").map(shown).unwrap_or_default();
    // With an @ it may hold a password.
    let given = if given.contains('@') { "(not shown)" } else { &given };
    Error::invalid(format!("Invalid Redfish address {given} set in driver_info/redfish_address on node {}", node.uuid))
}

fn system_id(node: &Node) -> Result<Option<String>> {
    match node.driver_info.get("redfish_system_id") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) => Ok(Some(id.clone())),
        Some(other) => Err(Error::invalid(format!(
            "Invalid value \"{}\" set in driver_info/redfish_system_id on node {}. The value should be a path (string) to \
             the resource that the driver will interact with. For example: /redfish/v1/Systems/1",
            shown(other),
            node.uuid
        ))),
    }
}

fn verify(node: &Node, defaults: &Defaults) -> Result<Verify> {
    let configured = || defaults.verify_ca.clone().map_or(Value::Bool(true), Value::String);
    let given = match node.driver_info.get("redfish_verify_ca") {
        None | Some(Value::Null | Value::Bool(true)) => configured(),
        Some(given) => given.clone(),
    };
    let verify = match &given {
        Value::Bool(true) => Some(Verify::Yes),
        Value::Bool(false) => Some(Verify::No),
        Value::String(path) if Path::new(path).exists() => Some(Verify::Ca(path.into())),
        Value::String(word) => match word.trim().to_ascii_lowercase().as_str() {
            "1" | "t" | "true" | "on" | "y" | "yes" => Some(Verify::Yes),
            "0" | "f" | "false" | "off" | "n" | "no" => Some(Verify::No),
            _ => None,
        },
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    };
    verify.ok_or_else(|| {
        Error::invalid(format!(
            "Invalid value type set in driver_info/redfish_verify_ca on node {}. The value should be a Boolean or the path \
             to a file/directory, not \"{}\"",
            node.uuid,
            shown(&given)
        ))
    })
}

fn auth_type(node: &Node, defaults: &Defaults) -> Result<AuthType> {
    let Some(given) = node.driver_info.get("redfish_auth_type") else { return Ok(defaults.auth_type) };
    given.as_str().and_then(|text| AuthType::parse(text).ok()).ok_or_else(|| {
        Error::invalid(format!(
            "Invalid value \"{}\" set in driver_info/redfish_auth_type on node {}. The value should be one of \"basic\", \
             \"session\" or \"auto\".",
            shown(given),
            node.uuid
        ))
    })
}

fn minimum_tls(node: &Node, defaults: &Defaults) -> Result<Option<MinimumTls>> {
    match node.driver_info.get("redfish_tls_minimum_version") {
        None => Ok(defaults.minimum_tls),
        Some(given) if is_nothing(given) => Ok(None),
        // The command line turns 1.3 into a number.
        Some(given) => MinimumTls::parse(&shown(given)).map(Some).map_err(|_| {
            Error::invalid(format!(
                "Invalid value \"{}\" set in driver_info/redfish_tls_minimum_version on node {}. The value should be one \
                 of \"1.1\", \"1.2\", or \"1.3\".",
                shown(given),
                node.uuid
            ))
        }),
    }
}

fn ciphers(node: &Node, defaults: &Defaults) -> Result<Option<String>> {
    match node.driver_info.get("redfish_tls_ciphers") {
        None => Ok(defaults.ciphers.clone()),
        Some(given) if is_nothing(given) => Ok(None),
        Some(Value::String(ciphers)) => Ok(Some(ciphers.clone())),
        Some(given) => Err(Error::invalid(format!(
            "Invalid value \"{}\" set in driver_info/redfish_tls_ciphers on node {}. The value should be an OpenSSL \
             cipher list (string), for example: ECDHE-RSA-AES256-GCM-SHA384:HIGH",
            shown(given),
            node.uuid
        ))),
    }
}

#[cfg(test)]
mod tests {
    use kamacite_driver::{
        ErrorKind,
        model::{Timestamp, Uuid},
        serde_json::json,
    };
    use redfish::{Auth, TlsVersion};

    use super::*;

    fn read_with(info: Value, options: &[(&str, &str)]) -> Result<Target> {
        let mut node = Node::new(Uuid::nil(), "redfish", Timestamp::UNIX_EPOCH);
        node.driver_info.0 = info.as_object().cloned().unwrap();
        let mut given = Options::default();
        options.iter().for_each(|(name, text)| given.set("redfish", name, *text));
        read(&node, &Defaults::from_options(&given))
    }

    /// Reads a node that gives this besides a good address.
    fn read_besides(mut info: Value, options: &[(&str, &str)]) -> Result<Target> {
        info.as_object_mut().unwrap().entry("redfish_address").or_insert_with(|| "bmc".into());
        read_with(info, options)
    }

    #[track_caller]
    fn refuse(info: Value, expected: &str) {
        let error = read_besides(info, &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert_eq!(error.message().replace(&Uuid::nil().to_string(), "N"), expected);
    }

    #[track_caller]
    fn verifies(given: Value, configured: &str, expected: Verify) {
        let target = read_besides(json!({"redfish_verify_ca": given}), &[("verify_ca", configured)]).unwrap();
        assert_eq!(target.verify, expected);
    }

    #[test]
    fn an_address_is_all_that_is_needed() {
        let target = read_besides(json!({}), &[]).unwrap();
        assert_eq!((target.address.as_str(), target.username, target.system_id), ("bmc", None, None));
        assert_eq!((target.verify, target.minimum_tls, target.auth), (Verify::Yes, None, Auth::Auto));
        for nothing in [json!({}), json!({"redfish_address": ""}), json!({"redfish_address": null})] {
            let error = read_with(nothing, &[]).unwrap_err();
            let words = "Missing the following Redfish properties in node 00000000-0000-0000-0000-000000000000 driver_info: \
                         ['redfish_address']";
            assert_eq!((error.kind(), error.message()), (ErrorKind::Missing, words));
        }
    }

    #[test]
    fn what_the_command_line_made_a_number_is_a_text() {
        let given = json!({
            "redfish_username": 7, "redfish_password": 1234, "redfish_system_id": "/redfish/v1/Systems/1",
            "redfish_tls_minimum_version": 1.2, "redfish_auth_type": "basic",
        });
        let target = read_besides(given, &[]).unwrap();
        assert_eq!((target.username.as_deref(), target.password), (Some("7"), Password::new("1234")));
        assert_eq!(target.system_id.as_deref(), Some("/redfish/v1/Systems/1"));
        assert_eq!((target.minimum_tls, target.auth), (Some(TlsVersion::V1_2), Auth::Basic));
    }

    #[test]
    fn trust_is_a_word_or_a_path() {
        for word in ["true", " Yes ", "1", "ON"] {
            verifies(json!(word), "", Verify::Yes);
        }
        for word in ["false", "No", "0", "off"] {
            verifies(json!(word), "", Verify::No);
        }
        let here = env!("CARGO_MANIFEST_DIR");
        verifies(json!(false), here, Verify::No);
        verifies(json!(true), "", Verify::Yes);
        verifies(json!(true), here, Verify::Ca(here.into()));
        verifies(json!(null), here, Verify::Ca(here.into()));
        verifies(json!(here), "", Verify::Ca(here.into()));
    }

    #[test]
    fn options_fill_in_what_nodes_do_not_say() {
        let options = [("auth_type", "session"), ("tls_minimum_version", "1.3"), ("tls_ciphers", "HIGH")];
        let said = json!({
            "redfish_auth_type": "basic", "redfish_tls_minimum_version": "1.1", "redfish_tls_ciphers": "DEFAULT",
        });
        let seen = |target: Target| (target.auth, target.minimum_tls, target.ciphers);
        let defaults = read_besides(json!({}), &options).unwrap();
        assert_eq!(seen(defaults), (Auth::Session, Some(TlsVersion::V1_3), Some("HIGH".to_owned())));
        let own = read_besides(said, &options).unwrap();
        assert_eq!(seen(own), (Auth::Basic, Some(TlsVersion::V1_1), Some("DEFAULT".to_owned())));
    }

    #[test]
    fn what_is_wrong_is_named_in_the_references_words() {
        refuse(json!({"redfish_address": 5}), "Invalid Redfish address 5 set in driver_info/redfish_address on node N");
        refuse(
            json!({"redfish_system_id": 5}),
            "Invalid value \"5\" set in driver_info/redfish_system_id on node N. The value should be a path (string) to the \
             resource that the driver will interact with. For example: /redfish/v1/Systems/1",
        );
        for (given, shown) in [(json!("/nonexistent"), "/nonexistent"), (json!(5), "5"), (json!("maybe"), "maybe")] {
            refuse(
                json!({ "redfish_verify_ca": given }),
                &format!(
                    "Invalid value type set in driver_info/redfish_verify_ca on node N. The value should be a Boolean or \
                     the path to a file/directory, not \"{shown}\""
                ),
            );
        }
        refuse(
            json!({"redfish_auth_type": "digest"}),
            "Invalid value \"digest\" set in driver_info/redfish_auth_type on node N. The value should be one of \
             \"basic\", \"session\" or \"auto\".",
        );
        refuse(
            json!({"redfish_tls_ciphers": ["HIGH"]}),
            "Invalid value \"[\"HIGH\"]\" set in driver_info/redfish_tls_ciphers on node N. The value should be an OpenSSL \
             cipher list (string), for example: ECDHE-RSA-AES256-GCM-SHA384:HIGH",
        );
        refuse(
            json!({"redfish_tls_minimum_version": "1.0"}),
            "Invalid value \"1.0\" set in driver_info/redfish_tls_minimum_version on node N. The value should be one of \
             \"1.1\", \"1.2\", or \"1.3\".",
        );
    }

    #[test]
    fn nothing_described_shows_a_password() {
        let shown = format!("{:?}", read_besides(json!({"redfish_password": "hunter2"}), &[]).unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
