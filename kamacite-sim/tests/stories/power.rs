//! Power, seen by the `redfish` crate's client.

use kamacite_sim::{Config, Rack, VENDORS, Vendor, machine};
use redfish::{PowerState, ResetType};

use crate::rack::{clock, eventually, instant, of, one, system};

#[tokio::test]
async fn every_vendor_can_be_turned_on_and_off() {
    for vendor in VENDORS {
        let (_rack, bmc) = one(vendor.name).await;
        let mut system = system(&bmc).await;
        assert_eq!(system.manufacturer().as_deref(), Some(vendor.manufacturer));
        assert_eq!(system.power_state(), Some(PowerState::Off), "{}", vendor.name);
        let types = system.reset_types().await.unwrap().unwrap();
        assert_eq!(types.iter().map(ResetType::as_str).collect::<Vec<_>>(), vendor.resets, "{}", vendor.name);
        system.reset(&ResetType::On).await.unwrap();
        system.refresh().await.unwrap();
        assert_eq!(system.power_state(), Some(PowerState::On), "{}", vendor.name);
        system.reset(&ResetType::ForceRestart).await.unwrap();
        assert_eq!(bmc.with(|bmc, _| bmc.machine.boots()), 2, "{}", vendor.name);
        system.reset(&ResetType::ForceOff).await.unwrap();
        system.refresh().await.unwrap();
        assert_eq!(system.power_state(), Some(PowerState::Off), "{}", vendor.name);
    }
}

#[tokio::test]
async fn a_transition_shows_or_not_as_the_vendor_has_it() {
    for (name, shown) in [("generic", PowerState::PoweringOn), ("hpe", PowerState::Off)] {
        let mut config = of(name);
        config.setup.pace = machine::Pace { on_ms: 300, ..machine::Pace::INSTANT };
        let rack = Rack::start(config, clock()).await.unwrap();
        let bmc = &rack.bmcs()[0];
        let mut system = system(bmc).await;
        system.reset(&ResetType::On).await.unwrap();
        system.refresh().await.unwrap();
        assert_eq!(system.power_state(), Some(shown), "{name}");
        eventually("it runs", || bmc.machine(|machine| machine.power() == machine::PowerState::On)).await;
        system.refresh().await.unwrap();
        assert_eq!(system.power_state(), Some(PowerState::On), "{name}");
    }
}

#[tokio::test]
async fn turning_on_what_is_on_is_refused_by_some() {
    for (name, status) in [("generic", None), ("dell", Some(409)), ("hpe", Some(400))] {
        let (_rack, bmc) = one(name).await;
        let system = system(&bmc).await;
        system.reset(&ResetType::On).await.unwrap();
        let again = system.reset(&ResetType::On).await;
        assert_eq!(again.err().and_then(|error| error.status()), status, "{name}");
    }
}

#[tokio::test]
async fn an_interrupt_reaches_a_machine_that_runs() {
    let (_rack, bmc) = one("generic").await;
    let system = system(&bmc).await;
    assert_eq!(system.reset(&ResetType::Nmi).await.unwrap_err().status(), Some(409));
    system.reset(&ResetType::On).await.unwrap();
    system.reset(&ResetType::Nmi).await.unwrap();
    assert_eq!(bmc.with(|bmc, _| bmc.machine.interrupts()), 1);
}

#[tokio::test]
async fn a_hundred_behind_one_listener_are_a_hundred() {
    let vendors = vec![Vendor::named("generic").unwrap(), Vendor::named("dell").unwrap()];
    let config = Config { one_listener: true, vendors, ..instant(100) };
    let rack = Rack::start(config, clock()).await.unwrap();
    let (mut uuids, mut addresses) = (Vec::new(), Vec::new());
    for bmc in [0, 1, 57, 99].map(|number| &rack.bmcs()[number]) {
        addresses.push(bmc.address());
        let mut system = system(bmc).await;
        system.reset(&ResetType::On).await.unwrap();
        system.refresh().await.unwrap();
        assert_eq!(system.power_state(), Some(PowerState::On));
        assert!(system.path().starts_with(&format!("/bmc-{:05}/redfish/v1/Systems/", bmc.number())));
        uuids.extend(system.uuid());
        let media = system.virtual_media().await.unwrap();
        assert!(!media.is_empty(), "links of links stay below the prefix");
    }
    uuids.dedup();
    assert_eq!(uuids.len(), 4, "{uuids:?}");
    assert!(addresses[2].ends_with("/bmc-00057/redfish/v1/"), "{addresses:?}");
    let others = rack.bmcs().iter().filter(|bmc| bmc.with(|bmc, _| bmc.machine.power() == machine::PowerState::On));
    assert_eq!(others.count(), 4);
}
