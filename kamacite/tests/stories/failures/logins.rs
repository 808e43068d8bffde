//! BMCs that do not let anybody in: what the operator is told, and that a correction helps at once.

use std::net::{TcpListener, UdpSocket};

use kamacite_model::Secret;
use kamacite_sim::{Bmc, Fault, Method as Verb, Rule};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Bench, Blade, End, Protocol};

/// As patient as a story can be.
const SECTIONS: &str = "
[redfish]
connection_attempts = 2
connection_retry_interval = 0.01
read_timeout = 1

[ipmi]
command_retry_timeout = 2.5
min_command_interval = 0
";

/// Nobody's password.
const WRONG: &str = "battery-staple";

/// A way of not being let in.
struct Row {
    what: &'static str,
    /// Said in `driver_info` instead of what is right.
    said: Value,
    /// Done to the BMC before.
    bmc: fn(&mut Bmc),
    fault: Option<Rule>,
    end: End,
    /// How the BMC is then said to be.
    condition: &'static str,
    /// Said in `driver_info` afterwards.
    corrected: Value,
}

fn row(what: &'static str, end: End, condition: &'static str) -> Row {
    Row { what, said: json!({}), bmc: |_| (), fault: None, end, condition, corrected: json!({}) }
}

const fn told(parts: &'static [&'static str]) -> End {
    End::Told(202, parts)
}

const UNREADABLE: &[&str] = &["the reply cannot be read", "the BMC may be starting: try again, or reset it"];

fn over_redfish() -> Vec<Row> {
    let refused =
        told(&["refused with 401", "check redfish_username and redfish_password, and that the account is not locked"]);
    let full = told(&["the BMC has no place for another session", "set redfish_auth_type to auto or basic"]);
    let silent = told(&[
        "/SessionService/Sessions: no answer within 1 s",
        "the BMC may be overloaded or starting: try again, or reset it",
    ]);
    let lost = told(&[
        "/SessionService/Sessions: the connection was lost",
        "the BMC may be overloaded or starting: try again, or reset it",
    ]);
    let dead = told(&["cannot connect (2 attempts): Connection refused", "check the address, that the BMC has power"]);
    let busy = told(&["rejected with 503 (2 attempts)", "the BMC is busy: try again later"]);
    let log_in = |fault| Some(Rule::from(fault).on(Verb::Post, "/Sessions").times(0));
    let session = || json!({"redfish_auth_type": "session"});
    let unavailable = Fault::Unavailable { retry_after_s: None };
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nowhere = format!("http://127.0.0.1:{port}");
    vec![
        Row { said: json!({"redfish_password": WRONG}), ..row("a wrong password", refused, "locked out") },
        Row { said: json!({"redfish_username": "nobody"}), ..row("an unknown user", refused, "locked out") },
        Row {
            said: json!({"redfish_password": WRONG, "redfish_auth_type": "basic"}),
            ..row("a wrong password without a session", refused, "locked out")
        },
        Row { said: json!({"redfish_address": nowhere}), ..row("a port where nobody listens", dead, "silent") },
        Row { fault: Some(Fault::SessionsFull.into()), ..row("a full table", End::Borne, "up") },
        Row {
            said: session(),
            fault: Some(Fault::SessionsFull.into()),
            corrected: json!({"redfish_auth_type": "basic"}),
            ..row("a full table where only a session will do", full, "up")
        },
        Row { fault: log_in(unavailable.clone()), ..row("a log-in at a busy BMC", End::Borne, "up") },
        Row {
            said: session(),
            fault: log_in(unavailable),
            ..row("a log-in at a busy BMC where only a session will do", busy, "up")
        },
        Row { fault: log_in(Fault::Hang), ..row("a log-in that hangs", silent, "up") },
        Row { fault: log_in(Fault::LostAnswer), ..row("a log-in whose answer is lost", lost, "up") },
        Row { fault: log_in(Fault::Truncated), ..row("half a session", End::Borne, "up") },
        Row { fault: log_in(Fault::WrongType), ..row("a session in HTML", End::Borne, "up") },
        Row {
            fault: Some(Rule::from(Fault::Truncated).on(Verb::Get, "/redfish/v1/Systems").times(0)),
            ..row("half a list of systems", told(UNREADABLE), "up")
        },
    ]
}

