//! What a node says of its BMC: the `ipmi_*` keys of `driver_info`, read and checked.

use std::net::IpAddr;

use ipmi::{BmcKey, Bridging, CipherSuite, Hop, Password, Privilege, Target};
use kamacite_driver::{
    Error, Property, Result,
    model::{Node, options::Options},
    serde_json::Value,
};

use super::{
    flag,
    options::{CIPHER_SUITE_VERSIONS, DISABLE_BOOT_TIMEOUT, Suites},
};
use crate::said::{shown, text};

/// The keys, in the reference's words: clients see them at `/v1/drivers/ipmi/properties`. The last is Kamacite's own.
pub fn properties() -> Vec<Property> {
    const KEYS: [(&str, &str); 15] = [
        ("ipmi_username", "username; default is NULL user. Optional."),
        ("ipmi_password", "password. Optional."),
        ("ipmi_port", "remote IPMI RMCP port. Optional."),
        (
            "ipmi_priv_level",
            "privilege level; default is ADMINISTRATOR. One of ADMINISTRATOR, CALLBACK, OPERATOR, USER. Optional.",
        ),
        (
            "ipmi_protocol_version",
            "the version of the IPMI protocol; default is \"2.0\". One of \"1.5\", \"2.0\". Optional.",
        ),
        (
            "ipmi_cipher_suite",
            "The number of a cipher suite to use. Only 3 (AES-128 with SHA1) or 17 (AES-128 with SHA256) should ever be \
             used; 17 is preferred. The default value depends on the ipmitool version, some recent versions have switched \
             from 3 to 17.",
        ),
        ("ipmi_hex_kg_key", "Kg key for IPMIv2 authentication. The key is expected in hexadecimal format. Optional."),
        ("ipmi_bridging", "bridging_type; default is \"no\". One of \"single\", \"dual\", \"no\". Optional."),
        (
            "ipmi_target_channel",
            "destination channel for bridged request. Required only if ipmi_bridging is set to \"single\" or \"dual\".",
        ),
        (
            "ipmi_target_address",
            "destination address for bridged request. Required only if ipmi_bridging is set to \"single\" or \"dual\".",
        ),
        (
            "ipmi_transit_channel",
            "transit channel for bridged request. Required only if ipmi_bridging is set to \"dual\".",
        ),
        (
            "ipmi_transit_address",
            "transit address for bridged request. Required only if ipmi_bridging is set to \"dual\".",
        ),
        (
            "ipmi_local_address",
            "local IPMB address for bridged requests. Used only if ipmi_bridging is set to \"single\" or \"dual\". Optional.",
        ),
        (
            "ipmi_force_boot_device",
            "Whether Ironic should specify the boot device to the BMC each time the server is turned on, eg. because the \
             BMC is not capable of remembering the selected boot device across power cycles; default value is False. \
             Optional.",
        ),
        (
            "ipmi_disable_boot_timeout",
            "By default ironic will send a raw IPMI command to disable the 60 second timeout for booting. Setting this \
             option to False will NOT send that command on this node. The [ipmi]disable_boot_timeout will be used if this \
             option is not set. Optional.",
        ),
    ];
    let required = Property::required("ipmi_address", "IP address or hostname of the node. Required.");
    let optional = KEYS.map(|(name, description)| Property::optional(name, description));
    let own = Property::optional(
        "ipmi_client",
        "Who speaks to the BMC: \"native\" is the service itself, \"ipmitool\" the program of that name, for BMCs of IPMI 1.5 \
         and others that the service cannot speak to; default is \"native\". Optional.",
    );
    [required].into_iter().chain(optional).chain([own]).collect()
}

/// What nodes that do not say it themselves get.
#[derive(Debug)]
pub struct Defaults {
    suites: Suites,
    disable_boot_timeout: bool,
}

impl Defaults {
    /// Reads the options.
    pub fn from_options(options: &Options) -> Self {
        Self { suites: options.get(&CIPHER_SUITE_VERSIONS), disable_boot_timeout: options.get(&DISABLE_BOOT_TIMEOUT) }
    }
}

/// What a node says of its BMC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub target: Target,
    pub speaker: Speaker,
}

