//! A folder of JSON, served and written to.

use std::path::PathBuf;

use kamacite_sim::{
    Method, Request,
    mockup::{Mockup, MockupError},
};
use serde_json::{Value, json};

use crate::rack::{client_of, clock};

/// A mockup of a few resources, in the long form or the short one. It is removed with the story.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, long: bool) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("mockup-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let this = Self(folder);
        let systems = "/redfish/v1/Systems";
        let at = |path: &str| json!({"@odata.id": path});
        this.put(
            long,
            "",
            json!({"@odata.id": "/redfish/v1/", "Id": "Root", "RedfishVersion": "1.6.0", "Systems": at(systems)}),
        );
        this.put(
            long,
            "Systems",
            json!({"@odata.id": systems, "Members@odata.count": 1, "Members": [at("/redfish/v1/Systems/437XR1138R2")]}),
        );
        this.put(long, "Systems/437XR1138R2", json!({
            "@odata.id": "/redfish/v1/Systems/437XR1138R2", "Id": "437XR1138R2", "PowerState": "On",
            "Boot": {"BootSourceOverrideTarget": "None", "BootSourceOverrideEnabled": "Disabled"},
            "Actions": {"#ComputerSystem.Reset": {"target": "/redfish/v1/Systems/437XR1138R2/Actions/ComputerSystem.Reset"}},
        }));
        this.put(
            long,
            "Subscriptions",
            json!({"@odata.id": "/redfish/v1/Subscriptions", "Members@odata.count": 0, "Members": []}),
        );
        this
    }

    fn put(&self, long: bool, path: &str, body: Value) {
        let folder = if long { self.0.join("redfish/v1").join(path) } else { self.0.join(path) };
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("index.json"), body.to_string()).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn ask(mockup: &mut Mockup, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let response = mockup.answer(&Request::new(method, path, body));
    (response.status, response.value().clone())
}

#[test]
fn both_forms_of_a_folder_are_read() {
    for long in [true, false] {
        let folder = Folder::new(if long { "long" } else { "short" }, long);
        let mut mockup = Mockup::read(&folder.0).unwrap();
        assert_eq!(mockup.len(), 4);
        let (status, root) = ask(&mut mockup, Method::Get, "/redfish/v1/", &Value::Null);
        assert_eq!((status, &root["RedfishVersion"]), (200, &json!("1.6.0")));
        assert_eq!(ask(&mut mockup, Method::Get, "/redfish/v1/Chassis", &Value::Null).0, 404);
    }
}

#[test]
fn what_is_no_mockup_is_said() {
    let folder = Folder::new("broken", false);
    std::fs::write(folder.0.join("Systems/index.json"), "{").unwrap();
    assert!(matches!(Mockup::read(&folder.0), Err(MockupError::Json { .. })));
    let nowhere = Mockup::read(&folder.0.join("nowhere")).unwrap_err();
    assert!(nowhere.to_string().contains("is no mockup"), "{nowhere}");
}

#[test]
fn writes_change_what_is_read() {
    let folder = Folder::new("writes", true);
    let mut mockup = Mockup::read(&folder.0).unwrap();
    let system = "/redfish/v1/Systems/437XR1138R2";
    let change = json!({"Boot": {"BootSourceOverrideTarget": "Pxe"}, "AssetTag": null});
    assert_eq!(ask(&mut mockup, Method::Patch, system, &change).0, 200);
    let (_, now) = ask(&mut mockup, Method::Get, system, &Value::Null);
    assert_eq!(
        (&now["Boot"]["BootSourceOverrideTarget"], &now["Boot"]["BootSourceOverrideEnabled"]),
        (&json!("Pxe"), &json!("Disabled"))
    );
    assert_eq!(now["AssetTag"], Value::Null);
    let list = "/redfish/v1/Subscriptions";
    let (status, made) =
        ask(&mut mockup, Method::Post, list, &json!({"Destination": "http://x/", "Password": "s3cret"}));
    assert_eq!((status, &made["@odata.id"], made.get("Password")), (201, &json!("/redfish/v1/Subscriptions/1"), None));
    assert_eq!(ask(&mut mockup, Method::Get, list, &Value::Null).1["Members@odata.count"], 1);
    assert_eq!(ask(&mut mockup, Method::Delete, "/redfish/v1/Subscriptions/1", &Value::Null).0, 204);
    assert_eq!(ask(&mut mockup, Method::Get, list, &Value::Null).1["Members@odata.count"], 0);
    assert_eq!(ask(&mut mockup, Method::Delete, "/redfish/v1/Subscriptions/1", &Value::Null).0, 404);
    for (method, path) in [(Method::Delete, list), (Method::Patch, list), (Method::Post, system), (Method::Put, system)]
    {
        assert_eq!(ask(&mut mockup, method, path, &json!({})).0, 405, "{method:?} {path}");
    }
}

#[tokio::test]
async fn a_client_takes_it_for_a_bmc() {
    let folder = Folder::new("client", false);
    let server = Mockup::read(&folder.0).unwrap().serve("127.0.0.1:0".parse().unwrap(), clock()).await.unwrap();
    let target = redfish::Target {
        address: server.address(),
        username: None,
        password: redfish::Password::default(),
        verify: redfish::Verify::No,
        minimum_tls: None,
        ciphers: None,
        auth: redfish::Auth::Auto,
        system_id: None,
    };
    let system = client_of(target).system().await.unwrap();
    assert_eq!(system.power_state(), Some(redfish::PowerState::On));
    system.reset(&redfish::ResetType::ForceOff).await.unwrap();
    server.stop().await;
}
