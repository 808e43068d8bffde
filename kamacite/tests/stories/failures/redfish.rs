//! Redfish BMCs that fail in the middle of what is asked of them.

use kamacite_sim::{Fault, Method as Verb, Rule};
use serde_json::json;

use super::{
    BORNE, Bench, End, Ending, PASSWORD, Protocol,
    calls::{Before, Call, DELETE, GET, POST, PUT, call},
    of_all,
};

/// As patient as a story can be.
const SECTIONS: &str = "\n[redfish]\nconnection_attempts = 2\nconnection_retry_interval = 0.01\nread_timeout = 1\n";

/// What only reads.
#[rustfmt::skip]
const READS: &[Call] = &[
    call("the boot device", GET, "management/boot_device", |fault| Rule::from(fault).on(Verb::Get, "/Systems/")),
    call("the sensors", GET, "/kamacite/v1/nodes/{node}/sensors", |fault| Rule::from(fault).on(Verb::Get, "/Sensors")),
    call("a light", GET, "management/indicators/{light}", |fault| Rule::from(fault).on(Verb::Get, "/Systems/")),
    call("all subscriptions", GET, "vendor_passthru/get_all_subscriptions", |fault| Rule::from(fault).on(Verb::Get, "/Subscriptions")),
    Call { before: Before::Subscription, ..call("a subscription", GET, "vendor_passthru/get_subscription?id={subscription}", |fault| Rule::from(fault).on(Verb::Get, "/Subscriptions/")) },
];

const fn power(name: &'static str, body: &'static str, before: Before) -> Call {
    Call { body, before, ..call(name, PUT, "states/power", reset) }
}

