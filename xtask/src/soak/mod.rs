//! `cargo xtask soak`: thousands of simulated machines, random operations, random faults and sudden ends of the service, for
//! half an hour; then everything is well again, and every node must come home.

mod choice;
mod clients;
mod memory;
mod rack;
mod service;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use crate::{
    bench::{
        self,
        http::{Connection, request},
    },
    support::places,
};
use clients::Tally;
use memory::Samples;
use rack::Rack;
use service::Service;

/// What to do.
#[derive(clap::Args)]
pub struct Args {
    /// How long machines fail and operations go on.
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// How many machines: three of four speak Redfish, the others IPMI.
    #[arg(long, default_value_t = 2000)]
    nodes: usize,
    /// How often the service ends without warning (`kill -9`) or by request, by turns, and is started again.
    #[arg(long, default_value_t = 10)]
    restarts: u32,
    /// How many clients ask at the same time.
    #[arg(long, default_value_t = 32)]
    clients: usize,
    /// The same number draws the same operations and faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A program to use instead of a release build of this repository.
    #[arg(long, value_name = "FILE")]
    kamacite: Option<PathBuf>,
}

/// The service is not restarted in the last part of the time, so that its memory can be watched.
const RESTARTS_END: f64 = 0.6;

/// So long may machines and nodes take to come home when nothing fails any more.
const COME_HOME: Duration = Duration::from_secs(15 * 60);

/// Of the machines, how many per cent are ill at a time, and for how long.
const ILL_PERCENT: usize = 5;
const ILL_FOR: Duration = Duration::from_secs(20);

/// Runs it, and tells whether every node came home and memory stayed as it was.
///
/// # Errors
/// The service or the simulator cannot be started.
pub async fn main(args: Args) -> Result<bool> {
    ensure!(args.minutes > 0 && args.nodes > 0, "there is nothing to do in no time, or with no nodes");
    let program = match args.kamacite {
        Some(program) => program,
        None => bench::release_build()?.0,
    };
    let mut random = fastrand::Rng::with_seed(args.seed);
    let ipmi = args.nodes / 4;
    let rack = Rack::start(&program, args.nodes - ipmi, ipmi).await?;
    let mut service = Service::start(&program).await?;
    println!("{} machines, seed {}: enrolling them", args.nodes, args.seed);
    let nodes = clients::enrol(service.address(), &rack.driver_info).await?;

    let time = Duration::from_secs(args.minutes * 60);
    let began = Instant::now();
    let storm = clients::Storm::start(service.address(), nodes.clone(), args.clients, &mut random);
    let illness = rack.fall_ill(ILL_PERCENT, ILL_FOR, random.fork());
    for restart in 1..=args.restarts {
        let at = time.mul_f64(RESTARTS_END * f64::from(restart) / f64::from(args.restarts));
        tokio::time::sleep_until((began + at).into()).await;
        let how = service.restart(restart % 2 == 1).await?;
        println!("{:>5.0} s: {how}; {}", began.elapsed().as_secs_f64(), storm.told());
    }
    let mut memory = Samples::default();
    while began.elapsed() < time {
        memory.take(service.pid())?;
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    illness.end().await?;
    let tally = storm.end().await?;
    println!("{:>5.0} s: machines are well again; every node is led home", began.elapsed().as_secs_f64());
    let stranded = clients::lead_home(service.address(), &nodes, COME_HOME).await?;
    report(&tally, &memory, &stranded, args.nodes, service.address()).await
}

async fn report(
    tally: &Tally,
    memory: &Samples,
    stranded: &[String],
    nodes: usize,
    address: std::net::SocketAddr,
) -> Result<bool> {
    println!("\n{tally}\n{memory}");
    for node in stranded {
        println!("stranded: {node}");
    }
    println!("{} of {nodes} nodes came home", nodes - stranded.len());
    let mut connection = Connection::new(address);
    let answer = connection.call(&request("GET", "/v1", "")).await?;
    ensure!(answer.status == 200, "the service does not answer at the end");
    println!("logs and database: {}", places::target().join("soak").display());
    Ok(stranded.is_empty() && memory.is_flat())
}
