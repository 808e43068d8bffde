//! What is told in confidence is not found in the log, however much is logged.

use reqwest::Method;
use serde_json::json;

use crate::{emulator::Emulator, machine::enrol, site::Site};

#[tokio::test]
async fn no_secret_is_logged() {
    let (site, emulator) = (Site::new(""), Emulator::start());
    let service = site.start().await;
    enrol(&service, &emulator).await;
    let (api, baremetal) = (&service.api, service.baremetal());
    // Used and accepted, used and refused, changed, sent to a method that fails, sent where nobody wants it.
    baremetal.does("node manage blade --wait 60").await;
    baremetal.does("node set blade --driver-info redfish_password=battery-staple").await;
    api.change(Method::PUT, "/v1/nodes/blade/states/power", json!({"target": "power on"})).await;
    assert!(api.at_rest("blade").await["last_error"].to_string().contains("401"));
    let headers = json!({"Destination": "https://listener", "HttpHeaders": [{"X-Token": "t0ken-in-a-header"}]});
    let subscribe = "/v1/nodes/blade/vendor_passthru/create_subscription";
    assert_ne!(api.send(Method::POST, subscribe, Some(&headers)).await.0, 200);
    let stray = json!({"driver": "nope", "driver_info": {"redfish_password": "astray-in-a-body"}});
    assert_eq!(api.send(Method::POST, "/v1/nodes", Some(&stray)).await.0, 400);
    let address = json!([{
        "op": "replace", "path": "/driver_info/redfish_address", "value": "https://root:hidden-in-a-url@bmc"
    }]);
    api.change(Method::PATCH, "/v1/nodes/blade", address).await;
    assert_eq!(
        api.send(Method::PUT, "/v1/nodes/blade/states/power", Some(&json!({"target": "power off"}))).await.0,
        400
    );
    let fake = json!({"driver": "fake-hardware", "vendor_interface": "fake", "name": "n"});
    api.change(Method::POST, "/v1/nodes", fake).await;
    let said = json!({"password": "said-to-a-method"});
    api.change(Method::POST, "/v1/nodes/n/vendor_passthru/log_passthrough", said).await;
    api.at_rest("n").await;
    let shown = api.get("/v1/nodes/detail").await.to_string();
    service.terminate().await;

    let log = site.log();
    assert!(log.contains("DEBUG") && log.contains("redfish::"), "it is a log of everything:\n{log}");
    for secret in [
        "correct horse",
        // The same as the BMC is sent it: `admin:correct horse` in base64.
        "YWRtaW46Y29ycmVjdCBob3JzZQ",
        "battery-staple",
        "YWRtaW46YmF0dGVyeS1zdGFwbGU",
        "t0ken-in-a-header",
        "astray-in-a-body",
        "hidden-in-a-url",
        "said-to-a-method",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
        let told_to_clients = shown.contains(secret) && secret != "hidden-in-a-url";
        assert!(!told_to_clients, "{secret} is shown to clients: {shown}");
    }
}
