//! Virtual media: put in as each vendor wants it, taken out by the `redfish` crate's client, booted from.

use kamacite_sim::{MediaBy, MediaHome, SimBmc, VENDORS, machine};
use redfish::{BootChange, BootEnabled, BootTarget, MediaType, ResetType, VirtualMedia};
use reqwest::Method;
use serde_json::json;

use crate::{
    plain::{ask, message, send, write},
    rack::{one, system},
};

const IMAGE: &str = "http://10.0.0.1/images/boot.iso";

async fn cd(bmc: &SimBmc) -> VirtualMedia {
    let slots = system(bmc).await.virtual_media().await.unwrap();
    slots.into_iter().find(|slot| slot.media_types().contains(&MediaType::Cd)).unwrap()
}

async fn insert(bmc: &SimBmc, by: MediaBy, slot: &VirtualMedia) -> u16 {
    let request = match by {
        MediaBy::Patch => ask(bmc, Method::PATCH, slot.path()).json(&json!({"Image": IMAGE, "Inserted": true})),
        MediaBy::Action | MediaBy::ActionWithProtocol => {
            let target = slot.resource().link("/Actions/#VirtualMedia.InsertMedia/target").unwrap();
            ask(bmc, Method::POST, &target).json(&json!({"Image": IMAGE, "TransferProtocolType": "HTTP"}))
        }
    };
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn an_image_goes_in_and_out_with_every_vendor() {
    for vendor in VENDORS {
        let (_rack, bmc) = one(vendor.name).await;
        let slot = cd(&bmc).await;
        let below = if vendor.media == MediaHome::System { "/Systems/" } else { "/Managers/" };
        assert!(slot.path().contains(below) && !slot.inserted() && slot.image().is_none(), "{}", vendor.name);
        assert_eq!(insert(&bmc, vendor.media_by, &slot).await, 204, "{}", vendor.name);
        let slot = cd(&bmc).await;
        assert!(slot.inserted(), "{}", vendor.name);
        assert_eq!(slot.image().as_deref(), Some(IMAGE), "{}", vendor.name);
        slot.eject().await.unwrap();
        assert!(!cd(&bmc).await.inserted(), "{}", vendor.name);
        // An empty slot is no failure to this client.
        cd(&bmc).await.eject().await.unwrap();
    }
}

#[tokio::test]
async fn a_machine_boots_from_what_is_in_the_slot() {
    let (_rack, bmc) = one("generic").await;
    let system = system(&bmc).await;
    let from_cd = BootChange { target: Some(BootTarget::Cd), enabled: Some(BootEnabled::Once), mode: None };
    for (full, booted) in [(false, machine::Source::Disk), (true, machine::Source::Cd)] {
        if full {
            insert(&bmc, MediaBy::Action, &cd(&bmc).await).await;
        }
        system.set_boot(&from_cd).await.unwrap();
        system.reset(&ResetType::ForceRestart).await.unwrap();
        assert_eq!(bmc.with(|bmc, _| bmc.machine.booted()), Some(booted));
    }
}

#[tokio::test]
async fn what_an_insertion_lacks_is_said() {
    let (_rack, bmc) = one("supermicro").await;
    let slot = cd(&bmc).await;
    let target = slot.resource().link("/Actions/#VirtualMedia.InsertMedia/target").unwrap();
    let refused = send(&bmc, Method::POST, &target, json!({"Image": IMAGE})).await;
    let text = refused.text().await.unwrap();
    assert!(text.contains("ActionParameterMissing") && text.contains("TransferProtocolType"), "{text}");
    assert_eq!(write(&bmc, Method::POST, &target, json!({"TransferProtocolType": "HTTP"})).await, 400);
    assert_eq!(insert(&bmc, MediaBy::Action, &slot).await, 204);
    let again = send(&bmc, Method::POST, &target, json!({"Image": IMAGE, "TransferProtocolType": "HTTP"})).await;
    assert_eq!((again.status().as_u16(), message(again).await.as_str()), (409, "ResourceInUse"));
}

#[tokio::test]
async fn some_insist_on_an_object_where_others_take_nothing() {
    for (name, status) in [("generic", 204), ("hpe", 400)] {
        let (_rack, bmc) = one(name).await;
        let slot = cd(&bmc).await;
        assert_eq!(insert(&bmc, MediaBy::Action, &slot).await, 204, "{name}");
        let target = slot.resource().link("/Actions/#VirtualMedia.EjectMedia/target").unwrap();
        let bare = ask(&bmc, Method::POST, &target).send().await.unwrap();
        assert_eq!(bare.status(), status, "{name}");
    }
}
