//! The BMC itself: who made it, how it is asked to restart, and what its channel is like.

use ipmi::wire::{
    AuthenticationCapabilities, AuthenticationCapabilitiesRequest, CipherSuitesRequest, PRESENT_CHANNEL, SuiteRecords,
};

use crate::bmc::Bmc;

use super::{After, Call, Outcome, code, sessions};

/// The channel of the LAN.
pub(super) const LAN: u8 = 1;

/// A chassis, a bridge, an event log, a repository of sensor records, and sensors (table 20-2, byte 7).
const SUPPORT: u8 = 0b1100_0111;

/// Get Device ID (20.1).
pub(super) fn device_id(bmc: &mut Bmc, _: &mut Call<'_>) -> Outcome {
    Ok(describe(bmc, 0x20))
}

/// What a device of this number says it is.
pub(super) fn describe(bmc: &Bmc, device: u8) -> Vec<u8> {
    let controller = &bmc.vendor.ipmi;
    let [m0, m1, m2, _] = controller.manufacturer.to_le_bytes();
    let [p0, p1] = controller.product.to_le_bytes();
    let (major, minor) = controller.version;
    let minor = minor % 10 + 16 * (minor / 10);
    vec![device, 0x01, major & 0x7f, minor, 0x02, SUPPORT, m0, m1, m2, p0, p1, 0, 0, 0, 0]
}

/// Cold Reset and Warm Reset (20.2, 20.3): the BMC answers, and is gone.
pub(super) fn reset(_: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    call.after = After::Restart;
    Ok(Vec::new())
}

/// Get Self Test Results (20.4): all is well.
pub(super) fn self_test(_: &mut Bmc, _: &mut Call<'_>) -> Outcome {
    Ok(vec![0x55, 0x00])
}

/// Get Device GUID and Get System GUID (20.8, 22.14).
pub(super) fn guid(bmc: &mut Bmc, _: &mut Call<'_>) -> Outcome {
    Ok(sessions::guid(bmc).to_vec())
}

/// Get Channel Authentication Capabilities (22.13).
pub(super) fn authentication(bmc: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    let request = AuthenticationCapabilitiesRequest::decode(call.data).map_err(|_| code::LENGTH)?;
    channel(request.channel)?;
    let capabilities = AuthenticationCapabilities {
        channel: LAN,
        bmc_key: bmc.settings.key.is_some(),
        named_users: !bmc.account.username.is_empty(),
        null_user: bmc.account.username.is_empty(),
        ipmi_2_0: true,
        ..AuthenticationCapabilities::default()
    };
    Ok(capabilities.encode())
}

/// Get Channel Cipher Suites (22.15).
pub(super) fn cipher_suites(bmc: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    let request = CipherSuitesRequest::decode(call.data).map_err(|_| code::LENGTH)?;
    channel(request.channel)?;
    let suites = bmc.settings.suites.iter().map(|suite| (suite.id(), suite.algorithms())).collect();
    Ok([&[LAN], &SuiteRecords { suites }.part(request.part)[..]].concat())
}

/// Get Channel Access (22.23): always available, every privilege, no authentication of each message taken back.
pub(super) fn channel_access(bmc: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    let [number, _] = super::array(call.data)?;
    channel(number)?;
    Ok(vec![0x02, bmc.settings.privilege.number()])
}

/// Get Channel Info (22.24): a LAN, IPMB's protocol, sessions.
pub(super) fn channel_info(bmc: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    let [number] = super::array(call.data)?;
    channel(number)?;
    let sessions = 0x80 | u8::try_from(bmc.ipmi_sessions()).unwrap_or(0x3f).min(0x3f);
    // IPMI's own enterprise number, 7154, for the protocol.
    Ok(vec![LAN, 0x04, 0x01, sessions, 0xf2, 0x1b, 0x00, 0x00, 0x00])
}

/// Whether this is the channel of the LAN, by its number or as "the one this came by".
pub(super) fn channel(number: u8) -> Result<(), u8> {
    if [LAN, PRESENT_CHANNEL].contains(&(number & 0x0f)) { Ok(()) } else { Err(code::INVALID_FIELD) }
}
