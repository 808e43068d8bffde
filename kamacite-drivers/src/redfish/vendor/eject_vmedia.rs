//! `eject_vmedia`: takes the images out of a machine's virtual drives.

use kamacite_driver::{Error, ExclusiveTask, Result, args, passthru};
use redfish::{MediaType, VirtualMedia};

use super::RedfishVendor;
use crate::redfish::{bmcs::failed, media};

/// Eject a virtual media device. If no device is provided then all attached devices will be ejected. Optional arguments:
/// 'boot_device' - the boot device to eject, either 'cd', 'dvd', 'usb', or 'floppy'
#[passthru(POST)]
pub async fn eject_vmedia(vendor: &RedfishVendor, task: &mut ExclusiveTask, args: Which) -> Result<Vec<String>> {
    let system = vendor.bmcs.system(task).await?;
    let slots = system.virtual_media().await.map_err(failed)?;
    media::eject(&task.node(), &system, &vendor.bmcs.read_back, meant(slots, args.boot_device)?).await
}

/// What to eject.
#[args]
pub struct Which {
    /// The device; without it, all of them.
    boot_device: Option<Device>,
}

/// What a virtual drive pretends to be.
#[args]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    /// A CD.
    Cd,
    /// A DVD.
    Dvd,
    /// A USB stick.
    Usb,
    /// A floppy disk.
    Floppy,
}

/// The slots that are meant, of managers and of the system alike.
fn meant(slots: Vec<VirtualMedia>, device: Option<Device>) -> Result<Vec<VirtualMedia>> {
    let Some(device) = device else { return Ok(slots) };
    let meant: Vec<_> = slots.into_iter().filter(|slot| device.fits(slot)).collect();
    if meant.is_empty() {
        return Err(Error::invalid(format!(
            "Boot device {} is not a valid value: no virtual drive is one",
            device.as_str()
        )));
    }
    Ok(meant)
}

impl Device {
    fn fits(self, slot: &VirtualMedia) -> bool {
        match self {
            Self::Cd => media::is_for_cds(slot),
            Self::Dvd => slot.media_types().contains(&MediaType::Dvd),
            Self::Usb => slot.media_types().contains(&MediaType::UsbStick),
            Self::Floppy => slot.media_types().contains(&MediaType::Floppy),
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Cd => "cd",
            Self::Dvd => "dvd",
            Self::Usb => "usb",
            Self::Floppy => "floppy",
        }
    }
}

#[cfg(test)]
mod tests {
    use kamacite_driver::{ErrorKind, Verb};
    use serde_json::{Value, json};

    use super::*;
    use crate::redfish::bench::{Bench, SYSTEM, Scripted, error, node_with_bmc, ok, refusal, system};

    const OF_MANAGER: &str = "/redfish/v1/Managers/1/VirtualMedia";
    const OF_SYSTEM: &str = "/redfish/v1/Systems/1/VirtualMedia";

    /// Two drives of the manager, two of the system; all but the floppy hold an image.
    async fn with_drives() -> (Bench, Scripted) {
        let (bench, bmc) = node_with_bmc(&[]).await;
        let link = |path: &str| json!({"@odata.id": path});
        let mut system = system("On");
        system["Links"] = json!({"ManagedBy": [link("/redfish/v1/Managers/1")]});
        system["VirtualMedia"] = link(OF_SYSTEM);
        bmc.has(SYSTEM, system);
        bmc.has("/redfish/v1/Managers/1", json!({"Id": "1", "VirtualMedia": link(OF_MANAGER)}));
        for (collection, drives) in [
            (OF_MANAGER, [("Cd", &["CD", "DVD"][..], true), ("Floppy", &["Floppy"][..], false)]),
            (OF_SYSTEM, [("Dvd", &["DVD"][..], true), ("Usb", &["USBStick"][..], true)]),
        ] {
            let members: Vec<_> = drives.iter().map(|(id, ..)| link(&format!("{collection}/{id}"))).collect();
            bmc.has(collection, json!({ "Members": members }));
            for (id, types, inserted) in drives {
                let action = format!("{collection}/{id}/Actions/VirtualMedia.EjectMedia");
                bmc.on(&format!("POST {action}"), [ok(json!({}))]);
                let actions = json!({"#VirtualMedia.EjectMedia": {"target": action}});
                let drive = json!({"Id": id, "MediaTypes": types, "Inserted": inserted, "Actions": actions});
                bmc.has(&format!("{collection}/{id}"), drive);
            }
        }
        (bench, bmc)
    }

    fn eject(bench: &Bench, args: Value) -> impl Future<Output = Result<Value>> {
        bench.ask("eject_vmedia", Verb::POST, args)
    }

    fn ejected(bmc: &Scripted) -> usize {
        bmc.calls().iter().filter(|call| call.what.ends_with("EjectMedia")).count()
    }

    #[tokio::test]
    async fn one_device_is_ejected_wherever_it_is() {
        for (device, expected) in [
            ("cd", &["Managers/1/VirtualMedia/Cd", "Systems/1/VirtualMedia/Dvd"][..]),
            ("dvd", &["Managers/1/VirtualMedia/Cd", "Systems/1/VirtualMedia/Dvd"]),
            ("usb", &["Systems/1/VirtualMedia/Usb"]),
            ("floppy", &[]),
        ] {
            let (bench, bmc) = with_drives().await;
            let expected: Vec<_> = expected.iter().map(|path| format!("/redfish/v1/{path}")).collect();
            assert_eq!(eject(&bench, json!({"boot_device": device})).await.unwrap(), json!(expected), "{device}");
            assert_eq!(ejected(&bmc), expected.len());
        }
    }

    #[tokio::test]
    async fn without_a_device_all_are_ejected() {
        for all in [json!({}), json!({"boot_device": null})] {
            let (bench, bmc) = with_drives().await;
            assert_eq!(eject(&bench, all).await.unwrap().as_array().map(Vec::len), Some(3));
            assert_eq!(ejected(&bmc), 3);
        }
    }

    #[tokio::test]
    async fn a_device_is_one_of_four_and_there() {
        let (bench, bmc) = with_drives().await;
        let (kind, words) = refusal(eject(&bench, json!({"boot_device": "tape"})).await);
        assert!(kind == ErrorKind::Invalid && words.contains("\"cd\", \"dvd\", \"usb\", \"floppy\""), "{words}");
        assert!(bmc.calls().is_empty(), "it is told before anything is asked");
        bmc.has(OF_SYSTEM, json!({"Members": []}));
        let (kind, words) = refusal(eject(&bench, json!({"boot_device": "usb"})).await);
        assert!(kind == ErrorKind::Invalid && words.starts_with("Boot device usb is not a valid value"), "{words}");
    }

    #[tokio::test]
    async fn a_drive_that_does_not_open_leaves_the_others_open() {
        let (bench, bmc) = with_drives().await;
        bmc.on(&format!("POST {OF_MANAGER}/Cd/Actions/VirtualMedia.EjectMedia"), [error(500, "It is stuck.")]);
        assert!(refusal(eject(&bench, json!({})).await).1.contains("It is stuck"));
        assert_eq!(ejected(&bmc), 3);
    }
}
