//! What hardware can be driven, as both client programs show it.

use serde_json::{Value, json};

use crate::site::Site;

fn names(rows: &Value, column: &str) -> Vec<String> {
    rows.as_array().unwrap().iter().map(|row| row[column].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn hardware_types_are_listed_and_shown() {
    let site = Site::new("");
    let service = site.start().await;
    let listed = service.baremetal().json("driver list").await;
    assert_eq!(names(&listed, "name"), ["fake-hardware", "ipmi", "redfish"]);
    assert_eq!(service.openstack().json("driver list").await, listed);

    let shown = service.baremetal().json("driver show redfish").await;
    assert_eq!((&shown["name"], &shown["type"]), (&json!("redfish"), &json!("dynamic")));
    for kind in ["power", "management", "vendor"] {
        assert_eq!(shown[format!("default_{kind}_interface")], "redfish", "{kind}");
    }
    assert_eq!(shown["enabled_vendor_interfaces"], "redfish, no-vendor");
    let unknown = service.baremetal().refused("driver show nope").await;
    assert!(unknown.contains("HTTP 404"), "{unknown}");
}

#[tokio::test]
async fn a_hardware_type_tells_its_properties_and_methods() {
    let site = Site::new("");
    let service = site.start().await;
    let listed = service.baremetal().json("driver property list redfish").await;
    let properties = names(&listed, "property");
    assert!(properties.iter().all(|name| name.starts_with("redfish_") || name.starts_with("firmware_")), "{listed}");
    assert_eq!(properties.len(), 9);
    assert_eq!(service.baremetal().json("driver passthru list redfish").await, json!([]));
    let refused = service.baremetal().refused("driver passthru call redfish nope").await;
    assert!(refused.contains("No handler for method nope"), "{refused}");
}
