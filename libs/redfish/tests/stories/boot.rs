//! Boot overrides as BMCs tell them and take them.

use redfish::{Boot, BootChange, BootEnabled, BootMode, BootTarget};
use serde_json::json;

use crate::scripted::{error, text};
use crate::system::rack_of;

const PATH: &str = "/redfish/v1/Systems/1";
const PATCH: &str = "PATCH /redfish/v1/Systems/1";

#[tokio::test]
async fn an_override_is_read_with_what_is_allowed() {
    let rack = rack_of(&["1"]).await;
    let boot = json!({
        "BootSourceOverrideTarget": "Pxe",
        "BootSourceOverrideEnabled": "Once",
        "BootSourceOverrideMode": "UEFI",
        "BootSourceOverrideTarget@Redfish.AllowableValues": ["None", "Pxe", "UsbCd", "Teapot"],
        "BootSourceOverrideMode@Redfish.AllowableValues": ["Legacy", "UEFI"],
    });
    rack.has(PATH, json!({"Boot": boot}));
    let boot = rack.client().system().await.unwrap().boot();
    assert_eq!(boot.target, Some(BootTarget::Pxe));
    assert_eq!(boot.enabled, Some(BootEnabled::Once));
    assert_eq!(boot.mode, Some(BootMode::Uefi));
    let teapot = BootTarget::Other("Teapot".to_owned());
    assert_eq!(boot.targets.unwrap(), [BootTarget::None, BootTarget::Pxe, BootTarget::UsbCd, teapot]);
    assert_eq!(boot.modes.unwrap(), [BootMode::Legacy, BootMode::Uefi]);
}

#[tokio::test]
async fn an_override_may_be_missing_in_part_or_whole() {
    let nothing = Boot { target: None, enabled: None, mode: None, targets: None, modes: None };
    for body in [json!({}), json!({"Boot": null}), json!({"Boot": {"BootSourceOverrideTarget": {}}})] {
        let rack = rack_of(&["1"]).await;
        rack.has(PATH, body);
        assert_eq!(rack.client().system().await.unwrap().boot(), nothing);
    }
}

#[tokio::test]
async fn a_change_sends_only_what_changes() {
    let rack = rack_of(&["1"]).await;
    rack.on(PATCH, [text(204, "")]);
    let system = rack.client().system().await.unwrap();
    for (change, expected) in [
        (
            BootChange { target: Some(BootTarget::Cd), enabled: Some(BootEnabled::Continuous), mode: None },
            json!({"BootSourceOverrideTarget": "Cd", "BootSourceOverrideEnabled": "Continuous"}),
        ),
        (
            BootChange { enabled: Some(BootEnabled::Disabled), ..BootChange::default() },
            json!({"BootSourceOverrideEnabled": "Disabled"}),
        ),
        (
            BootChange { mode: Some(BootMode::Legacy), ..BootChange::default() },
            json!({"BootSourceOverrideMode": "Legacy"}),
        ),
    ] {
        system.set_boot(&change).await.unwrap();
        assert_eq!(rack.last(PATCH).json(), json!({"Boot": expected}));
    }
    let before = rack.count(PATCH);
    system.set_boot(&BootChange::default()).await.unwrap();
    assert_eq!(rack.count(PATCH), before);
}

#[tokio::test]
async fn a_refusal_is_told_in_the_bmcs_words() {
    let rack = rack_of(&["1"]).await;
    rack.on(PATCH, [error(400, "The value Floppy is not in the list.")]);
    let system = rack.client().system().await.unwrap();
    let change = BootChange { target: Some(BootTarget::Floppy), ..BootChange::default() };
    let e = system.set_boot(&change).await.unwrap_err();
    assert_eq!((e.status(), e.is_transient()), (Some(400), false));
    assert!(e.to_string().contains("The value Floppy is not in the list"), "{e}");
}
