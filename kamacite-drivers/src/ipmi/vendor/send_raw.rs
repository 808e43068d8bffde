//! `send_raw`: sends bytes to the BMC; a step as well.

use std::{borrow::Cow, fmt::Write};

use kamacite_driver::{
    ExclusiveTask, Result, args, passthru,
    schemars::{JsonSchema, Schema, SchemaGenerator, json_schema},
    serde::{Deserialize, Deserializer, de::Error as _},
    step,
};

use super::IpmiVendor;
use crate::ipmi::driver_info::parse_byte;

/// Send raw bytes to the BMC. Required argument: 'raw_bytes' - a string of raw bytes (e.g. '0x00 0x01').
// The answer, which the reference throws away, is the operation's result.
#[passthru(POST)]
pub async fn send_raw(vendor: &IpmiVendor, task: &mut ExclusiveTask, args: Bytes) -> Result<String> {
    let RawBytes { netfn, command, data } = args.raw_bytes;
    let bmc = vendor.bmcs.of(&task.node())?;
    let answer = bmc.raw(netfn, command, &data).await?;
    Ok(answer.iter().fold(String::new(), |mut text, byte| {
        let space = if text.is_empty() { "" } else { " " };
        // Writing to a text cannot fail.
        let _ = write!(text, "{space}{byte:#04x}");
        text
    }))
}

/// Send raw bytes to the BMC.
// Never again after a crash: it may have been done, and nobody knows what it does.
#[step(clean, requires_ramdisk = false, resume = never, name = "send_raw")]
#[step(deploy, resume = never, name = "send_raw")]
#[step(service, resume = never, name = "send_raw")]
pub async fn send_raw_step(vendor: &IpmiVendor, task: &mut ExclusiveTask, args: Bytes) -> Result<()> {
    send_raw(vendor, task, args).await.map(drop)
}

/// What to send.
#[args]
pub struct Bytes {
    /// A string of raw bytes to convey the request to transmit to the remote BMC: network function, command, data.
    raw_bytes: RawBytes,
}

/// Bytes as people write them to `ipmitool raw`.
#[derive(Debug, PartialEq)]
struct RawBytes {
    netfn: u8,
    command: u8,
    data: Vec<u8>,
}

impl RawBytes {
    fn parse(text: &str) -> Result<Self, String> {
        let byte = |word| parse_byte(word).ok_or_else(|| format!("raw_bytes: {word:?} is no byte, such as 0x2e or 46"));
        let bytes = text.split_whitespace().map(byte).collect::<Result<Vec<_>, _>>()?;
        let [netfn, command, data @ ..] = &bytes[..] else {
            return Err("raw_bytes: a network function and a command are the least, such as '0x06 0x01'".to_owned());
        };
        if *netfn > 0x3e || netfn % 2 != 0 {
            return Err(format!(
                "raw_bytes: {netfn:#04x} is no network function of a request, which is even and at most 0x3e"
            ));
        }
        Ok(Self { netfn: *netfn, command: *command, data: data.to_vec() })
    }
}

impl<'de> Deserialize<'de> for RawBytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

impl JsonSchema for RawBytes {
    fn schema_name() -> Cow<'static, str> {
        "RawBytes".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1})
    }
}

#[cfg(test)]
mod tests {
    use kamacite_driver::{ErrorKind, Progress, StepKind, Verb, model::InterfaceKind};
    use serde_json::json;

    use super::*;
    use crate::ipmi::bench::{Act, node_with_bmc, refusal};

    #[test]
    fn bytes_are_read_as_the_program_reads_them() {
        let expected = RawBytes { netfn: 0x2e, command: 0x10, data: vec![0x0a, 255] };
        assert_eq!(RawBytes::parse(" 0x2e 16  0X0A 0xff "), Ok(expected));
        for wrong in ["", "0x00", "0x00 0x100", "0x00 -1", "00h 01h", "0x01 0x01", "0x40 0x01"] {
            assert!(RawBytes::parse(wrong).unwrap_err().starts_with("raw_bytes: "), "{wrong}");
        }
    }

    #[tokio::test]
    async fn bytes_are_sent_once_and_answered() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        bmc.on((0x2e, 0x10), [Act::Answer(0, vec![0x0a, 0xff])]);
        let answer = bench.ask("send_raw", Verb::POST, json!({"raw_bytes": "0x2e 0x10 0x01"})).await.unwrap();
        assert_eq!((answer, bmc.calls()[0].data.clone()), (json!("0x0a 0xff"), vec![1]));
        bmc.on((0x2e, 0x10), [Act::Answer(0xc7, vec![])]);
        let (kind, words) = refusal(bench.ask("send_raw", Verb::POST, json!({"raw_bytes": "0x2e 0x10"})).await);
        assert!(kind == ErrorKind::Hardware && words.contains("request data length invalid (c7h)"), "{words}");
        assert_eq!(bmc.calls().len(), 2);
    }

    #[tokio::test]
    async fn wrong_bytes_are_told_before_anything_is_sent() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        for nothing in [json!({}), json!({"raw_bytes": ""}), json!({"raw_bytes": null})] {
            assert_eq!(refusal(bench.ask("send_raw", Verb::POST, nothing).await).0, ErrorKind::Missing);
        }
        let (kind, words) = refusal(bench.ask("send_raw", Verb::POST, json!({"raw_bytes": "reset"})).await);
        assert!(kind == ErrorKind::Invalid && words.contains("\"reset\" is no byte"), "{words}");
        assert!(bmc.calls().is_empty());
    }

    #[tokio::test]
    async fn it_is_a_step_with_the_references_flags() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        for (kind, abortable, requires_ramdisk) in
            [(StepKind::Clean, false, false), (StepKind::Deploy, true, true), (StepKind::Service, false, true)]
        {
            let spec = bench.step(InterfaceKind::Vendor, kind, "send_raw").spec;
            assert_eq!((spec.priority, spec.abortable, spec.requires_ramdisk), (0, abortable, requires_ramdisk));
            let done = bench.run(InterfaceKind::Vendor, kind, "send_raw", json!({"raw_bytes": "6 1"}), None).await;
            assert_eq!(done.unwrap(), Progress::Done);
        }
        assert_eq!(bmc.calls().len(), 3);
    }
}