const POWER_ON: Call = power("power on", r#"{"target": "power on"}"#, Before::Nothing);
const POWER_OFF: Call = power("power off", r#"{"target": "power off"}"#, Before::On);
const REBOOT: Call = power("a reboot", r#"{"target": "rebooting"}"#, Before::On);
const INTERRUPT: Call =
    Call { before: Before::On, body: "{}", ..call("an interrupt", PUT, "management/inject_nmi", reset) };
const SUBSCRIBE: Call = Call {
    body: r#"{"Destination": "http://127.0.0.1:9/events"}"#,
    ..call("a new subscription", POST, "vendor_passthru/create_subscription", |fault| {
        Rule::from(fault).on(Verb::Post, "/Subscriptions")
    })
};
const UNSUBSCRIBE: Call = Call {
    before: Before::Subscription,
    ..call("a subscription's end", DELETE, "vendor_passthru/delete_subscription?id={subscription}", |fault| {
        Rule::from(fault).on(Verb::Delete, "/Subscriptions/")
    })
};
const SWITCH: Call =
    Call { body: r#"{"state": "on"}"#, ..call("a light switched", PUT, "management/indicators/{light}", patch) };
const BOOT_DEVICE: Call =
    Call { body: r#"{"boot_device": "pxe"}"#, ..call("a boot device", PUT, "management/boot_device", patch) };
const EJECT: Call = Call {
    before: Before::Image,
    body: "{}",
    ..call("an ejection", POST, "vendor_passthru/eject_vmedia", |fault| Rule::from(fault).on(Verb::Post, "EjectMedia"))
};

/// What changes something.
const WRITES: &[Call] = &[POWER_ON, POWER_OFF, REBOOT, INTERRUPT, SUBSCRIBE, UNSUBSCRIBE, SWITCH, BOOT_DEVICE, EJECT];

/// What is accepted and goes on in the background.
const LATER: &[&str] = &[POWER_ON.name, POWER_OFF.name, REBOOT.name, EJECT.name];

fn patch(fault: Fault) -> Rule {
    Rule::from(fault).on(Verb::Patch, "/Systems/")
}

fn reset(fault: Fault) -> Rule {
    Rule::from(fault).on(Verb::Post, "ComputerSystem.Reset")
}

/// A fault, how reads and writes end while it lasts, and how the BMC is then said to be.
struct Row {
    fault: Fault,
    /// How often it strikes; 0 is until it is mended.
    times: u32,
    reads: Ending,
    writes: Ending,
}

/// A write that may have been carried out is not made again.
const UNKNOWN: &[&str] = &["it is not known whether it was carried out: read the state before repeating it"];
const LOST: &[&str] =
    &["the connection was lost (2 attempts)", "the BMC may be overloaded or starting: try again, or reset it"];
const BUSY: &[&str] = &["rejected with 503 (2 attempts)", "the BMC is busy: try again later"];
const TOO_MANY: &[&str] = &["rejected with 429 (2 attempts)", "the BMC is busy: try again later"];
const UNREADABLE: &[&str] = &["the reply cannot be read", "the BMC may be starting: try again, or reset it"];
const BROKEN: &[&str] = &["rejected with 500 (1 attempt)", "look at the BMC's own log, or reset it"];
const FORBIDDEN: &[&str] = &["refused with 403", "give the account the privilege on the BMC"];

fn rows() -> Vec<Row> {
    use End::Told;

    let row = |fault, times, reads, writes| Row { fault, times, reads, writes };
    let silent =
        &["no answer within 1 s (2 attempts)", "the BMC may be overloaded or starting: try again, or reset it"];
    let busy = || Fault::Unavailable { retry_after_s: None };
    let too_many = || Fault::TooMany { retry_after_s: Some(0) };
    vec![
        row(Fault::Delay { ms: 100 }, 0, BORNE, BORNE),
        row(Fault::WrongType, 0, BORNE, BORNE),
        row(Fault::Hang, 0, (Told(500, silent), "silent"), (Told(500, UNKNOWN), "up")),
        row(Fault::Drop, 1, BORNE, (Told(500, UNKNOWN), "up")),
        row(Fault::Drop, 0, (Told(500, LOST), "up"), (Told(500, UNKNOWN), "up")),
        row(Fault::Cut, 1, BORNE, BORNE),
        row(Fault::LostAnswer, 1, BORNE, (Told(500, UNKNOWN), "up")),
        row(busy(), 1, BORNE, BORNE),
        row(busy(), 0, (Told(503, BUSY), "up"), (Told(503, BUSY), "up")),
        row(too_many(), 1, BORNE, BORNE),
        row(too_many(), 0, (Told(503, TOO_MANY), "up"), (Told(503, TOO_MANY), "up")),
        // What was done is done, whatever is said about it.
        row(Fault::Truncated, 0, (Told(500, UNREADABLE), "up"), BORNE),
        row(Fault::WrongJson, 0, (Told(500, UNREADABLE), "up"), BORNE),
        row(Fault::Status { status: 500 }, 0, (Told(500, BROKEN), "up"), (Told(500, BROKEN), "up")),
        row(Fault::Status { status: 403 }, 0, (Told(500, FORBIDDEN), "up"), (Told(500, FORBIDDEN), "up")),
        row(Fault::Away { seconds: 3600 }, 1, (Told(500, LOST), "up"), (Told(500, UNKNOWN), "up")),
    ]
}

/// What a write comes to where it differs from others.
fn of_write(call: &Call, row: &Row) -> Ending {
    let (end, condition) = row.writes;
    match (call.name, &row.fault, end) {
        // The power tells that it was done; of a restart it cannot.
        ("power on" | "power off", Fault::LostAnswer, _) => BORNE,
        // Its answer is the only one that there is something in.
        ("a new subscription", Fault::Cut, _) => (End::Told(500, UNKNOWN), condition),
        // Whatever a BMC answers, as from the reference.
        (
            "a subscription's end",
            Fault::Unavailable { .. } | Fault::TooMany { .. } | Fault::Status { .. },
            End::Told(_, words),
        ) => (End::Told(404, words), condition),
        (name, _, End::Told(_, words)) if LATER.contains(&name) => (End::Told(202, words), condition),
        _ => (end, condition),
    }
}

async fn suffer(reads: bool) {
    let calls = if reads { READS } else { WRITES };
    let mut all = Vec::new();
    for row in rows() {
        all.extend(calls.iter().map(|call| {
            let ending = if reads { row.reads } else { of_write(call, &row) };
            (call, (call.hits)(row.fault.clone()).times(row.times), ending)
        }));
    }
    of_all(Protocol::Redfish, SECTIONS, all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_from_a_bmc_that_fails() {
    suffer(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_at_a_bmc_that_fails() {
    suffer(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_bmc_says_it_has_done_and_has_not() {
    let still = |words| (End::Told(202, words), "up");
    let all = [
        (
            &POWER_ON,
            Fault::IgnoredWrite,
            still(&["still reports Off as the power after 1 s", "[conductor]power_state_change_timeout"]),
        ),
        (&POWER_OFF, Fault::IgnoredWrite, still(&["still reports On as the power after 1 s", "look at the machine"])),
        (&POWER_OFF, Fault::PowerStuck { seconds: 3600 }, still(&["still reports PoweringOff as the power after 1 s"])),
        (&SUBSCRIBE, Fault::IgnoredWrite, (End::Told(500, &["the new subscription"]), "up")),
        (
            &BOOT_DEVICE,
            Fault::IgnoredWrite,
            (
                End::Told(
                    500,
                    &["took boot device pxe for the next boot and shows None (Disabled)", "[kamacite]redfish_quirks"],
                ),
                "up",
            ),
        ),
        (&EJECT, Fault::IgnoredWrite, still(&["shows an image in it", "reset the BMC"])),
        // Nobody can tell of these but by looking.
        (&UNSUBSCRIBE, Fault::IgnoredWrite, BORNE),
        (&SWITCH, Fault::IgnoredWrite, BORNE),
        (&INTERRUPT, Fault::IgnoredWrite, BORNE),
    ];
    let stories = all.into_iter().map(|(call, fault, ending)| (call, (call.hits)(fault), ending));
    of_all(Protocol::Redfish, &hasty("rows"), stories.collect()).await;
}

/// The same patience, and none with what does not settle within a second.
fn hasty(name: &str) -> String {
    let row = |write| json!({"name": "hasty", "write": write, "verdict": "fail", "settle_s": 1});
    let rows = json!([row("boot-device"), row("media-eject")]);
    let file = format!("{}/quirks-{name}-{}.json", env!("CARGO_TARGET_TMPDIR"), std::process::id());
    std::fs::write(&file, rows.to_string()).unwrap();
    format!("{SECTIONS}\n[kamacite]\nredfish_quirks = {file}\n")
}

/// A request that may have been carried out is not made again; who looks finds that it was, once.
#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_been_done_is_not_done_twice() {
    let bench = Bench::new(SECTIONS, 1, 0).await;
    let blade = bench.enrol(0, json!({})).await;
    for call in [&INTERRUPT, &SUBSCRIBE] {
        blade.prepare(call.before).await;
        blade.bmc.fault((call.hits)(Fault::LostAnswer));
        blade.asks(call, &blade.path_of(call).await).await.is(End::Told(500, UNKNOWN)).unwrap();
    }
    assert_eq!(blade.bmc.with(|bmc, _| bmc.machine.interrupts()), 1);
    let all = blade.api.get(&blade.at("vendor_passthru/get_all_subscriptions")).await;
    assert_eq!(all["Members"].as_array().unwrap().len(), 1, "{all}");
    bench.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_says_what_was_wrong_and_what_helps() {
    let bench = Bench::new(&hasty("client"), 1, 0).await;
    let blade = bench.enrol(0, json!({})).await;
    let baremetal = bench.service.baremetal();
    blade.prepare(Before::On).await;
    for (fault, command, parts) in [
        (
            READS[0].hits,
            Fault::Hang,
            "node boot device show blade-0",
            &["no answer within 1 s", "try again, or reset it", "HTTP 500"],
        ),
        (
            INTERRUPT.hits,
            Fault::LostAnswer,
            "node inject nmi blade-0",
            &["it is not known whether it was carried out", "read the state", "HTTP 500"],
        ),
        (
            SUBSCRIBE.hits,
            Fault::Unavailable { retry_after_s: None },
            "node passthru call blade-0 create_subscription --arg Destination=http://127.0.0.1:9/events",
            &["rejected with 503", "the BMC is busy: try again later", "HTTP 503"],
        ),
        (
            BOOT_DEVICE.hits,
            Fault::IgnoredWrite,
            "node boot device set blade-0 pxe",
            &[
                "the BMC took boot device pxe for the next boot and shows None (Disabled)",
                "look at the firmware",
                "HTTP 500",
            ],
        ),
    ]
    .map(|(hits, fault, command, parts)| (hits(fault).times(0), command, parts))
    {
        blade.bmc.fault(fault);
        let said = baremetal.run(command).await;
        assert_eq!(said.code, Some(1), "{command}: {}", said.out);
        assert!(parts.iter().all(|part| said.err.contains(part)), "{command}: {}", said.err);
        assert!(!said.err.contains(PASSWORD), "{command}: {}", said.err);
        blade.is_well_again().await.unwrap();
        blade.prepare(Before::On).await;
    }
    bench.ends().await;
}
