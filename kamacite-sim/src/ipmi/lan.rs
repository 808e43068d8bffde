//! The LAN's configuration, to be read (IPMI 2.0 table 23-4).

use std::borrow::Cow;

use crate::bmc::Bmc;

use super::{Call, Outcome, app, code};

/// The revision that every parameter has.
const REVISION: u8 = 0x11;

/// Get LAN Configuration Parameters (23.2).
pub(super) fn get(bmc: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    let [channel, parameter] = super::array(call.data)?;
    app::channel(channel)?;
    // The revision alone was asked for.
    if channel & 0x80 != 0 {
        return Ok(vec![REVISION]);
    }
    let data = data(bmc, parameter).ok_or(code::NO_PARAMETER)?;
    Ok([&[REVISION], &data[..]].concat())
}

fn data(bmc: &Bmc, parameter: u8) -> Option<Cow<'static, [u8]>> {
    let suites = &bmc.settings.suites;
    Some(match parameter {
        // Set complete.
        0 => Cow::Borrowed(&[0]),
        // No authentication of IPMI 1.5, at any privilege.
        1 => Cow::Borrowed(&[0]),
        2 => Cow::Borrowed(&[0; 5]),
        3 => Cow::Owned(bmc.settings.address.octets().to_vec()),
        // A static address.
        4 => Cow::Borrowed(&[1]),
        5 => Cow::Owned(mac(bmc).to_vec()),
        6 => Cow::Borrowed(&[255, 255, 255, 0]),
        // Time to live 64, no flags, precedence and type of service of old.
        7 => Cow::Borrowed(&[0x40, 0x40, 0x10]),
        // Gateways, and their addresses of hardware: there are none.
        12 | 14 => Cow::Borrowed(&[0; 4]),
        13 | 15 => Cow::Borrowed(&[0; 6]),
        16 => Cow::Borrowed(b"public\0\0\0\0\0\0\0\0\0\0\0\0"),
        // No VLAN, of no priority.
        20 => Cow::Borrowed(&[0; 2]),
        21 => Cow::Borrowed(&[0]),
        22 => Cow::Owned(vec![suites.len() as u8]),
        23 => Cow::Owned([0].into_iter().chain(suites.iter().map(|suite| suite.id())).collect()),
        // Each of up to 16 suites for administrators.
        24 => Cow::Borrowed(&[0, 0x44, 0x44, 0x44, 0x44, 0x44, 0x44, 0x44, 0x44]),
        _ => return None,
    })
}

/// The BMC's own hardware address: the machine's, and an interface it does not have.
fn mac(bmc: &Bmc) -> [u8; 6] {
    let [a, b, c, d, e, _] = bmc.machine.nics().next().map_or([0x02, 0, 0, 0, 0, 0], |nic| nic.mac);
    [a, b, c, d, e, 0xbc]
}
