//! The BMC itself: who made it, what runs on it, and how to restart it.

use crate::bmc::Bmc;
use crate::error::{Error, Result};
use crate::request::Request;
use crate::wire::{Malformed, NETFN_APP};

const GET_DEVICE_ID: u8 = 0x01;
const COLD_RESET: u8 = 0x02;
const WARM_RESET: u8 = 0x03;

/// What a BMC says of itself (IPMI 2.0 20.1, table 20-2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceId {
    /// The manufacturer's number of the device.
    pub device: u8,
    /// Its revision, 0 to 15.
    pub revision: u8,
    /// Whether it has sensor records of its own besides the repository.
    pub device_sdrs: bool,
    /// Whether its firmware is being written, or it is starting.
    pub updating: bool,
    /// The firmware's major number, 0 to 127.
    pub firmware_major: u8,
    /// The firmware's minor number, 0 to 99.
    pub firmware_minor: u8,
    /// The version of IPMI, as in (2, 0).
    pub ipmi: (u8, u8),
    /// Which families of commands it has, a bit each (table 20-2, byte 7).
    pub support: u8,
    /// The manufacturer (IANA).
    pub manufacturer: u32,
    /// The manufacturer's number of the product.
    pub product: u16,
    /// More of the firmware's version, as the manufacturer sees fit.
    pub auxiliary: Option<[u8; 4]>,
}

impl DeviceId {
    /// Reads the data of the answer to Get Device ID.
    ///
    /// # Errors
    ///
    /// It is cut off.
    pub fn decode(data: &[u8]) -> Result<Self, Malformed> {
        let &[device, revision, major, minor, version, support, m0, m1, m2, p0, p1, ref auxiliary @ ..] = data else {
            return Err(Malformed::Short { what: "the device ID", wanted: 11, left: data.len() });
        };
        Ok(Self {
            device,
            revision: revision & 0x0f,
            device_sdrs: revision & 0x80 != 0,
            updating: major & 0x80 != 0,
            firmware_major: major & 0x7f,
            // Two decimal digits; some BMCs count on after 9.
            firmware_minor: (minor >> 4).saturating_mul(10).saturating_add(minor & 0x0f),
            ipmi: (version & 0x0f, version >> 4),
            support,
            // 20 bits of it count.
            manufacturer: u32::from_le_bytes([m0, m1, m2 & 0x0f, 0]),
            product: u16::from_le_bytes([p0, p1]),
            auxiliary: auxiliary.first_chunk().copied(),
        })
    }
}

impl Bmc {
    /// Asks the BMC who it is.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::raw`].
    pub async fn device_id(&self) -> Result<DeviceId> {
        let request = Request::reading("Get Device ID", NETFN_APP, GET_DEVICE_ID, &[]);
        let data = self.send(&request).await?;
        DeviceId::decode(&data).map_err(|problem| Error::Malformed { asked: request.asked(&self.address()), problem })
    }

    /// Restarts the BMC as after a loss of power: sessions end, and it does not answer for a minute or more. Some BMCs
    /// go before they have answered (20.2), so that no answer counts as done.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::raw`], but [`Error::Timeout`].
    pub async fn cold_reset(&self) -> Result<()> {
        self.reset("Cold Reset", COLD_RESET).await
    }

    /// Restarts the BMC and keeps its settings of interrupts and events. BMCs need not be able to.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::raw`], but [`Error::Timeout`].
    pub async fn warm_reset(&self) -> Result<()> {
        self.reset("Warm Reset", WARM_RESET).await
    }

    async fn reset(&self, what: &'static str, command: u8) -> Result<()> {
        match self.send(&Request::once(what, NETFN_APP, command, &[])).await {
            Ok(_) => {
                // It is going to forget the session.
                self.close().await;
                Ok(())
            }
            Err(Error::Timeout { attempts, .. }) if attempts > 0 => Ok(()),
            Err(e) => Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_device_id_is_read() {
        let data = [0x20, 0x81, 0x03, 0x63, 0x02, 0xbf, 0x7c, 0x2a, 0x00, 0x5d, 0x04, 1, 2, 3, 4];
        let id = DeviceId::decode(&data).unwrap();
        assert_eq!((id.device, id.revision, id.device_sdrs, id.updating), (0x20, 1, true, false));
        assert_eq!((id.firmware_major, id.firmware_minor, id.ipmi), (3, 63, (2, 0)));
        assert_eq!((id.manufacturer, id.product, id.auxiliary), (10_876, 0x045d, Some([1, 2, 3, 4])));
        assert_eq!(DeviceId::decode(&data[..11]).unwrap().auxiliary, None);
        assert!(DeviceId::decode(&data[..10]).is_err());
    }
}
