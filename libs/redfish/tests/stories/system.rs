//! Which system a BMC manages, and by whom it is managed.

use redfish::{Bmc, Error, Target};
use serde_json::{Value, json};

use crate::scripted::Scripted;

const ROOT: &str = "/redfish/v1/";
const SYSTEMS: &str = "/redfish/v1/Systems";

/// A BMC with these systems.
pub async fn rack_of(ids: &[&str]) -> Scripted {
    let rack = Scripted::start().await;
    rack.has(ROOT, json!({"Systems": {"@odata.id": SYSTEMS}, "Managers": {"@odata.id": "/redfish/v1/Managers"}}));
    let links: Vec<Value> = ids.iter().map(|id| json!({"@odata.id": format!("{SYSTEMS}/{id}")})).collect();
    rack.has(SYSTEMS, json!({"Members": links}));
    for id in ids {
        rack.has(&format!("{SYSTEMS}/{id}"), json!({"Id": id, "@odata.id": format!("{SYSTEMS}/{id}")}));
    }
    rack
}

fn client(rack: &Scripted, system_id: &str) -> Bmc {
    rack.client_of(Target { system_id: Some(system_id.to_owned()), ..rack.target() })
}

#[tokio::test]
async fn the_only_system_is_found_once() {
    let rack = rack_of(&["437XR1138R2"]).await;
    let bmc = rack.client();
    assert_eq!(bmc.system().await.unwrap().path(), "/redfish/v1/Systems/437XR1138R2");
    assert_eq!(bmc.clone().system().await.unwrap().id().as_deref(), Some("437XR1138R2"));
    assert_eq!(rack.count("GET /redfish/v1/Systems"), 1);
}

#[tokio::test]
async fn a_system_renamed_by_new_firmware_is_found_again() {
    let rack = rack_of(&["Self"]).await;
    let bmc = rack.client();
    bmc.system().await.unwrap();
    rack.forget("GET /redfish/v1/Systems/Self");
    rack.has(SYSTEMS, json!({"Members": [{"@odata.id": "/redfish/v1/Systems/system"}]}));
    rack.has("/redfish/v1/Systems/system", json!({"Id": "system"}));
    assert_eq!(bmc.system().await.unwrap().id().as_deref(), Some("system"));
}

