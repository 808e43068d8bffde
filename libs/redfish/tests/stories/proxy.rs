//! Proxies of the environment: BMCs are reached directly.

use redfish::{Client, Limits};
use serde_json::json;

use crate::scripted::{Scripted, quick, target};

/// Set in the child process only, to the address of the BMC.
const BMC: &str = "REDFISH_STORY_BMC";

#[tokio::test]
async fn the_environments_proxies_are_not_used() {
    if let Ok(address) = std::env::var(BMC) {
        let bmc = Client::new(Limits { attempts: 1, ..quick() }).bmc(target(&address)).unwrap();
        bmc.root().await.unwrap();
        return;
    }
    let (rack, proxy) = (Scripted::start().await, Scripted::start().await);
    rack.has("/redfish/v1/", json!({}));
    // The environment cannot be changed from within, so the story runs again as a child.
    let mut child = tokio::task::spawn_blocking({
        let (address, proxy) = (format!("http://127.0.0.1:{}", rack.port), format!("http://127.0.0.1:{}", proxy.port));
        move || {
            let mut story = std::process::Command::new(std::env::current_exe().unwrap());
            story.args(["--exact", "proxy::the_environments_proxies_are_not_used"]).env(BMC, address);
            for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
                story.env(name, &proxy);
            }
            story.env_remove("no_proxy").env_remove("NO_PROXY").output().unwrap()
        }
    });
    let output = (&mut child).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(rack.count("GET /redfish/v1/"), 1);
    assert!(proxy.calls().is_empty(), "{:?}", proxy.calls());
}
