//! Measures two calls, natively and by a process of `ipmitool`, of the same simulated BMC: the chassis status, for which
//! it starts a shell, and the device ID, which it knows. Prints Markdown, which the page of benchmarks takes over.
//!
//! ```text
//! cargo run --release -p ipmi --example measure
//! ```
//!
//! It wants the programs of Debian's packages openipmi and ipmitool: `KAMACITE_IPMI_SIM=ipmi_sim` and
//! `KAMACITE_IPMITOOL=ipmitool` find them in the path.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs, reason = "an example")]

use std::time::{Duration, Instant};

use ipmi::{Client, Limits};

#[path = "../tests/stories/simulator.rs"]
#[allow(dead_code, reason = "the stories need more of it")]
mod simulator;

use simulator::Simulator;

/// How often each is done.
const NATIVE: usize = 1000;
const OPENINGS: usize = 100;
const PROCESSES: usize = 20;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let simulator = Simulator::start();
    let client = Client::new(Limits::default());
    let bmc = client.bmc(simulator.target()).unwrap();
    bmc.chassis_status().await.unwrap();

    println!("| | times | median, ms | fastest, ms | slowest, ms |");
    println!("|---|--:|--:|--:|--:|");
    let status = async || {
        bmc.chassis_status().await.unwrap();
    };
    let device = async || {
        bmc.device_id().await.unwrap();
    };
    let opened = async || {
        bmc.close().await;
        device().await;
    };
    print("chassis status, native, in an open session", measure(NATIVE, status).await);
    print("chassis status, a process of ipmitool", processes(&simulator, &["chassis", "status"]));
    print("device ID, native, in an open session", measure(NATIVE, device).await);
    print("device ID, native, with a new session", measure(OPENINGS, opened).await);
    print("device ID, a process of ipmitool", processes(&simulator, &["raw", "0x06", "0x01"]));
    println!("\n- For the chassis status the simulator starts a shell; the device ID it knows.");
    println!("- A process of ipmitool opens a session and closes it, as a call with a new session does.");
}

async fn measure(times: usize, call: impl AsyncFn()) -> Vec<Duration> {
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let began = Instant::now();
        call().await;
        took.push(began.elapsed());
    }
    took
}

fn processes(simulator: &Simulator, args: &[&str]) -> Vec<Duration> {
    let once = |_| {
        let began = Instant::now();
        simulator.ipmitool(args);
        began.elapsed()
    };
    (0..PROCESSES).map(once).collect()
}

fn print(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let ms = |at: usize| format!("{:.3}", times[at].as_secs_f64() * 1e3);
    let (count, last) = (times.len(), times.len() - 1);
    println!("| {what} | {count} | {} | {} | {} |", ms(count / 2), ms(0), ms(last));
}