/// Who speaks to the BMC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// This process.
    Native,
    /// The program `ipmitool`, which can do more than is wise.
    Program {
        /// IPMI 1.5.
        old_protocol: bool,
        /// The number of any cipher suite; `None` leaves it to the program.
        suite: Option<u8>,
    },
}

/// Reads what a node says of its BMC.
///
/// # Errors
/// Names the key that is missing or wrong. The words are the reference's: clients see them when they validate a node.
pub fn read(node: &Node, defaults: &Defaults) -> Result<Said> {
    let info = &node.driver_info;
    let Some(address) = text(info.get("ipmi_address")) else {
        return Err(Error::missing("Missing the following IPMI credentials in node's driver_info: ['ipmi_address']."));
    };
    let old_protocol = old_protocol(given(node, "ipmi_protocol_version"))?;
    let port = port(given(node, "ipmi_port"))?;
    let bridging = bridging(node)?;
    let privilege = privilege(given(node, "ipmi_priv_level"))?;
    let key = key(info.get("ipmi_hex_kg_key"))?;
    let suite = suite(given(node, "ipmi_cipher_suite"), old_protocol)?;
    if !is_host(&address) {
        return Err(Error::invalid(format!(
            "Invalid IPMI address \"{address}\" for node {}. Must be a valid IP address or hostname.",
            node.uuid
        )));
    }
    let program = is_program(given(node, "ipmi_client"))?;
    let mut target = Target {
        port: port.unwrap_or(ipmi::wire::PORT),
        privilege,
        bridging,
        key,
        ..Target::new(
            address,
            text(info.get("ipmi_username")).unwrap_or_default(),
            Password::new(text(info.get("ipmi_password")).unwrap_or_default()),
        )
    };
    let speaker = if program {
        Speaker::Program { old_protocol, suite: suite.or(defaults.suites.0.last().copied()) }
    } else {
        target.suite = native_suite(suite, old_protocol, defaults)?;
        Speaker::Native
    };
    Ok(Said { target, speaker })
}

/// Whether the BMC is to forget no boot device before the machine boots.
pub fn disables_boot_timeout(node: &Node, defaults: &Defaults) -> bool {
    given(node, "ipmi_disable_boot_timeout").and_then(flag::read).unwrap_or(defaults.disable_boot_timeout)
}

/// Whether the boot device is to be chosen anew before each boot.
pub fn forces_boot_device(node: &Node) -> bool {
    given(node, "ipmi_force_boot_device").and_then(flag::read).unwrap_or(false)
}

/// A key that says something.
fn given<'a>(node: &'a Node, key: &str) -> Option<&'a Value> {
    node.driver_info.get(key).filter(|value| !value.is_null())
}

fn old_protocol(given: Option<&Value>) -> Result<bool> {
    match given.map(shown).as_deref() {
        // The command line turns 2.0 into a number, and some clients that into 2.
        None | Some("2.0" | "2") => Ok(false),
        Some("1.5") => Ok(true),
        Some(other) => Err(Error::invalid(format!(
            "Invalid IPMI protocol version value {other}, the valid value can be one of 2.0, 1.5"
        ))),
    }
}

fn port(given: Option<&Value>) -> Result<Option<u16>> {
    let Some(given) = given else { return Ok(None) };
    let given = shown(given);
    let port = given.trim().parse();
    port.map(Some).map_err(|_| Error::invalid(format!("ipmi_port \"{given}\" is not a valid port.")))
}

fn bridging(node: &Node) -> Result<Option<Bridging>> {
    const TARGET: [&str; 2] = ["ipmi_target_channel", "ipmi_target_address"];
    const TRANSIT: [&str; 2] = ["ipmi_transit_channel", "ipmi_transit_address"];

    let needed = match given(node, "ipmi_bridging").map(shown).as_deref() {
        None | Some("no") => return Ok(None),
        Some("single") => TARGET.to_vec(),
        Some("dual") => [TARGET, TRANSIT].concat(),
        Some(other) => {
            return Err(Error::invalid(format!(
                "Invalid value for ipmi_bridging: {other}, the valid value can be one of: ['single', 'dual', 'no']"
            )));
        }
    };
    let missing: Vec<_> =
        needed.iter().filter(|key| given(node, key).is_none()).map(|key| format!("'{key}'")).collect();
    if !missing.is_empty() {
        return Err(Error::missing(format!("[{}] not provided", missing.join(", "))));
    }
    let hop = |keys: [&str; 2]| -> Result<Hop> {
        let [channel, address] = keys.map(|key| byte(node, key));
        Ok(Hop { channel: channel?.unwrap_or_default(), address: address?.unwrap_or_default() })
    };
    Ok(Some(Bridging {
        target: hop(TARGET)?,
        transit: if needed.len() > TARGET.len() { Some(hop(TRANSIT)?) } else { None },
        local_address: byte(node, "ipmi_local_address")?.unwrap_or(Bridging::LOCAL),
    }))
}

