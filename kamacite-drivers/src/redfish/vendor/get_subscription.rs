//! `get_subscription`: shows a subscription.

use kamacite_driver::{Error, ExclusiveTask, Json, Result, passthru};

use super::{RedfishVendor, SubscriptionId, shown};
use crate::redfish::bmcs::failed;

/// Get a subscription on the node. Required argument: a dictionary of {'id': 'subscription_bmc_id'}
// It changes nothing and takes the node's lock all the same, as in the reference: clients see that in the list of methods.
#[passthru(GET, sync)]
pub async fn get_subscription(vendor: &RedfishVendor, task: &mut ExclusiveTask, args: SubscriptionId) -> Result<Json> {
    let events = vendor.events(&task.node()).await?;
    let found = events.subscription(&args.id).await.map_err(|why| match why {
        redfish::Error::NotFound { .. } => Error::not_found(why.to_string()),
        other => failed(other),
    })?;
    Ok(shown(&found))
}

#[cfg(test)]
mod tests {
    use kamacite_driver::{ErrorKind, Verb};
    use serde_json::json;

    use crate::redfish::bench::{
        EVENTS, SUBSCRIPTIONS, error, node_with_bmc, refusal, shown_subscription, with_events,
    };

    #[tokio::test]
    async fn a_subscription_is_shown_without_what_clients_have_no_use_for() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        with_events(&bmc);
        let found = bench.ask("get_subscription", Verb::GET, json!({"id": 7})).await.unwrap();
        assert_eq!(found, shown_subscription());
        bmc.has(&format!("{SUBSCRIPTIONS}/9"), json!({"Id": "9", "Oem": {}}));
        let found = bench.ask("get_subscription", Verb::GET, json!({"id": "9"})).await.unwrap();
        assert_eq!(found, json!({"Id": "9"}));
    }

    #[tokio::test]
    async fn what_is_not_there_is_told_from_what_went_wrong() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        with_events(&bmc);
        let get = |id: &str| bench.ask("get_subscription", Verb::GET, json!({ "id": id }));
        assert_eq!(refusal(get("8").await).0, ErrorKind::NotFound);
        assert_eq!(refusal(bench.ask("get_subscription", Verb::GET, json!({})).await).0, ErrorKind::Missing);
        bmc.on(&format!("GET {SUBSCRIPTIONS}/8"), [error(500, "Out of order.")]);
        assert_eq!(refusal(get("8").await).0, ErrorKind::Hardware);
        bmc.forget(&format!("GET {EVENTS}"));
        assert_eq!(refusal(get("7").await).0, ErrorKind::Unsupported);
    }
}