fn over_ipmi() -> Vec<Row> {
    let step = |fault, step, times| Some(Rule::from(fault).on_command(step).times(times));
    let key = Secret::new(*b"twenty bytes of key!");
    let dead = told(&[
        "does not answer",
        "nothing listens on the port",
        "check ipmi_address and ipmi_port, that the BMC has power",
    ]);
    let unknown = told(&["does not let in the user \"nobody\"", "check ipmi_username"]);
    let wrong = told(&["has another password for the user \"admin\"", "check ipmi_password"]);
    let suite = told(&["refuses cipher suite 17 and offers 3", "set ipmi_cipher_suite to one it has, 17 or 3"]);
    let suites = told(&["refuses cipher suite 17 and 3", "switch one of them on in the BMC's settings"]);
    let privilege = told(&["refuses ADMINISTRATOR to the user \"admin\"", "set ipmi_priv_level to what the user has"]);
    let no_key = told(&["has another key K_g than none", "set ipmi_hex_kg_key to the BMC's"]);
    let other_key = told(&["has another key K_g than the one given", "leave it out if the BMC has none"]);
    let full = told(&["has no free session", "wait a minute until the BMC drops those that nobody uses"]);
    let program_wrong = told(&["the BMC refuses the log-in", "check ipmi_username, ipmi_password"]);
    let program_dead = told(&["by ipmitool", "check ipmi_address and ipmi_port"]);
    let program_suite = told(&["no matching cipher suite", "set ipmi_cipher_suite to one it has"]);
    let stalled = told(&["falls silent at RAKP message 1"]);
    // Each its own: who share one learn from one another that it is silent.
    let nobodys = || UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let hex: String = key.expose().iter().map(|byte| format!("{byte:02x}")).collect();
    vec![
        Row { said: json!({"ipmi_password": WRONG}), ..row("a wrong password", wrong, "locked out") },
        Row { said: json!({"ipmi_username": "nobody"}), ..row("an unknown user", unknown, "locked out") },
        Row { said: json!({"ipmi_port": nobodys()}), ..row("a port where nobody listens", dead, "up") },
        Row {
            said: json!({"ipmi_cipher_suite": 17}),
            bmc: |bmc| bmc.ipmi_settings().suites.retain(|suite| suite.id() == 3),
            corrected: json!({"ipmi_cipher_suite": 3}),
            ..row("a suite that the BMC lacks", suite, "up")
        },
        Row {
            bmc: |bmc| bmc.ipmi_settings().suites.retain(|suite| suite.id() == 3),
            ..row("a suite that nobody names", End::Borne, "up")
        },
        Row { bmc: |bmc| bmc.ipmi_settings().suites.clear(), ..row("no suite in common", suites, "up") },
        Row {
            bmc: |bmc| bmc.ipmi_settings().privilege = ipmi::Privilege::Operator,
            corrected: json!({"ipmi_priv_level": "OPERATOR"}),
            ..row("a privilege that the user does not have", privilege, "locked out")
        },
        Row {
            bmc: |bmc| bmc.ipmi_settings().key = Some(Secret::new(*b"twenty bytes of key!")),
            corrected: json!({"ipmi_hex_kg_key": hex}),
            ..row("a key that nobody named", no_key, "locked out")
        },
        Row {
            said: json!({"ipmi_hex_kg_key": hex}),
            ..row("a key that the BMC does not have", other_key, "locked out")
        },
        Row { fault: step(Fault::SessionsFull, "open-session", 1), ..row("a full table", full, "up") },
        Row { fault: step(Fault::Drop, "open-session", 1), ..row("a lost request", End::Borne, "up") },
        Row { fault: step(Fault::LostAnswer, "rakp-1", 1), ..row("a lost answer", End::Borne, "up") },
        Row { fault: step(Fault::Twice, "", 0), ..row("answers that come twice", End::Borne, "up") },
        Row { fault: step(Fault::Reordered, "rakp-1", 1), ..row("answers in the wrong order", End::Borne, "up") },
        Row { fault: step(Fault::Hang, "rakp-1", 0), ..row("silence in the middle", stalled, "up") },
        Row {
            said: json!({"ipmi_password": WRONG, "ipmi_client": "ipmitool"}),
            ..row("a wrong password, told to the program", program_wrong, "locked out")
        },
        Row {
            said: json!({"ipmi_port": nobodys(), "ipmi_client": "ipmitool"}),
            ..row("a port where nobody listens, by the program", program_dead, "up")
        },
        Row {
            said: json!({"ipmi_cipher_suite": 17, "ipmi_client": "ipmitool"}),
            bmc: |bmc| bmc.ipmi_settings().suites.retain(|suite| suite.id() == 3),
            corrected: json!({"ipmi_cipher_suite": 3, "ipmi_client": "ipmitool"}),
            ..row("a suite that the BMC lacks, by the program", program_suite, "up")
        },
    ]
}