#[tokio::test]
async fn of_several_systems_one_must_be_named() {
    let rack = rack_of(&["1", "2"]).await;
    let e = rack.client().system().await.unwrap_err();
    assert!(matches!(&e, Error::ManySystems { members, .. } if members.len() == 2) && !e.is_transient(), "{e:?}");
    let text = e.to_string();
    assert!(
        text.ends_with(
            "has 2 systems; set redfish_system_id in driver_info to one of: /redfish/v1/Systems/1, \
             /redfish/v1/Systems/2"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn a_system_is_named_in_many_ways() {
    let rack = rack_of(&["1", "2"]).await;
    let absolute = "https://elsewhere/redfish/v1/Systems/2";
    for name in ["/redfish/v1/Systems/2", "/redfish/v1/Systems/2/", "2", "Systems/2", absolute] {
        rack.has("/redfish/v1/Systems/2/", json!({"Id": "2"}));
        let system = client(&rack, name).system().await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(system.id().as_deref(), Some("2"), "{name}");
    }
    // A path needs no looking around.
    let before = rack.calls().len();
    client(&rack, "/redfish/v1/Systems/1").system().await.unwrap();
    assert_eq!(rack.calls().len(), before + 1);
}

#[tokio::test]
async fn an_empty_name_is_no_name() {
    let rack = rack_of(&["1"]).await;
    assert_eq!(client(&rack, " ").system().await.unwrap().id().as_deref(), Some("1"));
}

#[tokio::test]
async fn a_wrong_name_is_answered_with_the_right_ones() {
    let rack = rack_of(&["1", "2"]).await;
    for name in ["/redfish/v1/Systems/9", "9", ".."] {
        let e = client(&rack, name).system().await.unwrap_err();
        assert!(matches!(&e, Error::NoSystem { wanted: Some(wanted), .. } if wanted == name), "{e:?}");
        let text = e.to_string();
        assert!(text.contains("redfish_system_id") && text.ends_with("/Systems/1, /redfish/v1/Systems/2"), "{text}");
    }
}

#[tokio::test]
async fn no_system_at_all() {
    let rack = rack_of(&[]).await;
    let e = rack.client().system().await.unwrap_err();
    assert!(matches!(&e, Error::NoSystem { wanted: None, .. }), "{e:?}");
}

#[tokio::test]
async fn a_root_without_links_is_made_up_for() {
    let rack = rack_of(&["1"]).await;
    rack.has(ROOT, json!({"Systems": "odd"}));
    rack.has("/redfish/v1/odd", json!({"Members": [{"@odata.id": "/redfish/v1/Systems/1"}]}));
    rack.client().system().await.unwrap();
    rack.has(ROOT, json!({}));
    rack.client().system().await.unwrap();
}

#[tokio::test]
async fn a_gateway_serves_a_bmc_under_a_path_of_its_own() {
    let rack = Scripted::start().await;
    rack.has("/bmc7/redfish/v1/", json!({"Systems": {"@odata.id": "/bmc7/redfish/v1/Systems"}}));
    rack.has("/bmc7/redfish/v1/Systems", json!({"Members": [{"@odata.id": "Systems/1"}]}));
    rack.has("/bmc7/redfish/v1/Systems/1", json!({"Id": "1"}));
    let address = format!("http://127.0.0.1:{}/bmc7/redfish/v1", rack.port);
    let bmc = rack.client_of(Target { address, ..rack.target() });
    assert_eq!(bmc.system().await.unwrap().path(), "/bmc7/redfish/v1/Systems/1");
}

#[tokio::test]
async fn what_it_says_of_itself_may_be_odd() {
    let rack = rack_of(&["1"]).await;
    let odd = json!({"Id": 1, "UUID": null, "Manufacturer": "", "Model": ["x"], "Status": "OK", "PowerState": 7});
    rack.has("/redfish/v1/Systems/1", odd);
    let system = rack.client().system().await.unwrap();
    assert_eq!(system.id().as_deref(), Some("1"));
    assert_eq!((system.uuid(), system.manufacturer(), system.model(), system.health()), (None, None, None, None));
}

#[tokio::test]
async fn managers_are_those_the_system_names() {
    let rack = rack_of(&["1"]).await;
    let managed = json!({"Links": {"ManagedBy": [
        {"@odata.id": "/redfish/v1/Managers/gone"},
        {"@odata.id": "/redfish/v1/Managers/bmc"},
    ]}});
    rack.has("/redfish/v1/Systems/1", managed);
    rack.has("/redfish/v1/Managers/bmc", json!({"Id": "bmc", "FirmwareVersion": "1.2"}));
    let managers = rack.client().system().await.unwrap().managers().await.unwrap();
    assert_eq!(managers.len(), 1);
    assert_eq!(managers[0].id().as_deref(), Some("bmc"));
    assert_eq!(managers[0].firmware_version().as_deref(), Some("1.2"));
    assert_eq!(rack.count("GET /redfish/v1/Managers"), 0);
}

#[tokio::test]
async fn managers_nobody_names_are_looked_for() {
    let rack = rack_of(&["1"]).await;
    let system = rack.client().system().await.unwrap();
    assert!(system.managers().await.unwrap().is_empty());

    let links = json!([{"@odata.id": "/redfish/v1/Managers/1"}, {"@odata.id": "/redfish/v1/Managers/2"}]);
    rack.has("/redfish/v1/Managers", json!({"Members": links}));
    rack.has("/redfish/v1/Managers/1", json!({"Id": "1"})).has("/redfish/v1/Managers/2", json!({"Id": "2"}));
    assert_eq!(system.managers().await.unwrap().len(), 2);

    let servers = json!({"ManagerForServers": [{"@odata.id": "/redfish/v1/Systems/1/"}]});
    rack.has("/redfish/v1/Managers/2", json!({"Id": "2", "Links": servers}));
    let managers = system.managers().await.unwrap();
    assert_eq!(managers.len(), 1);
    assert_eq!(managers[0].path(), "/redfish/v1/Managers/2");
}

#[tokio::test]
async fn every_request_can_be_spawned() {
    let rack = rack_of(&["1"]).await;
    let bmc = rack.client();
    let story = tokio::spawn(async move {
        let mut system = bmc.system().await?;
        system.refresh().await?;
        system.reset_types().await?;
        let _ = system.reset(&redfish::ResetType::On).await;
        system.set_boot(&redfish::BootChange::default()).await?;
        for slot in system.virtual_media().await? {
            slot.eject().await?;
        }
        bmc.event_service().await.map(drop)
    });
    assert!(matches!(story.await.unwrap(), Err(Error::Unsupported { .. })));
}
