//! Who made a machine, from the manufacturer's number that its BMC gives (IPMI 2.0 20.1).

use kamacite_driver::{Result, SharedTask, async_trait, interfaces::DetectVendor};

use super::IpmiManagement;

#[async_trait]
impl DetectVendor for IpmiManagement {
    async fn detect_vendor(&self, task: &SharedTask) -> Result<Option<String>> {
        let id = self.bmcs.of(&task.node())?.device_id().await?;
        Ok(name(id.manufacturer))
    }
}

/// The maker's name as its Redfish BMCs write it, where there are some; of others the number, so that a person can look it
/// up. 0 and FFFFFh are nobody's.
fn name(manufacturer: u32) -> Option<String> {
    match manufacturer {
        0 | 0xf_ffff => None,
        number => Some(
            MAKERS
                .iter()
                .find(|(known, _)| *known == number)
                .map_or_else(|| format!("IANA enterprise {number}"), |(_, name)| (*name).to_owned()),
        ),
    }
}

/// IANA's private enterprise numbers of those who make servers and BMCs.
#[rustfmt::skip]
const MAKERS: [(u32, &str); 31] = [
    (2, "IBM"),
    (11, "HP"),
    (42, "Sun Microsystems"),
    (116, "Hitachi"),
    (119, "NEC"),
    (343, "Intel Corporation"),
    (674, "Dell Inc."),
    (2011, "Huawei"),
    (2623, "ASUSTeK COMPUTER INC."),
    (3704, "AMD"),
    (5703, "NVIDIA"),
    (5771, "Cisco Systems Inc"),
    (6569, "Inventec"),
    (6653, "Tyan"),
    (7244, "Quanta Computer Inc."),
    (10368, "FUJITSU"),
    (10876, "Supermicro"),
    (11129, "Google"),
    (15370, "GIGABYTE"),
    (19046, "Lenovo"),
    (20301, "Lenovo"),
    (20974, "AMI"),
    (37945, "Inspur"),
    (40092, "Wiwynn"),
    (40981, "Facebook"),
    (42817, "IBM"),
    (45065, "Insyde"),
    (47196, "HPE"),
    (49622, "ASRockRack"),
    (49769, "YADRO"),
    (52538, "Ampere Computing"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipmi::bench::node_with_bmc;

    #[test]
    fn makers_are_known_by_number() {
        assert!(MAKERS.is_sorted_by_key(|(number, _)| number));
        assert_eq!(name(674).as_deref(), Some("Dell Inc."));
        assert_eq!(name(4753).as_deref(), Some("IANA enterprise 4753"));
        assert_eq!([name(0), name(0xf_ffff)], [None, None]);
    }

    #[tokio::test]
    async fn the_bmc_tells_who_made_it() {
        let (bench, _bmc) = node_with_bmc(&[]).await;
        let management = bench.on().management.clone();
        let maker = management.vendor_name().expect("it has one").detect_vendor(&bench.shared()).await.unwrap();
        assert_eq!(maker.as_deref(), Some("Supermicro"));
    }
}
