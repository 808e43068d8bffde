//! A BMC that nobody asks anything of fails, and comes back: the power sweep says so on the node, and takes it back.

use kamacite_sim::{Fault, Rule};
use serde_json::{Value, json};

use super::Bench;

const SECTIONS: &str = "\
sync_power_state_interval = 0.5
power_state_sync_max_retries = 1
power_failure_recovery_interval = 0.5

[redfish]
connection_attempts = 1
read_timeout = 1

[ipmi]
command_retry_timeout = 1
";

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_bmc_fails_is_set_aside_and_taken_back() {
    let bench = Bench::new(SECTIONS, 1, 1).await;
    let baremetal = bench.service.baremetal();
    for (at, why) in [(0, "has not answered for"), (1, "does not answer")] {
        let blade = bench.enrol(at, json!({})).await;
        assert!(blade.is_managed().await.words.is_none());
        blade.bmc.fault(Rule::from(Fault::Hang).times(0));
        let set_aside = blade.api.until(&blade.at(""), |node| node["fault"] == "power failure").await;
        assert_eq!((&set_aside["maintenance"], &set_aside["power_state"]), (&json!(true), &Value::Null));
        let words = set_aside["last_error"].as_str().unwrap();
        assert!(words.contains("could not be read or kept") && words.contains("maintenance"), "{why}: {words}");
        assert_eq!(set_aside["maintenance_reason"], set_aside["last_error"]);
        let shown = baremetal.json(&format!("node show {} --fields fault maintenance last_error", blade.name)).await;
        assert_eq!((&shown["fault"], &shown["last_error"]), (&json!("power failure"), &json!(words)));

        blade.bmc.with(|bmc, _| bmc.faults.clear());
        let back = blade.api.until(&blade.at(""), |node| node["maintenance"] == false).await;
        assert_eq!((&back["power_state"], &back["fault"]), (&json!("power off"), &Value::Null));
        blade.is_well_again().await.unwrap();
    }
    bench.ends().await;
}
