//! Metrics on a listener of their own, while the service works with a real BMC emulator.

use crate::{
    emulator::Emulator,
    machine::enrol,
    site::{Site, free_port},
};

#[tokio::test]
async fn metrics_have_a_listener_of_their_own_where_one_is_wanted() {
    let (port, emulator) = (free_port(), Emulator::start());
    let site = Site::new(&format!("[kamacite]\nmetrics_listen = 127.0.0.1:{port}\n"));
    let service = site.start().await;
    enrol(&service, &emulator).await;
    service.baremetal().does("node manage blade --wait 60").await;
    let get = async |port: u16, path: &str| {
        let answer = reqwest::get(format!("http://127.0.0.1:{port}{path}")).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(get(service.port, "/metrics").await.0, 404);
    assert_eq!(get(port, "/v1/nodes").await.0, 404);
    let (status, page) = get(port, "/metrics").await;
    assert_eq!(status, 200, "{page}");
    let has = |start: &str| page.lines().any(|line| line.starts_with(start) && !line.ends_with(" 0"));
    assert!(has(r#"kamacite_bmc_call_duration_seconds_count{protocol="redfish",outcome="answered"}"#), "{page}");
    assert!(has(r#"kamacite_bmcs{condition="up"} 1"#), "{page}");
    assert!(has(r#"kamacite_database_size_bytes{part="rows"}"#), "{page}");
    assert!(!page.contains("blade") && !page.contains(&emulator.address), "{page}");
    assert!(service.terminate().await.success());
}
