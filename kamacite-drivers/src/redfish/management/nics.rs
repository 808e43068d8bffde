//! The network interfaces of a machine, as its BMC knows them.

use kamacite_driver::{
    Result, SharedTask, async_trait,
    interfaces::{self, Nics},
};
use redfish::Nic;

use super::RedfishManagement;
use crate::redfish::bmcs::failed;

#[async_trait]
impl Nics for RedfishManagement {
    async fn nics(&self, task: &SharedTask) -> Result<Vec<interfaces::Nic>> {
        let found = self.bmcs.system(task).await?.nics().await.map_err(failed)?;
        Ok(found.into_iter().filter_map(shown).collect())
    }
}

/// The interface as clients see it; one whose address is none of Ethernet (InfiniBand has such) is left out.
fn shown(nic: Nic) -> Option<interfaces::Nic> {
    let Nic { id, mac, link, speed_mbps } = nic;
    let digits: String = mac.chars().filter(char::is_ascii_hexdigit).map(|digit| digit.to_ascii_lowercase()).collect();
    let others = mac.chars().all(|one| one.is_ascii_hexdigit() || matches!(one, ':' | '-' | '.'));
    if digits.len() != 12 || !others || digits == "000000000000" {
        return None;
    }
    let pairs: Vec<_> = digits.as_bytes().chunks(2).map(String::from_utf8_lossy).collect();
    Some(interfaces::Nic { name: id, mac: pairs.join(":"), link, speed_mbps })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(mac: &str, expected: Option<&str>) {
        let nic = Nic { id: None, mac: mac.to_owned(), link: None, speed_mbps: None };
        assert_eq!(shown(nic).map(|nic| nic.mac).as_deref(), expected, "{mac}");
    }

    #[test]
    fn addresses_are_written_as_ports_have_them() {
        check("02:4B:00:00:00:01", Some("02:4b:00:00:00:01"));
        check("02-4b-00-00-00-01", Some("02:4b:00:00:00:01"));
        check("024B00000001", Some("02:4b:00:00:00:01"));
        check("00:00:00:00:00:00", None);
        check("80:00:02:08:fe:80:00:00:00:00:00:00:00:11:75:00:00:77:de:ad", None);
        check("n/a", None);
    }
}