/// A number of one byte, decimal or as in `0x72`.
fn byte(node: &Node, key: &str) -> Result<Option<u8>> {
    let Some(given) = given(node, key) else { return Ok(None) };
    let given = shown(given);
    parse_byte(&given).map(Some).ok_or_else(|| {
        Error::invalid(format!(
            "Invalid value for {key}: {given}, expected a number from 0 to 255, such as 114 or 0x72"
        ))
    })
}

/// Reads a byte as people write them to `ipmitool`: decimal, or hexadecimal with `0x`.
pub fn parse_byte(text: &str) -> Option<u8> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u8::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn privilege(given: Option<&Value>) -> Result<Privilege> {
    let Some(given) = given.map(shown) else { return Ok(Privilege::Administrator) };
    Privilege::ALL.into_iter().find(|level| level.as_str() == given).ok_or_else(|| {
        Error::invalid(format!(
            "Invalid privilege level value:{given}, the valid value can be one of ADMINISTRATOR, CALLBACK, OPERATOR, USER"
        ))
    })
}

/// A key shorter than the BMC's 20 bytes is filled up with zeros, as `ipmitool` and the BMCs' own pages do.
fn key(given: Option<&Value>) -> Result<Option<BmcKey>> {
    let Some(digits) = text(given) else { return Ok(None) };
    if digits.chars().count() % 2 != 0 {
        return Err(Error::invalid("Number of ipmi_hex_kg_key characters is not even"));
    }
    BmcKey::from_hex(&format!("{digits:0<40}")).map(Some).map_err(|why| Error::invalid(why.to_string()))
}

fn suite(given: Option<&Value>, old_protocol: bool) -> Result<Option<u8>> {
    let Some(given) = given.map(shown) else { return Ok(None) };
    let number: u8 =
        given.trim().parse().map_err(|_| Error::invalid(format!("Invalid cipher suite {given}, expected a number")))?;
    if old_protocol {
        return Err(Error::invalid("Cipher suites cannot be used with IPMI 1.5"));
    }
    Ok(Some(number))
}

/// What only the program can do is refused here, before anything is sent.
fn native_suite(suite: Option<u8>, old_protocol: bool, defaults: &Defaults) -> Result<Option<CipherSuite>> {
    const REMEDY: &str =
        "or set driver_info/ipmi_client to \"ipmitool\" to have the program of that name speak to the BMC";
    if old_protocol {
        return Err(Error::invalid(format!(
            "ipmi_protocol_version 1.5 is not spoken by the native client, for it lets passwords be found out; leave it \
             out if the BMC knows IPMI 2.0, {REMEDY}"
        )));
    }
    match suite {
        None => defaults.suites.native().map_err(Error::invalid),
        Some(number) => CipherSuite::from_id(number).map(Some).ok_or_else(|| {
            Error::invalid(format!(
                "ipmi_cipher_suite {number} is not spoken by the native client, which knows 17 and 3; choose one of them, \
                 {REMEDY}"
            ))
        }),
    }
}

fn is_program(given: Option<&Value>) -> Result<bool> {
    match given.map(shown).as_deref() {
        None | Some("native") => Ok(false),
        Some("ipmitool") => Ok(true),
        Some(other) => Err(Error::invalid(format!(
            "Invalid value for ipmi_client: {other}, the valid value can be one of native, ipmitool"
        ))),
    }
}

