//! The audit log in a file of its own, cut off in between.

use reqwest::Method;
use serde_json::{Value, json};

use crate::site::Site;

#[tokio::test]
async fn changes_stand_in_a_file_that_may_be_cut_off() {
    let file = std::env::temp_dir().join(format!("kamacite-audit-{}", std::process::id()));
    let site = Site::new(&format!("[kamacite]\naudit_log = {}\n", file.display()));
    let service = site.start().await;
    let lines = || -> Vec<Value> {
        let text = std::fs::read_to_string(&file).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let node = json!({"driver": "fake-hardware", "name": "n", "driver_info": {"fake_password": "calvin"}});
    let made = service.api.change(Method::POST, "/v1/nodes", node).await;
    service.api.get("/v1/nodes/n").await;
    assert_eq!(service.api.send(Method::DELETE, "/v1/nodes/nope", None).await.0, 404);
    let [made_line, refused] = &lines()[..] else { panic!("{:?}", lines()) };
    assert_eq!((&made_line["node"], &made_line["status"]), (&made["uuid"], &json!(201)));
    assert!(made_line["peer"].as_str().unwrap().starts_with("127.0.0.1:"), "{made_line}");
    assert_eq!(
        (&refused["named"], &refused["status"], &refused["verb"]),
        (&json!("nope"), &json!(404), &json!("DELETE"))
    );
    // As logrotate's copytruncate does.
    std::fs::File::options().write(true).open(&file).unwrap().set_len(0).unwrap();
    service.api.change(Method::PUT, "/v1/nodes/n/maintenance", json!({"reason": "calvin"})).await;
    assert_eq!(lines().len(), 1, "{:?}", lines());
    assert!(service.terminate().await.success());
    let log = site.log();
    assert_eq!(log.lines().filter(|line| line.contains("kamacite::audit")).count(), 3, "{log}");
    assert!(!log.contains("calvin") && !std::fs::read_to_string(&file).unwrap().contains("calvin"));
    std::fs::remove_file(&file).unwrap();
}
