//! Controllers behind the BMC, reached in one step or two.

use ipmi::wire::Message;
use ipmi::{Bridging, Completion, Error, Hop, Target};

use crate::scripted::{Act, SEND_MESSAGE, Scripted};
use crate::simulator::{self, Simulator};

const SINGLE: Bridging =
    Bridging { transit: None, target: Hop { channel: 0, address: 0x72 }, local_address: Bridging::LOCAL };
const DUAL: Bridging = Bridging { transit: Some(Hop { channel: 7, address: 0x82 }), ..SINGLE };

fn bridged(target: Target, way: Bridging) -> Target {
    Target { bridging: Some(way), ..target }
}

#[tokio::test]
async fn the_simulators_second_controller_answers() {
    let simulator = Simulator::start();
    let bmc = simulator.client();
    let id = bmc.device_id().await.unwrap();
    assert_eq!((id.device, id.firmware_major, id.firmware_minor, id.product), (0, 9, 8, 0xf02));
    let behind = simulator.client_of(bridged(simulator.target(), SINGLE));
    let id = behind.device_id().await.unwrap();
    assert_eq!((id.device, id.firmware_major, id.firmware_minor, id.product), (1, 1, 2, 0xf03));
    let said = simulator.ipmitool(&["-b", "0", "-t", "0x72", "mc", "info"]);
    assert!(said.contains("Firmware Revision         : 1.02"), "{said}");

    let nowhere = Bridging { target: Hop { channel: 0, address: 0x74 }, ..SINGLE };
    let e = simulator.client_of(bridged(simulator.target(), nowhere)).device_id().await.unwrap_err();
    assert!(matches!(e, Error::Bridge { .. } | Error::Completion { .. } | Error::Timeout { .. }), "{e:?}");
}

/// What a BMC answers in two ways to a command whose answer has this data: with the answer in that to Send Message, or
/// after it.
fn both_ways(number: u8, data: &[u8]) -> [Act; 2] {
    let answer = Message { sequence: number, ..Message::request(0, 0, 1, vec![]) }.response(0, data);
    let sent = Message { sequence: number, ..Message::request(6, 0, 0x34, vec![]) }.response(0, &[]);
    // The last message of this act answers Send Message once more, which is a stray by then.
    [Act::Answer(0, answer.encode()), Act::After(vec![sent, answer], 0, vec![])]
}

#[tokio::test]
async fn answers_are_heard_within_and_after() {
    let rack = Scripted::start().await;
    for act in both_ways(2, &[1, 0, 0]) {
        rack.on(SEND_MESSAGE, [act]);
        let bmc = rack.client_of(bridged(rack.target(), SINGLE));
        assert!(bmc.chassis_status().await.unwrap().power_on);
    }
}

#[tokio::test]
async fn a_way_that_does_not_exist_is_told() {
    let rack = Scripted::start().await;
    rack.on(SEND_MESSAGE, [Act::Answer(0x83, vec![])]);
    let bmc = rack.client_of(bridged(rack.target(), SINGLE));
    let e = bmc.chassis_status().await.unwrap_err();
    assert!(matches!(e, Error::Bridge { code: Completion(0x83), .. }), "{e:?}");
    assert!(e.to_string().contains("check ipmi_bridging, ipmi_target_channel"), "{e}");
}

#[tokio::test]
async fn silence_behind_the_bmc_costs_no_session() {
    let rack = Scripted::start().await;
    rack.on(SEND_MESSAGE, [Act::Answer(0, vec![])]);
    let bmc = rack.client_of(bridged(rack.target(), SINGLE));
    for _ in 0..2 {
        let e = bmc.chassis_status().await.unwrap_err();
        assert!(matches!(e, Error::SilentBehind { .. }) && e.is_transient(), "{e:?}");
        assert!(e.to_string().contains("passed on, and no answer ("), "{e}");
    }
    assert_eq!(rack.opened(), 1);
}

/// What the other client sends through the same way is the same, but for the numbers.
#[tokio::test]
async fn the_other_client_wraps_in_the_same_way() {
    for (way, args) in [
        (SINGLE, &["-m", "0x20", "-b", "0", "-t", "0x72"][..]),
        (DUAL, &["-m", "0x20", "-b", "0", "-t", "0x72", "-B", "7", "-T", "0x82"]),
    ] {
        let rack = Scripted::start().await;
        rack.on(SEND_MESSAGE, [Act::Answer(0x83, vec![])]);
        let bmc = rack.client_of(bridged(rack.target(), way));
        bmc.raw(0x06, 0, 0x01, &[]).await.unwrap_err();
        let ours = sent(&rack);

        let rack = Scripted::start().await;
        rack.on(SEND_MESSAGE, [Act::Answer(0x83, vec![])]);
        let port = rack.port;
        let args: Vec<&str> = args.iter().copied().chain(["raw", "0x06", "0x01"]).collect();
        let tool = tokio::task::spawn_blocking(move || simulator::ipmitool(port, "17", &args));
        tool.await.unwrap();
        let theirs = sent(&rack);
        assert!(theirs.contains(&ours[0]), "ours {ours:x?}\ntheirs {theirs:x?}");
    }
}

/// The commands that were sent through the BMC: each step's channel, addresses and command, without numbers and sums.
fn sent(rack: &Scripted) -> Vec<Vec<u8>> {
    let sent = rack.calls().into_iter().filter(|call| (call.netfn, call.command) == SEND_MESSAGE);
    sent.map(|call| steps(&call)).collect()
}

fn steps(message: &Message) -> Vec<u8> {
    let mut steps = vec![message.to, message.netfn, message.from, message.command];
    if (message.netfn, message.command) == SEND_MESSAGE {
        steps.push(message.data[0]);
        steps.extend(self::steps(&Message::decode(&message.data[1..]).unwrap()));
    }
    steps
}
