//! `bmc_reset`: restarts the BMC itself; the machine goes on.

use std::borrow::Cow;

use kamacite_driver::{
    ExclusiveTask, Result, args, passthru,
    schemars::{JsonSchema, Schema, SchemaGenerator, json_schema},
    serde::{Deserialize, Deserializer, de::Error as _},
    serde_json::Value,
};

use super::IpmiVendor;
use crate::ipmi::flag;

/// Reset the BMC. Required argument: 'warm' (Boolean) - for warm (True) or cold (False) reset.
#[passthru(POST)]
pub async fn bmc_reset(vendor: &IpmiVendor, task: &mut ExclusiveTask, args: How) -> Result<()> {
    let bmc = vendor.bmcs.of(&task.node())?;
    Ok(bmc.reset(args.warm.0).await?)
}

/// How to restart it.
#[args(closed)]
pub struct How {
    /// Whether it keeps its settings of interrupts and events; true without it.
    #[serde(default)]
    warm: Warm,
}

/// Yes or no, in any of the ways that the reference takes.
#[derive(Debug)]
struct Warm(bool);

impl Default for Warm {
    fn default() -> Self {
        Self(true)
    }
}

impl<'de> Deserialize<'de> for Warm {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let said = Value::deserialize(from)?;
        // The reference takes any other word for false, and resets cold.
        flag::read(&said).map(Self).ok_or_else(|| D::Error::custom(format!("warm: {said} is neither true nor false")))
    }
}

impl JsonSchema for Warm {
    fn schema_name() -> Cow<'static, str> {
        "Warm".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["boolean", "string", "integer"], "default": true})
    }
}

#[cfg(test)]
mod tests {
    use kamacite_driver::{ErrorKind, Verb};
    use serde_json::json;

    use crate::ipmi::bench::{Act, node_with_bmc, refusal};

    const COLD: (u8, u8) = (0x06, 0x02);
    const WARM: (u8, u8) = (0x06, 0x03);

    #[tokio::test]
    async fn it_is_warm_unless_told_otherwise() {
        for (args, expected) in [
            (json!({}), WARM),
            (json!({"warm": true}), WARM),
            (json!({"warm": "yes"}), WARM),
            (json!({"warm": "True"}), WARM),
            (json!({"warm": false}), COLD),
            (json!({"warm": "false"}), COLD),
            (json!({"warm": "off"}), COLD),
            (json!({"warm": 0}), COLD),
        ] {
            let (bench, bmc) = node_with_bmc(&[]).await;
            bmc.on(COLD, [Act::Answer(0, vec![])]).on(WARM, [Act::Answer(0, vec![])]);
            bench.ask("bmc_reset", Verb::POST, args.clone()).await.unwrap();
            assert_eq!(
                (bmc.count(WARM), bmc.count(COLD)),
                (usize::from(expected == WARM), usize::from(expected == COLD)),
                "{args}"
            );
        }
    }

    #[tokio::test]
    async fn what_is_neither_is_refused_and_so_is_what_it_does_not_know() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        for args in [json!({"warm": "lukewarm"}), json!({"warm": 2}), json!({"cold": true})] {
            assert_eq!(refusal(bench.ask("bmc_reset", Verb::POST, args).await).0, ErrorKind::Invalid);
        }
        assert!(bmc.calls().is_empty());
        assert_eq!(refusal(bench.ask("bmc_reset", Verb::POST, json!({})).await).0, ErrorKind::Unsupported);
    }
}
