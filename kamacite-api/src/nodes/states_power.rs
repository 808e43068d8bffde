//! `PUT /v1/nodes/{node}/states/power`: turns a node on, off, or off and on again.

use std::time::Duration;

use kamacite_model::{Node, PowerState, PowerTarget, ProvisionState};

use crate::{
    App,
    answer::Accepted,
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, Input, NodeIdent},
    versions::{Version, since},
};

/// `PUT /v1/nodes/{node}/states/power`
pub async fn set(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Accepted> {
    let args = input.args(&["target", "timeout"])?;
    args.require("target")?;
    let (target, timeout) = (args.string("target")?.unwrap_or("None"), args.integer("timeout")?);
    let node = app.node(&who, &ident, Policy::NodeSetPower).await?;
    if let Ok(known) = target.parse::<PowerTarget>() {
        who.trail.action(known.as_str());
    }
    let (target, timeout) = decide(who.version, &ident.0, &node, target, timeout)?;
    let operation = app.conductor.set_power(node.uuid, target, timeout, &who.requester).await?;
    Ok(Accepted::at(who.links.v1(&format!("nodes/{}/states", ident.0))).by(operation))
}

/// Refuses what the version or the node's states forbid, in the reference's order.
fn decide(
    version: Version,
    ident: &str,
    node: &Node,
    target: &str,
    timeout: Option<i64>,
) -> Result<(PowerTarget, Option<Duration>)> {
    let known = target.parse::<PowerTarget>().ok();
    let soft = matches!(known, Some(PowerTarget::SoftReboot | PowerTarget::SoftOff));
    if soft || timeout.is_some_and(|timeout| timeout != 0) {
        version.require(since::SOFT_POWER)?;
    }
    let timeout = timeout.map(|seconds| u64::try_from(seconds).ok().filter(|seconds| *seconds > 0));
    if timeout == Some(None) {
        return Err(Fault::invalid("timeout has to be positive integer"));
    }
    let refuse = |state: &str| {
        Fault::invalid(format!(
            "The requested action \"{target}\" can not be performed on node \"{ident}\" while it is in state \"{state}\"."
        ))
    };
    // Ironic names the power state here, although it is the target that is wrong.
    let known = known.ok_or_else(|| refuse(node.power_state.map_or("None", PowerState::as_str)))?;
    if matches!(node.provision_state, ProvisionState::Cleaning | ProvisionState::CleanWait) {
        return Err(refuse(node.provision_state.as_str()));
    }
    if node.disable_power_off && known.reaches() == PowerState::Off {
        return Err(Fault::conflict(format!("Failed to set node power state to {target}.")));
    }
    Ok((known, timeout.flatten().map(Duration::from_secs)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kamacite_model::{Timestamp, Uuid};

    use super::*;

    fn node() -> Node {
        Node::new(Uuid::nil(), "fake-hardware", Timestamp::UNIX_EPOCH)
    }

    #[track_caller]
    fn refuse(minor: u16, node: &Node, target: &str, timeout: Option<i64>, status: u16, words: &str) {
        let fault = decide(Version::new(minor).unwrap(), "n", node, target, timeout).unwrap_err();
        assert_eq!((fault.status().as_u16(), fault.text()), (status, words));
    }

    #[test]
    fn refusals_come_in_the_references_order() {
        let node = node();
        refuse(26, &node, "soft rebooting", None, 406, "Request not acceptable.");
        refuse(26, &node, "power on", Some(1), 406, "Request not acceptable.");
        refuse(115, &node, "bogus", Some(0), 400, "timeout has to be positive integer");
        let words = r#"The requested action "x" can not be performed on node "n" while it is in state "None"."#;
        refuse(115, &node, "x", None, 400, words);
    }

    #[test]
    fn nodes_that_must_stay_on_or_are_cleaned_are_left_alone() {
        let mut node = node();
        node.disable_power_off = true;
        refuse(115, &node, "power off", None, 409, "Failed to set node power state to power off.");
        assert_eq!(decide(Version::MAX, "n", &node, "rebooting", None).unwrap(), (PowerTarget::Reboot, None));
        node.provision_state = ProvisionState::CleanWait;
        let words =
            r#"The requested action "rebooting" can not be performed on node "n" while it is in state "clean wait"."#;
        refuse(115, &node, "rebooting", None, 400, words);
    }

    #[test]
    fn a_timeout_is_in_seconds() {
        let decided = decide(Version::MAX, "n", &node(), "power on", Some(30)).unwrap();
        assert_eq!(decided, (PowerTarget::On, Some(Duration::from_secs(30))));
    }
}
