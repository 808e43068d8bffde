//! The BMC's own network interface.

use std::fmt;

use crate::bmc::Bmc;
use crate::error::{Error, Result};
use crate::request::Request;
use crate::wire::{Malformed, NETFN_TRANSPORT, PRESENT_CHANNEL};

const GET_LAN_CONFIGURATION: u8 = 0x02;

/// Parameter of the LAN's configuration (IPMI 2.0 table 23-4).
const MAC_ADDRESS: u8 = 5;

/// A hardware address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MacAddress(pub [u8; 6]);

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl Bmc {
    /// Reads the hardware address of the BMC's interface: of this channel, or of the one the session came by.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::raw`].
    pub async fn lan_mac_address(&self, channel: Option<u8>) -> Result<MacAddress> {
        let data = [channel.unwrap_or(PRESENT_CHANNEL) & 0x0f, MAC_ADDRESS, 0, 0];
        let what = "Get LAN Configuration Parameters: MAC address";
        let request = Request::reading(what, NETFN_TRANSPORT, GET_LAN_CONFIGURATION, &data);
        let data = self.send(&request).await?;
        read(&data).map_err(|problem| Error::Malformed { asked: request.asked(&self.address()), problem })
    }
}

fn read(data: &[u8]) -> Result<MacAddress, Malformed> {
    // The parameter's revision comes first.
    let address = data.get(1..).and_then(|data| data.first_chunk());
    let short = Malformed::Short { what: "the MAC address", wanted: 7, left: data.len() };
    address.copied().map(MacAddress).ok_or(short)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_address_is_read_and_printed() {
        let address = read(&[0x11, 0x52, 0x54, 0x00, 0xab, 0xcd, 0xef]).unwrap();
        assert_eq!(address.to_string(), "52:54:00:ab:cd:ef");
        assert!(read(&[0x11, 0x52, 0x54, 0x00, 0xab, 0xcd]).is_err());
    }
}