impl Row {
    /// A node is brought under management, in vain; what was wrong is corrected, and then it is.
    async fn tell(&self, blade: &Blade<'_>) -> Result<(), String> {
        blade.bmc.with(|bmc, _| (self.bmc)(bmc));
        self.fault.iter().for_each(|rule| blade.bmc.fault(rule.clone()));
        let outcome = blade.is_managed().await;
        outcome.is(self.end).map_err(|why| format!("{}: {why}", self.what))?;
        let condition = blade.condition().await;
        if condition != self.condition {
            return Err(format!("{}: the BMC is {condition:?}, not {:?}", self.what, self.condition));
        }
        if self.end != End::Borne {
            blade.is_corrected(&self.said, &self.corrected).await;
            let outcome = blade.is_managed().await;
            outcome.is(End::Borne).map_err(|why| format!("{}, corrected: {why}", self.what))?;
        }
        blade.is_well_again().await.map_err(|why| format!("{}: {why}", self.what))
    }
}

impl Blade<'_> {
    /// Says what is right, in place of what was said, and mends the BMC.
    async fn is_corrected(&self, said: &Value, corrected: &Value) {
        let mut right = self.right();
        right.as_object_mut().unwrap().extend(corrected.as_object().cloned().unwrap());
        let keys = said.as_object().unwrap().keys().chain(corrected.as_object().unwrap().keys());
        let patch = keys.map(|key| match &right[key] {
            Value::Null => json!({"op": "remove", "path": format!("/driver_info/{key}")}),
            value => json!({"op": "add", "path": format!("/driver_info/{key}"), "value": value}),
        });
        let patch: Value = patch.collect();
        if patch != json!([]) {
            self.api.change(Method::PATCH, &self.at(""), patch).await;
        }
        self.bmc.with(|bmc, now| {
            bmc.faults.clear();
            // Its table of sessions is empty again.
            bmc.go_away(now, std::time::Duration::ZERO);
            if bmc.ipmi_settings().suites.is_empty() {
                bmc.ipmi_settings().suites = ipmi::CipherSuite::ALL.to_vec();
            }
        });
    }
}

async fn of_all(protocol: Protocol, rows: Vec<Row>) {
    let bench = Bench::of(protocol, SECTIONS, rows.len()).await;
    bench.of_each(rows, async |at, row| row.tell(&bench.enrol(at, row.said.clone()).await).await).await;
    assert!(!bench.site.log().contains(WRONG), "{WRONG} is in the log");
    bench.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_let_in_over_redfish() {
    of_all(Protocol::Redfish, over_redfish()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_let_in_over_ipmi() {
    of_all(Protocol::Ipmi, over_ipmi()).await;
}

/// The password is changed while the node is in use; the operator is told once, and the account is not locked.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_changes_under_way_is_told_and_corrected() {
    const OTHER: &str = "another-rack";
    // Long enough to find out that a session is over, and to open another.
    let sections = SECTIONS.replace("command_retry_timeout = 2.5", "command_retry_timeout = 10");
    let bench = Bench::new(&sections, 1, 1).await;
    let baremetal = bench.service.baremetal();
    for (at, key, told) in [
        (0, "redfish_password", ["refused with 401", "check redfish_username and redfish_password"]),
        (1, "ipmi_password", ["has another password for the user", "check ipmi_password"]),
    ] {
        let blade = bench.enrol(at, json!({})).await;
        blade.is_managed().await.is(End::Borne).unwrap();
        // A restart of the BMC ends its sessions, and nobody notices.
        let restarts = |bmc: &mut Bmc, now| bmc.go_away(now, std::time::Duration::ZERO);
        blade.bmc.with(restarts);
        blade.api.get(&blade.at("management/boot_device")).await;

        blade.bmc.with(|bmc, now| {
            bmc.account.password = Secret::new(OTHER.into());
            restarts(bmc, now);
        });
        let said = baremetal.run(&format!("node boot device show {}", blade.name)).await;
        assert_eq!(said.code, Some(1), "{}", said.out);
        assert!(told.iter().all(|part| said.err.contains(part)) && !said.err.contains(super::PASSWORD), "{}", said.err);
        assert_eq!(blade.condition().await, "locked out");
        let asked = blade.bmc.with(|bmc, _| bmc.requests);
        let node = blade.asks_for_power("power on").await;
        let why = node["last_error"].as_str().unwrap();
        assert!(
            why.contains("refused these credentials") && why.contains("correct them, and they are tried at once"),
            "{why}"
        );
        assert_eq!(blade.bmc.with(|bmc, _| bmc.requests), asked, "the BMC was asked again");

        baremetal.does(&format!("node set {} --driver-info {key}={OTHER}", blade.name)).await;
        blade.is_well_again().await.unwrap();
    }
    assert!(!bench.site.log().contains(OTHER), "a password is in the log");
    bench.ends().await;
}
