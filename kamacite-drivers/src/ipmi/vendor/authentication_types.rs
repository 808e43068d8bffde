//! `authentication_types`: asks a BMC what it speaks and whom it lets in, before there is a node, a user or a password.

use kamacite_driver::{
    Caller, Error, Result, args, driver_passthru,
    governor::{Credentials, Outcome},
    serde_json::{Value, json},
};

use super::IpmiVendor;
use crate::ipmi::{driver_info::is_host, failure::Failure};

/// Tells which versions of IPMI, kinds of authentication and users the BMC at 'address' has, on 'port' (623). No user and
/// no password are needed.
// It only reads, which is GET; python-ironicclient sends arguments with POST only.
#[driver_passthru(GET, POST, sync)]
pub async fn authentication_types(vendor: &IpmiVendor, _: &Caller, args: Place) -> Result<Value> {
    let Place { address, port } = args;
    if !is_host(&address) {
        return Err(Error::invalid(format!(
            "Invalid IPMI address \"{address}\". Must be a valid IP address or hostname."
        )));
    }
    let port = port.unwrap_or(ipmi::wire::PORT);
    let governor = vendor.bmcs.governor(&address, port);
    let what = "Get Channel Authentication Capabilities";
    let permit = governor.enter(Credentials::none(), what).await.map_err(Failure::Withheld)?;
    let told = vendor.bmcs.client.authentication_capabilities(&address, port).await.map_err(Failure::Native);
    let outcome = told.as_ref().map_or_else(Failure::outcome, |_| Outcome::Answered("done".to_owned()));
    permit.done(outcome);
    let told = told?;
    let named = |names: &[(&'static str, bool)]| -> Vec<&str> {
        names.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect()
    };
    Ok(json!({
        "address": address,
        "port": port,
        "channel": told.channel,
        "ipmi_versions": named(&[("1.5", told.ipmi_1_5), ("2.0", told.ipmi_2_0)]),
        // Of IPMI 1.5; 2.0 has cipher suites.
        "authentication_types": named(&TYPES.map(|(name, bit)| (name, told.types & 1 << bit != 0))),
        "users": named(&[("named", told.named_users), ("null", told.null_user), ("anonymous", told.anonymous)]),
        "needs_kg_key": told.bmc_key,
    }))
}

/// The types of authentication and their bits (IPMI 2.0 table 22-17).
const TYPES: [(&str, u8); 5] = [("none", 0), ("MD2", 1), ("MD5", 2), ("password", 4), ("OEM", 5)];

/// Which BMC.
#[args(closed)]
pub struct Place {
    /// Its host name or IP address.
    #[schemars(length(min = 1))]
    address: String,
    /// Its UDP port; 623 without it.
    port: Option<u16>,
}

#[cfg(test)]
mod tests {
    use kamacite_driver::{ErrorKind, Reply, Verb};

    use super::*;
    use crate::ipmi::bench::{node_with_bmc, refusal};

    #[tokio::test]
    async fn a_bmc_tells_what_it_speaks_without_a_log_in() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        for (verb, port) in [(Verb::POST, json!(bmc.port)), (Verb::GET, json!(bmc.port.to_string()))] {
            let asked = json!({"address": "127.0.0.1", "port": port});
            let told = bench.call_driver("ipmitool", "authentication_types", verb, asked).await.unwrap();
            let expected = json!({
                "address": "127.0.0.1", "port": bmc.port, "channel": 1, "ipmi_versions": ["1.5", "2.0"],
                "authentication_types": [], "users": ["named"], "needs_kg_key": false,
            });
            assert_eq!(told, Reply::Json(expected));
        }
        assert_eq!(bmc.opened(), 0);
    }

    #[tokio::test]
    async fn what_is_no_address_is_refused() {
        let (bench, _bmc) = node_with_bmc(&[]).await;
        for (args, kind) in [
            (json!({}), ErrorKind::Missing),
            (json!({"address": "https://bmc"}), ErrorKind::Invalid),
            (json!({"address": "127.0.0.1", "port": 0}), ErrorKind::Invalid),
            (json!({"address": "127.0.0.1", "port": 70_000}), ErrorKind::Invalid),
        ] {
            let asked = bench.call_driver("ipmitool", "authentication_types", Verb::POST, args).await;
            assert_eq!(refusal(asked).0, kind);
        }
    }
}
