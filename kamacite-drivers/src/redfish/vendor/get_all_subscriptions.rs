//! `get_all_subscriptions`: lists the subscriptions.

use kamacite_driver::{ExclusiveTask, Result, passthru, serde_json::Value};

use super::RedfishVendor;
use crate::redfish::bmcs::failed;

/// Returns all subscriptions on the node.
// As the BMC writes the collection, and under the node's lock: both as in the reference.
#[passthru(GET, sync)]
pub async fn get_all_subscriptions(vendor: &RedfishVendor, task: &mut ExclusiveTask) -> Result<Value> {
    let events = vendor.events(&task.node()).await?;
    Ok(events.subscriptions().await.map_err(failed)?.into_body())
}

#[cfg(test)]
mod tests {
    use kamacite_driver::{ErrorKind, Verb};
    use serde_json::json;

    use crate::redfish::bench::{SUBSCRIPTIONS, error, node_with_bmc, refusal, with_events};

    #[tokio::test]
    async fn the_collection_is_shown_as_it_is() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        with_events(&bmc);
        let all = bench.ask("get_all_subscriptions", Verb::GET, json!({})).await.unwrap();
        assert_eq!(all, json!({"Name": "Subscriptions", "Members": [{"@odata.id": format!("{SUBSCRIPTIONS}/7")}]}));
        bmc.on(&format!("GET {SUBSCRIPTIONS}"), [error(500, "Out of order.")]);
        let (kind, words) = refusal(bench.ask("get_all_subscriptions", Verb::GET, json!({})).await);
        assert!(kind == ErrorKind::Hardware && words.contains("Out of order"), "{words}");
    }
}
