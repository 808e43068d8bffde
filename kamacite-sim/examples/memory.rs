//! How much memory many BMCs take, and how long an answer does:
//! `cargo run --release -p kamacite-sim --example memory -- 10000 [WAY]`, where WAY is `one-listener`, `ipmi` or `both`.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "it measures, and tells")]

use std::{error::Error, sync::Arc, time::Instant};

use ipmi::{
    CipherSuite, Privilege,
    wire::{
        Datagram, Handshake, OpenSessionRequest, OpenSessionResponse, PayloadType, Rakp1, Rakp2, Rakp3, Role,
        seal_clear,
    },
};
use kamacite_model::{Sleep, SystemClock, Timestamp};
use kamacite_sim::{Bmc, Config, Method, Rack, Request, SimBmc, VENDORS, machine};

type Outcome = Result<(), Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let mut args = std::env::args().skip(1);
    let bmcs: u32 = args.next().map_or(Ok(10_000), |number| number.parse())?;
    // One way in a process: what was freed before would be counted as saved.
    let way = args.next();
    let plain = Config { vendors: VENDORS.iter().collect(), ..Config::new(0) };
    let (config, how) = match way.as_deref() {
        Some("one-listener") => (Config { bmcs, one_listener: true, ..plain }, "Redfish behind one listener"),
        Some("ipmi") => (Config { ipmi: bmcs, ..plain }, "IPMI, each with a socket"),
        Some("both") => (Config { both: bmcs, ..plain }, "both, each with a listener and a socket"),
        _ => (Config { bmcs, ..plain }, "Redfish, each with a listener"),
    };
    let before = resident()?;
    let began = Instant::now();
    let clock = Arc::new(SystemClock::new(|d| -> Sleep<'static> { Box::pin(tokio::time::sleep(d)) }));
    let rack = Rack::start(config, clock).await?;
    let started = began.elapsed();
    let idle = resident()?;
    // Every one is looked at, turned on, and left with a session, a subscription and an image.
    for bmc in rack.bmcs() {
        let (redfish, ipmi) = (bmc.redfish_address().is_some(), bmc.ipmi_address().is_some());
        bmc.with(|bmc, now| -> Outcome {
            if redfish {
                use_redfish(bmc, now)?;
            }
            if ipmi { use_ipmi(bmc, now) } else { Ok(()) }
        })?;
    }
    let used = resident()?;
    let each = |kib: u64| kib.saturating_sub(before) as f64 / f64::from(bmcs);
    println!(
        "{bmcs} BMCs of {} bytes, {how}: started in {} ms; idle {:.2} KiB each, used {:.2} KiB each; the process {} MiB",
        size_of::<Bmc>(),
        started.as_millis(),
        each(idle),
        each(used),
        used / 1024
    );
    if rack.bmcs().iter().any(|bmc| bmc.redfish_address().is_some()) {
        let began = Instant::now();
        let bytes: usize = rack.bmcs().iter().map(look).sum();
        let took = began.elapsed();
        println!(
            "a system is answered in {:.1} us, {} bytes",
            took.as_secs_f64() * 1e6 / f64::from(bmcs),
            bytes / rack.bmcs().len()
        );
    }
    rack.stop().await;
    Ok(())
}

/// Reads the system without a network; how long the answer is, in bytes.
fn look(bmc: &SimBmc) -> usize {
    bmc.with(|bmc, now| {
        let path = format!("/redfish/v1/Systems/{}", bmc.vendor.system);
        // `admin:password`
        let request = Request::new(Method::Get, &path, &serde_json::Value::Null);
        let request = request.with("authorization", "Basic YWRtaW46cGFzc3dvcmQ=");
        kamacite_sim::redfish::answer(bmc, &request, now).value().to_string().len()
    })
}

fn use_redfish(bmc: &mut Bmc, now: Timestamp) -> Outcome {
    let log_in = serde_json::json!({"UserName": "admin", "Password": "password"});
    let subscribe = serde_json::json!({"Destination": "http://127.0.0.1:9/events", "Protocol": "Redfish"});
    let media = machine::Media {
        image: "http://127.0.0.1:9/images/boot.iso".into(),
        write_protected: true,
        inserted: true,
        username: None,
    };
    let sessions = Request::new(Method::Post, "/redfish/v1/SessionService/Sessions", &log_in);
    let token = kamacite_sim::redfish::answer(bmc, &sessions, now);
    let token = token.header("X-Auth-Token").ok_or("no token")?.to_owned();
    let subscriptions = Request::new(Method::Post, "/redfish/v1/EventService/Subscriptions", &subscribe);
    kamacite_sim::redfish::answer(bmc, &subscriptions.with("x-auth-token", &token), now);
    bmc.machine.event(machine::Event::Insert(0, media), now)?;
    bmc.machine.event(machine::Event::Power(machine::PowerRequest::On), now)?;
    Ok(())
}

/// Opens a session, and leaves it.
fn use_ipmi(bmc: &mut Bmc, now: Timestamp) -> Outcome {
    let suite = CipherSuite::HmacSha256;
    let mut say = |kind, payload: &[u8]| -> Result<Vec<u8>, Box<dyn Error>> {
        let said = kamacite_sim::ipmi::answer(bmc, &seal_clear(kind, payload)?, now);
        match Datagram::decode(said.first().ok_or("no answer")?)? {
            Datagram::Plus(packet) => Ok(packet.clear()?.to_vec()),
            other => Err(format!("answered with {other:?}").into()),
        }
    };
    let request = OpenSessionRequest { tag: 0, privilege: 4, console_session: 1, algorithms: suite.algorithms() };
    let said = say(PayloadType::OpenSessionRequest, &request.encode())?;
    let opened = OpenSessionResponse::decode(&said)?.outcome.map_err(|status| status.to_string())?;
    let bmc_session = opened.bmc_session;
    let role = Role::of(Privilege::Administrator);
    let first = Rakp1 { tag: 0, bmc_session, console_random: [0; 16], role, username: b"admin".to_vec() };
    let said = say(PayloadType::Rakp1, &first.encode())?;
    let answer = Rakp2::decode(&said)?.outcome.map_err(|status| status.to_string())?;
    let handshake = Handshake {
        suite,
        console_session: 1,
        bmc_session,
        console_random: [0; 16],
        bmc_random: answer.bmc_random,
        guid: answer.guid,
        role,
        username: first.username,
    };
    let proof = Rakp3 { tag: 0, bmc_session, outcome: Ok(handshake.rakp3_code(b"password")) };
    say(PayloadType::Rakp3, &proof.encode())?;
    bmc.machine.event(machine::Event::Power(machine::PowerRequest::On), now)?;
    Ok(())
}

/// The memory of this process that is in RAM, in KiB.
fn resident() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
}
