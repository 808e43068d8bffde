//! Power as BMCs tell it, and resets as they take them.

use redfish::{Error, PowerState, ResetType, System};
use serde_json::{Value, json};

use crate::scripted::{Scripted, error, status, text};
use crate::system::rack_of;

const PATH: &str = "/redfish/v1/Systems/1";

async fn system_with(body: Value) -> (Scripted, System) {
    let rack = rack_of(&["1"]).await;
    rack.has(PATH, body);
    let system = rack.client().system().await.unwrap();
    (rack, system)
}

#[tokio::test]
async fn power_states_known_unknown_and_untold() {
    for (told, expected) in [
        (json!("On"), Some(PowerState::On)),
        (json!("off"), Some(PowerState::Off)),
        (json!("PoweringOn"), Some(PowerState::PoweringOn)),
        (json!("Hibernate"), Some(PowerState::Other("Hibernate".to_owned()))),
        (json!(null), None),
        (json!(true), None),
    ] {
        let (_, system) = system_with(json!({"PowerState": told})).await;
        assert_eq!(system.power_state(), expected, "{told}");
    }
}

#[tokio::test]
async fn a_refresh_sees_the_change() {
    let (rack, mut system) = system_with(json!({"PowerState": "Off"})).await;
    rack.has(PATH, json!({"PowerState": "On"}));
    assert_eq!(system.power_state(), Some(PowerState::Off));
    system.refresh().await.unwrap();
    assert_eq!(system.power_state(), Some(PowerState::On));
}

#[tokio::test]
async fn reset_types_stand_on_the_action() {
    let action = json!({"target": "/x", "ResetType@Redfish.AllowableValues": ["On", "ForceOff", 5, "Melt"]});
    let (_, system) = system_with(json!({"Actions": {"#ComputerSystem.Reset": action}})).await;
    let types = system.reset_types().await.unwrap().unwrap();
    assert_eq!(types[..2], [ResetType::On, ResetType::ForceOff]);
    assert_eq!(types.last(), Some(&ResetType::Other("Melt".to_owned())));
}

#[tokio::test]
async fn reset_types_stand_in_the_action_info() {
    let action = json!({"target": "/x", "@Redfish.ActionInfo": "/redfish/v1/Systems/1/ResetActionInfo"});
    let (rack, system) = system_with(json!({"Actions": {"#ComputerSystem.Reset": action}})).await;
    // Not there: as if it did not say.
    assert_eq!(system.reset_types().await.unwrap(), None);
    rack.has("/redfish/v1/Systems/1/ResetActionInfo", json!({"Parameters": "none"}));
    assert_eq!(system.reset_types().await.unwrap(), None);
    let parameters = json!([
        {"Name": "Delay", "AllowableValues": ["1"]},
        {"Name": "ResetType", "AllowableValues": ["ForceOn", "Nmi"]},
    ]);
    rack.has("/redfish/v1/Systems/1/ResetActionInfo", json!({"Parameters": parameters}));
    assert_eq!(system.reset_types().await.unwrap().unwrap(), [ResetType::ForceOn, ResetType::Nmi]);
    rack.on("GET /redfish/v1/Systems/1/ResetActionInfo", [error(500, "Oops.")]);
    assert_eq!(system.reset_types().await.unwrap_err().status(), Some(500));
}

#[tokio::test]
async fn a_bmc_may_not_say_what_it_accepts() {
    let (_, system) = system_with(json!({"Actions": {"#ComputerSystem.Reset": {"target": "/x"}}})).await;
    assert_eq!(system.reset_types().await.unwrap(), None);
}

#[tokio::test]
async fn a_reset_goes_where_the_action_says() {
    for (action, expected) in [
        (json!({"target": "/redfish/v1/Systems/1/Actions/Reset"}), "POST /redfish/v1/Systems/1/Actions/Reset"),
        (json!({"target": "https://bmc.internal/reset"}), "POST /reset"),
        (json!({}), "POST /redfish/v1/Systems/1/Actions/ComputerSystem.Reset"),
    ] {
        let (rack, system) = system_with(json!({"Actions": {"#ComputerSystem.Reset": action}})).await;
        rack.on(expected, [text(204, ""), status(202, json!({"Id": "task"}))]);
        system.reset(&ResetType::GracefulShutdown).await.unwrap();
        assert_eq!(rack.last(expected).json(), json!({"ResetType": "GracefulShutdown"}));
        system.reset(&ResetType::Other("Melt".to_owned())).await.unwrap();
        assert_eq!(rack.last(expected).json(), json!({"ResetType": "Melt"}));
    }
}

#[tokio::test]
async fn a_system_may_have_no_reset() {
    let (rack, system) = system_with(json!({"Actions": {}})).await;
    let e = system.reset(&ResetType::On).await.unwrap_err();
    assert!(matches!(e, Error::Unsupported { .. }) && !e.is_transient(), "{e:?}");
    assert!(rack.calls().iter().all(|call| call.what.starts_with("GET ")));
}
