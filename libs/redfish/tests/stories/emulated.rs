//! The client against a real emulator of somebody else's making.

use redfish::{
    BootChange, BootEnabled, BootMode, BootTarget, Error, MediaType, Password, PowerState, ResetType, Target,
};
use serde_json::json;

use crate::emulator::{Emulator, FIRST, SECOND};
use crate::scripted::{Act, Scripted, target};

#[tokio::test]
async fn a_machine_is_found_and_switched_on_and_off() {
    let emulator = Emulator::start();
    let bmc = emulator.client();
    let mut system = bmc.system().await.unwrap();
    assert_eq!(system.path(), format!("/redfish/v1/Systems/{FIRST}"));
    assert_eq!(system.uuid().as_deref(), Some(FIRST));
    assert_eq!(system.manufacturer().as_deref(), Some("Sushy Emulator"));
    assert_eq!(system.health().as_deref(), Some("OK"));
    assert_eq!(system.power_state(), Some(PowerState::Off));
    let types = system.reset_types().await.unwrap().unwrap();
    assert!(types.contains(&ResetType::On) && types.contains(&ResetType::GracefulShutdown), "{types:?}");

    for (reset, state) in [
        (ResetType::On, PowerState::On),
        (ResetType::ForceRestart, PowerState::On),
        (ResetType::GracefulShutdown, PowerState::Off),
        (ResetType::ForceOn, PowerState::On),
        (ResetType::ForceOff, PowerState::Off),
    ] {
        system.reset(&reset).await.unwrap();
        system.refresh().await.unwrap();
        assert_eq!(system.power_state(), Some(state), "{reset}");
    }

    // It lists Nmi, and cannot do it.
    assert!(types.contains(&ResetType::Nmi));
    let e = system.reset(&ResetType::Nmi).await.unwrap_err();
    assert!(matches!(e, Error::Rejected { status: 501, attempts: 1, .. }) && !e.is_transient(), "{e:?}");
    assert!(e.to_string().contains("Power state Nmi is not supported; the BMC does not support it"), "{e}");
}

#[tokio::test]
async fn a_boot_override_is_set_and_read_back() {
    let emulator = Emulator::start();
    let mut system = emulator.client().system().await.unwrap();
    assert!(system.boot().targets.unwrap().contains(&BootTarget::Pxe));
    let change =
        BootChange { target: Some(BootTarget::Pxe), enabled: Some(BootEnabled::Once), mode: Some(BootMode::Legacy) };
    system.set_boot(&change).await.unwrap();
    system.refresh().await.unwrap();
    let boot = system.boot();
    assert_eq!((boot.target, boot.mode), (Some(BootTarget::Pxe), Some(BootMode::Legacy)));
    // Continuous is the only way it knows.
    assert_eq!(boot.enabled, Some(BootEnabled::Continuous));

    let only_duration = BootChange { enabled: Some(BootEnabled::Disabled), ..BootChange::default() };
    let e = system.set_boot(&only_duration).await.unwrap_err();
    assert_eq!(e.status(), Some(400));
    assert!(e.to_string().contains("Missing the BootSourceOverrideTarget"), "{e}");
}

#[tokio::test]
async fn virtual_media_is_ejected() {
    let images = Scripted::start().await;
    images.on("GET /boot.iso", [Act::Answer { status: 200, headers: vec![], body: b"image".to_vec() }]);
    let emulator = Emulator::start();
    let bmc = emulator.client();
    let system = bmc.system().await.unwrap();

    // The manager links to the system's own slots: two ways, one list.
    let slots = system.virtual_media().await.unwrap();
    let ids: Vec<_> = slots.iter().filter_map(redfish::VirtualMedia::id).collect();
    assert_eq!(ids, ["Cd", "Floppy"]);
    assert_eq!(slots[0].media_types(), [MediaType::Cd, MediaType::Dvd]);
    assert!(slots.iter().all(|slot| !slot.inserted() && slot.image().is_none()));

    let image = format!("http://127.0.0.1:{}/boot.iso", images.port);
    let insert = format!("{}/Actions/VirtualMedia.InsertMedia", slots[0].path());
    bmc.post(&insert, &json!({"Image": image})).await.unwrap();
    let slots = system.virtual_media().await.unwrap();
    assert!(slots[0].inserted() && !slots[1].inserted());
    assert_eq!(slots[0].image(), Some(image));

    slots[0].eject().await.unwrap();
    let slots = system.virtual_media().await.unwrap();
    assert!(!slots[0].inserted() && slots[0].image().is_none());
}

#[tokio::test]
async fn of_two_machines_one_is_named_by_path_id_or_alias() {
    let emulator = Emulator::with(&[("first", FIRST), ("second", SECOND)], None);
    let e = emulator.client().system().await.unwrap_err();
    assert!(matches!(&e, Error::ManySystems { members, .. } if members.len() == 2), "{e:?}");
    assert!(e.to_string().contains(SECOND), "{e}");

    let path = format!("/redfish/v1/Systems/{SECOND}");
    // A name is answered with a redirect to the UUID.
    for name in [path.as_str(), SECOND, "second"] {
        let named = Target { system_id: Some(name.to_owned()), ..target(&emulator.address) };
        let mut system = emulator.client_of(named).system().await.unwrap();
        assert_eq!(system.path(), path, "{name}");
        assert_eq!(system.managers().await.unwrap().len(), 1);
        system.reset(&ResetType::On).await.unwrap();
        system.refresh().await.unwrap();
        assert_eq!(system.power_state(), Some(PowerState::On));
    }

    let wrong = Target { system_id: Some("third".to_owned()), ..target(&emulator.address) };
    let e = emulator.client_of(wrong).system().await.unwrap_err();
    assert!(matches!(&e, Error::NoSystem { wanted: Some(wanted), .. } if wanted == "third"), "{e:?}");
}

#[tokio::test]
async fn wrong_credentials_are_refused() {
    let emulator = Emulator::start();
    let wrong = Target { password: Password::new("battery staple"), ..target(&emulator.address) };
    let bmc = emulator.client_of(wrong);
    // The service root is for everybody.
    bmc.root().await.unwrap();
    let e = bmc.system().await.unwrap_err();
    assert!(matches!(e, Error::Refused { status: 401, .. }) && !e.is_transient(), "{e:?}");
    let text = e.to_string();
    assert!(text.contains("check redfish_username") && !text.contains("battery staple"), "{text}");
}

#[tokio::test]
async fn the_emulator_has_no_events() {
    let emulator = Emulator::start();
    let e = emulator.client().event_service().await.unwrap_err();
    assert!(matches!(e, Error::Unsupported { .. }), "{e:?}");
}
