//! IPMI BMCs, and networks before them, that fail in the middle of what is asked of them.

use kamacite_sim::{Fault, Rule};
use serde_json::json;

use super::{
    BORNE, Bench, End, Ending, PASSWORD, Protocol,
    calls::{Before, Call, GET, POST, PUT, call},
    of_all,
};

/// As patient as a story can be: a packet is sent again after a second.
const SECTIONS: &str = "\n[ipmi]\ncommand_retry_timeout = 2.5\n";

/// What only reads.
#[rustfmt::skip]
const READS: &[Call] = &[
    call("the boot device", GET, "management/boot_device", |fault| Rule::from(fault).on_command("get-boot-options")),
    call("the sensors", GET, "/kamacite/v1/nodes/{node}/sensors", |fault| Rule::from(fault).on_command("get-sdr")),
];

const fn power(name: &'static str, body: &'static str, before: Before) -> Call {
    Call { body, before, ..call(name, PUT, "states/power", control) }
}

const POWER_ON: Call = power("power on", r#"{"target": "power on"}"#, Before::Nothing);
const POWER_OFF: Call = power("power off", r#"{"target": "power off"}"#, Before::On);
const BOOT_DEVICE: Call = Call {
    body: r#"{"boot_device": "pxe"}"#,
    ..call("a boot device", PUT, "management/boot_device", |fault| Rule::from(fault).on_command("set-boot-options"))
};

/// What may be sent twice, for it leaves the same behind.
const SETTLES: &[Call] = &[POWER_ON, POWER_OFF, BOOT_DEVICE];

const REBOOT: Call = power("a reboot", r#"{"target": "rebooting"}"#, Before::On);
const INTERRUPT: Call =
    Call { before: Before::On, body: "{}", ..call("an interrupt", PUT, "management/inject_nmi", control) };
const RAW: Call = Call {
    body: r#"{"raw_bytes": "0x06 0x01"}"#,
    ..call("raw bytes", POST, "vendor_passthru/send_raw", |fault| Rule::from(fault).on_command("get-device-id"))
};
const RESET: Call = Call {
    body: r#"{"warm": false}"#,
    ..call("a reset of the BMC", POST, "vendor_passthru/bmc_reset", |fault| Rule::from(fault).on_command("cold-reset"))
};

/// What must not be sent twice.
const ONCE: &[Call] = &[REBOOT, INTERRUPT, RAW, RESET];

/// What is accepted and goes on in the background.
const LATER: &[&str] = &[POWER_ON.name, POWER_OFF.name, REBOOT.name, RAW.name, RESET.name];

fn control(fault: Fault) -> Rule {
    Rule::from(fault).on_command("chassis-control")
}

/// A fault, and how what reads, what settles and what is sent once ends while it lasts.
struct Row {
    fault: Fault,
    /// How often it strikes; 0 is until it is mended.
    times: u32,
    ends: [Ending; 3],
}

/// What is sent once may have been carried out.
const UNKNOWN: Ending = (
    End::Told(
        500,
        &["no answer (1 attempt", "it is not known whether it was carried out: read the state before repeating it"],
    ),
    "up",
);

fn rows() -> Vec<Row> {
    let row = |fault, times, ends| Row { fault, times, ends };
    let told = |status, words| (End::Told(status, words), "up");
    let silent = told(
        500,
        &["no answer (2 attempts within 2.5 s)", "the BMC may be overloaded or starting: try again, or reset it"],
    );
    let settles = told(
        500,
        &[
            "no answer (2 attempts within 2.5 s)",
            "it is not known whether it was carried out: read the state, or do it again",
        ],
    );
    let busy = told(503, &["node busy (c0h)", "try again"]);
    let malformed = told(500, &["the answer is not what IPMI prescribes", "look for newer firmware for the BMC"]);
    let privilege = told(500, &["insufficient privilege level (d4h)", "raise ipmi_priv_level in driver_info"]);
    let unsupported = told(400, &["invalid command (c1h)"]);
    let busy_node = || Fault::Unavailable { retry_after_s: None };
    vec![
        row(Fault::Delay { ms: 100 }, 0, [BORNE; 3]),
        row(Fault::Twice, 0, [BORNE; 3]),
        row(Fault::Reordered, 1, [BORNE, BORNE, UNKNOWN]),
        row(Fault::Drop, 1, [BORNE, BORNE, UNKNOWN]),
        row(Fault::LostAnswer, 1, [BORNE, BORNE, UNKNOWN]),
        row(Fault::Cut, 1, [BORNE, BORNE, UNKNOWN]),
        row(Fault::Hang, 0, [silent, settles, UNKNOWN]),
        row(busy_node(), 1, [BORNE; 3]),
        row(busy_node(), 0, [busy; 3]),
        row(Fault::Truncated, 0, [malformed, BORNE, BORNE]),
        row(Fault::Completion { code: 0xd4 }, 0, [privilege; 3]),
        row(Fault::Completion { code: 0xc1 }, 0, [unsupported; 3]),
        row(Fault::Away { seconds: 3600 }, 1, [silent, settles, UNKNOWN]),
    ]
}

/// How a call ends, also where it differs from others.
fn ending(call: &Call, row: &Row, (end, condition): Ending) -> Ending {
    match (call.name, &row.fault, end) {
        // A BMC that restarts may say nothing more.
        ("a reset of the BMC", _, _) if end == UNKNOWN.0 => BORNE,
        // Its power is looked at, again and again.
        ("power on" | "power off", Fault::Away { .. }, End::Told(_, words)) => (End::Told(202, words), "silent"),
        (name, _, End::Told(_, words)) if LATER.contains(&name) => (End::Told(202, words), condition),
        _ => (end, condition),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_of_a_bmc_that_fails() {
    let mut stories = Vec::new();
    for row in rows() {
        for (calls, end) in [READS, SETTLES, ONCE].into_iter().zip(row.ends) {
            let story =
                |call: &'static Call| (call, (call.hits)(row.fault.clone()).times(row.times), ending(call, &row, end));
            stories.extend(calls.iter().map(story));
        }
    }
    of_all(Protocol::Ipmi, SECTIONS, stories).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_bmc_says_it_has_done_and_has_not() {
    let still = |words| (End::Told(202, words), "up");
    let all = [
        (
            &POWER_ON,
            Fault::IgnoredWrite,
            still(&["still reports off as the power after 1 s", "[conductor]power_state_change_timeout"]),
        ),
        (&POWER_OFF, Fault::IgnoredWrite, still(&["still reports on as the power after 1 s", "look at the machine"])),
        (&POWER_OFF, Fault::PowerStuck { seconds: 3600 }, still(&["still reports on as the power after 1 s"])),
        // Nobody can tell of these but by looking.
        (&BOOT_DEVICE, Fault::IgnoredWrite, BORNE),
        (&INTERRUPT, Fault::IgnoredWrite, BORNE),
    ];
    let stories = all.into_iter().map(|(call, fault, ending)| (call, (call.hits)(fault).times(0), ending));
    of_all(Protocol::Ipmi, SECTIONS, stories.collect()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_says_what_was_wrong_and_what_helps() {
    let bench = Bench::new(SECTIONS, 0, 1).await;
    let blade = bench.enrol(0, json!({})).await;
    let baremetal = bench.service.baremetal();
    for (hits, fault, command, parts) in [
        (
            READS[0].hits,
            Fault::Hang,
            "node boot device show blade-0",
            &["no answer", "try again, or reset it", "HTTP 500"],
        ),
        (
            INTERRUPT.hits,
            Fault::LostAnswer,
            "node inject nmi blade-0",
            &["it is not known whether it was carried out", "read the state", "HTTP 500"],
        ),
        (
            BOOT_DEVICE.hits,
            Fault::Completion { code: 0xd4 },
            "node boot device set blade-0 disk",
            &["insufficient privilege level (d4h)", "raise ipmi_priv_level in driver_info", "HTTP 500"],
        ),
    ] {
        blade.prepare(Before::On).await;
        blade.bmc.fault(hits(fault).times(0));
        let said = baremetal.run(command).await;
        assert_eq!(said.code, Some(1), "{command}: {}", said.out);
        assert!(parts.iter().all(|part| said.err.contains(part)), "{command}: {}", said.err);
        assert!(!said.err.contains(PASSWORD), "{command}: {}", said.err);
        blade.is_well_again().await.unwrap();
    }
    assert_eq!(blade.bmc.with(|bmc, _| bmc.machine.interrupts()), 1, "it is not sent twice");
    bench.ends().await;
}