/// An IP address, or a name that may be one of a host: what the reference takes.
pub fn is_host(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let labels = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    text.parse::<IpAddr>().is_ok()
        || text.len() <= 255
            && labels.split('.').enumerate().all(|(at, label)| {
                label.len() <= 63
                    && label.ends_with(edge)
                    && (at > 0 || label.starts_with(edge))
                    && label.chars().all(|c| inner(c) || at > 0 && c == '_')
            })
}

#[cfg(test)]
mod tests {
    use kamacite_driver::{
        ErrorKind,
        model::{Timestamp, Uuid},
        serde_json::json,
    };

    use super::*;

    fn read_with(info: Value, options: &[(&str, &str)]) -> Result<Said> {
        let mut node = Node::new(Uuid::nil(), "ipmi", Timestamp::UNIX_EPOCH);
        node.driver_info.0 = info.as_object().cloned().unwrap();
        let mut given = Options::default();
        options.iter().for_each(|(name, text)| given.set("ipmi", name, *text));
        read(&node, &Defaults::from_options(&given))
    }

    /// Reads a node that gives this besides a good address.
    fn read_besides(mut info: Value, options: &[(&str, &str)]) -> Result<Said> {
        info.as_object_mut().unwrap().entry("ipmi_address").or_insert_with(|| "bmc".into());
        read_with(info, options)
    }

    #[track_caller]
    fn refuse(info: Value, kind: ErrorKind, expected: &str) {
        let error = read_besides(info, &[]).unwrap_err();
        assert_eq!((error.kind(), error.message()), (kind, expected));
    }

    #[track_caller]
    fn invalid(info: Value, expected: &str) {
        refuse(info, ErrorKind::Invalid, expected);
    }

    #[test]
    fn an_address_is_all_that_is_needed() {
        let Said { target, speaker } = read_besides(json!({}), &[]).unwrap();
        assert_eq!((target, speaker), (Target::new("bmc", "", Password::default()), Speaker::Native));
        for nothing in [json!({}), json!({"ipmi_address": ""}), json!({"ipmi_address": null})] {
            let error = read_with(nothing, &[]).unwrap_err();
            let words = "Missing the following IPMI credentials in node's driver_info: ['ipmi_address'].";
            assert_eq!((error.kind(), error.message()), (ErrorKind::Missing, words));
        }
    }

    #[test]
    fn what_the_command_line_made_a_number_is_a_text() {
        let said = read_besides(
            json!({
                "ipmi_username": 7, "ipmi_password": 1234, "ipmi_port": "6230", "ipmi_cipher_suite": "3",
                "ipmi_protocol_version": 2.0, "ipmi_priv_level": "OPERATOR", "ipmi_hex_kg_key": "0102",
            }),
            &[],
        );
        let Target { username, password, port, suite, privilege, key, .. } = said.unwrap().target;
        assert_eq!((username.as_str(), password, port), ("7", Password::new("1234"), 6230));
        assert_eq!((suite, privilege), (Some(CipherSuite::HmacSha1), Privilege::Operator));
        assert_eq!(key.unwrap().reveal()[..3], [1, 2, 0]);
    }

    #[test]
    fn a_way_behind_the_bmc_is_read() {
        let single = json!({"ipmi_bridging": "single", "ipmi_target_channel": "0", "ipmi_target_address": "0x72"});
        let read = |info: &Value| read_besides(info.clone(), &[]).unwrap().target.bridging;
        let target = Hop { channel: 0, address: 0x72 };
        assert_eq!(read(&single), Some(Bridging { transit: None, target, local_address: 0x20 }));
        let mut dual = single;
        dual["ipmi_bridging"] = "dual".into();
        refuse(dual.clone(), ErrorKind::Missing, "['ipmi_transit_channel', 'ipmi_transit_address'] not provided");
        dual["ipmi_transit_channel"] = 6.into();
        dual["ipmi_transit_address"] = 130.into();
        dual["ipmi_local_address"] = "0x24".into();
        let transit = Some(Hop { channel: 6, address: 0x82 });
        assert_eq!(read(&dual), Some(Bridging { transit, target, local_address: 0x24 }));
        dual["ipmi_bridging"] = "no".into();
        assert_eq!(read(&dual), None);
    }

