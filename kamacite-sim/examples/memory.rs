//! How much memory many BMCs take, and how long an answer does: `cargo run --release -p kamacite-sim --example memory -- 10000 [one-listener]`.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "it measures, and tells")]

use std::{error::Error, sync::Arc, time::Instant};

use kamacite_model::{Sleep, SystemClock};
use kamacite_sim::{Config, Method, Rack, Request, VENDORS, machine};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let bmcs: u32 = args.next().map_or(Ok(10_000), |number| number.parse())?;
    // One way in a process: what was freed before would be counted as saved.
    let one_listener = args.next().as_deref() == Some("one-listener");
    let before = resident()?;
    let began = Instant::now();
    let clock = Arc::new(SystemClock::new(|d| -> Sleep<'static> { Box::pin(tokio::time::sleep(d)) }));
    let config = Config { one_listener, vendors: VENDORS.iter().collect(), ..Config::new(bmcs) };
    let rack = Rack::start(config, clock).await?;
    let started = began.elapsed();
    let idle = resident()?;
    // Every one is looked at, turned on, and left with a session, a subscription and an image.
    rack.bmcs().iter().try_for_each(use_it)?;
    let used = resident()?;
    let each = |kib: u64| kib.saturating_sub(before) as f64 / f64::from(bmcs);
    println!(
        "{bmcs} BMCs of {} bytes, {}: started in {} ms; idle {:.2} KiB each, used {:.2} KiB each; the process {} MiB",
        size_of::<kamacite_sim::Bmc>(),
        if one_listener { "behind one listener" } else { "each with a listener" },
        started.as_millis(),
        each(idle),
        each(used),
        used / 1024
    );
    let began = Instant::now();
    let bytes: usize = rack.bmcs().iter().map(look).sum();
    let took = began.elapsed();
    println!(
        "a system is answered in {:.1} us, {} bytes",
        took.as_secs_f64() * 1e6 / f64::from(bmcs),
        bytes / rack.bmcs().len()
    );
    rack.stop().await;
    Ok(())
}

/// Reads the system without a network; how long the answer is, in bytes.
fn look(bmc: &kamacite_sim::SimBmc) -> usize {
    bmc.with(|bmc, now| {
        let path = format!("/redfish/v1/Systems/{}", bmc.vendor.system);
        // `admin:password`
        let request = Request::new(Method::Get, &path, &serde_json::Value::Null);
        let request = request.with("authorization", "Basic YWRtaW46cGFzc3dvcmQ=");
        kamacite_sim::redfish::answer(bmc, &request, now).value().to_string().len()
    })
}

fn use_it(bmc: &kamacite_sim::SimBmc) -> Result<(), Box<dyn Error>> {
    let log_in = serde_json::json!({"UserName": "admin", "Password": "password"});
    let subscribe = serde_json::json!({"Destination": "http://127.0.0.1:9/events", "Protocol": "Redfish"});
    let media = machine::Media {
        image: "http://127.0.0.1:9/images/boot.iso".into(),
        write_protected: true,
        inserted: true,
        username: None,
    };
    bmc.with(|bmc, now| {
        let sessions = Request::new(Method::Post, "/redfish/v1/SessionService/Sessions", &log_in);
        let token = kamacite_sim::redfish::answer(bmc, &sessions, now);
        let token = token.header("X-Auth-Token").ok_or("no token")?.to_owned();
        let subscriptions = Request::new(Method::Post, "/redfish/v1/EventService/Subscriptions", &subscribe);
        kamacite_sim::redfish::answer(bmc, &subscriptions.with("x-auth-token", &token), now);
        bmc.machine.event(machine::Event::Insert(0, media), now)?;
        bmc.machine.event(machine::Event::Power(machine::PowerRequest::On), now)?;
        Ok(())
    })
}

/// The memory of this process that is in RAM, in KiB.
fn resident() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
}
