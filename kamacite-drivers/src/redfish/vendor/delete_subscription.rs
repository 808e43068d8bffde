//! `delete_subscription`: ends a subscription.

use kamacite_driver::{Error, ExclusiveTask, Result, passthru};

use super::{RedfishVendor, SubscriptionId};
use crate::redfish::bmcs::failed;

/// Delete a subscription on a node. Required argument: a dictionary of {'id': 'subscription_bmc_id'}
#[passthru(DELETE, sync)]
pub async fn delete_subscription(vendor: &RedfishVendor, task: &mut ExclusiveTask, args: SubscriptionId) -> Result<()> {
    let events = vendor.events(&task.node()).await?;
    events.unsubscribe(&args.id).await.map_err(|why| match why.status() {
        // Whatever the BMC answers, clients see 404, as from the reference.
        Some(_) => Error::not_found(why.to_string()),
        None => failed(why),
    })
}

#[cfg(test)]
mod tests {
    use kamacite_driver::{ErrorKind, Verb};
    use serde_json::{Value, json};

    use crate::redfish::bench::{Act, SUBSCRIPTIONS, error, node_with_bmc, refusal, text, with_events};

    #[tokio::test]
    async fn a_subscription_is_deleted_by_its_id() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        with_events(&bmc);
        bmc.on(&format!("DELETE {SUBSCRIPTIONS}/7"), [text(204, "")]);
        // A query string says 7 as text, the command line as a number.
        for id in [json!("7"), json!(7)] {
            let gone = bench.ask("delete_subscription", Verb::DELETE, json!({ "id": id })).await.unwrap();
            assert_eq!(gone, Value::Null);
        }
        assert_eq!(bmc.count(&format!("DELETE {SUBSCRIPTIONS}/7")), 2);
    }

    #[tokio::test]
    async fn whatever_the_bmc_has_against_it_is_not_found() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        with_events(&bmc);
        let delete = |id: Value| bench.ask("delete_subscription", Verb::DELETE, json!({ "id": id }));
        for status in [400, 404, 405, 500] {
            bmc.on(&format!("DELETE {SUBSCRIPTIONS}/8"), [error(status, "No.")]);
            assert_eq!(refusal(delete(json!("8")).await).0, ErrorKind::NotFound, "{status}");
        }
        // An id is one part of a path, whatever is in it.
        assert_eq!(refusal(delete(json!("../../Systems/1")).await).0, ErrorKind::NotFound);
        assert!(bmc.calls().iter().all(|call| call.what != "DELETE /redfish/v1/Systems/1"));
        // Silence is no answer.
        bmc.on(&format!("DELETE {SUBSCRIPTIONS}/8"), [Act::Drop]);
        assert_eq!(refusal(delete(json!("8")).await).0, ErrorKind::Hardware);
    }

    #[tokio::test]
    async fn an_id_is_needed() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        for nothing in [json!({}), json!({"id": null}), json!({"id": ""})] {
            let words = "Parameter 'id' not passed to method 'delete_subscription'.".to_owned();
            let refused = refusal(bench.call("delete_subscription", Verb::DELETE, nothing).await);
            assert_eq!(refused, (ErrorKind::Missing, words));
        }
        assert!(bmc.calls().is_empty());
    }
}