    #[test]
    fn what_is_wrong_is_named_in_the_references_words() {
        invalid(
            json!({"ipmi_protocol_version": "3.0"}),
            "Invalid IPMI protocol version value 3.0, the valid value can be one of 2.0, 1.5",
        );
        for (port, shown) in [(json!("x"), "x"), (json!(65536), "65536"), (json!(-1), "-1")] {
            invalid(json!({ "ipmi_port": port }), &format!("ipmi_port \"{shown}\" is not a valid port."));
        }
        invalid(
            json!({"ipmi_bridging": "triple"}),
            "Invalid value for ipmi_bridging: triple, the valid value can be one of: ['single', 'dual', 'no']",
        );
        refuse(
            json!({"ipmi_bridging": "single"}),
            ErrorKind::Missing,
            "['ipmi_target_channel', 'ipmi_target_address'] not provided",
        );
        invalid(
            json!({"ipmi_bridging": "single", "ipmi_target_channel": 0, "ipmi_target_address": "r2"}),
            "Invalid value for ipmi_target_address: r2, expected a number from 0 to 255, such as 114 or 0x72",
        );
        invalid(
            json!({"ipmi_priv_level": "ROOT"}),
            "Invalid privilege level value:ROOT, the valid value can be one of ADMINISTRATOR, CALLBACK, OPERATOR, USER",
        );
        invalid(json!({"ipmi_hex_kg_key": "abc"}), "Number of ipmi_hex_kg_key characters is not even");
        invalid(json!({"ipmi_cipher_suite": "strong"}), "Invalid cipher suite strong, expected a number");
        invalid(
            json!({"ipmi_cipher_suite": 3, "ipmi_protocol_version": 1.5}),
            "Cipher suites cannot be used with IPMI 1.5",
        );
        for address in ["https://bmc", "a b", "-bmc", "bmc-", "b_mc"] {
            let words = format!(
                "Invalid IPMI address \"{address}\" for node {}. Must be a valid IP address or hostname.",
                Uuid::nil()
            );
            invalid(json!({ "ipmi_address": address }), &words);
        }
        for address in ["10.0.0.5", "fe80::1", "BMC-1.rack_4.example.com", "bmc."] {
            read_besides(json!({ "ipmi_address": address }), &[]).unwrap();
        }
    }

    #[test]
    fn what_only_the_program_can_do_says_how() {
        for info in [json!({"ipmi_protocol_version": "1.5"}), json!({"ipmi_cipher_suite": 8})] {
            let words = read_besides(info.clone(), &[]).unwrap_err().message().to_owned();
            assert!(words.contains("driver_info/ipmi_client to \"ipmitool\""), "{words}");
            let mut info = info;
            info["ipmi_client"] = "ipmitool".into();
            let Speaker::Program { old_protocol, suite } = read_besides(info, &[]).unwrap().speaker else { panic!() };
            assert_eq!(old_protocol, suite.is_none());
        }
        invalid(
            json!({"ipmi_client": "telnet"}),
            "Invalid value for ipmi_client: telnet, the valid value can be one of native, ipmitool",
        );
    }

    #[test]
    fn options_fill_in_the_suite() {
        let target = |list| read_besides(json!({}), &[("cipher_suite_versions", list)]).map(|said| said.target.suite);
        assert_eq!(target("1,3").unwrap(), Some(CipherSuite::HmacSha1));
        assert_eq!(target("3,17").unwrap(), None);
        assert!(target("1,8").unwrap_err().message().contains("[ipmi]cipher_suite_versions"));
        let program = read_besides(json!({"ipmi_client": "ipmitool"}), &[("cipher_suite_versions", "8,3")]).unwrap();
        assert_eq!(program.speaker, Speaker::Program { old_protocol: false, suite: Some(3) });
    }

    #[test]
    fn nothing_described_shows_a_secret() {
        let info = json!({"ipmi_password": "hunter2", "ipmi_hex_kg_key": "68756e746572"});
        let shown = format!("{:?}", read_besides(info, &[]).unwrap());
        assert!(!shown.contains("hunter2") && !shown.contains("68756e"), "{shown}");
        let error = read_besides(json!({"ipmi_hex_kg_key": "hunter"}), &[]).unwrap_err();
        assert!(!error.message().contains("hunter"), "{error}");
    }
}
