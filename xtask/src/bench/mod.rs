//! `cargo xtask bench`: Ironic and Kamacite measured beside each other, into `docs/benchmarks.md`.

pub mod http;
mod lifecycle;
mod load;
mod machine;
mod nodes;
mod programs;
mod redfish;
mod report;
mod server;
mod service;
mod simulator;

use std::{path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::support::{
    places, process,
    python::{REFERENCE, Venv},
};
use programs::Example;
use server::Program;

/// How long requests of one kind are sent.
const LONG: Duration = Duration::from_secs(5);

/// How the measurement is made.
#[derive(clap::Args)]
pub struct Args {
    /// Kamacite's program; without it a release build is made.
    #[arg(long, value_name = "FILE")]
    kamacite: Option<PathBuf>,
    /// A Python environment with the reference in it; without it one is made under `target/tools`.
    #[arg(long, value_name = "FOLDER", env = "KAMACITE_REFERENCE_VENV")]
    venv: Option<PathBuf>,
    /// Install nothing; say what is missing.
    #[arg(long)]
    no_install: bool,
    /// Where the page goes.
    #[arg(long, value_name = "FILE", default_value = "docs/benchmarks.md")]
    page: PathBuf,
    /// Measure only these parts, and print them: a page is always whole.
    #[arg(long, value_name = "PART", value_delimiter = ',', conflicts_with = "page")]
    only: Vec<Part>,
}

/// A section of the page, in their order.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Both servers on hardware that does nothing.
    Service,
    /// Both servers on the same simulated Redfish BMCs.
    Redfish,
    /// Kamacite's IPMI client beside ipmitool.
    Ipmi,
    /// The power sweep among BMCs that hang.
    Sweep,
}

/// Measures everything and writes the page; true unless it fails.
///
/// # Errors
/// A server cannot be started, or stops answering.
pub async fn main(args: Args) -> Result<bool> {
    if cfg!(debug_assertions) {
        return in_release();
    }
    tokio::select! {
        outcome = measure(&args) => outcome.map(|()| true),
        // Returning drops the servers, which ends them.
        _ = tokio::signal::ctrl_c() => bail!("interrupted"),
    }
}

/// Starts over with a release build of this program: unoptimised, it would take more of the processor than the server.
fn in_release() -> Result<bool> {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["run", "--quiet", "--release", "--locked", "--package", "xtask", "--"])
        .args(std::env::args_os().skip(1));
    Ok(cargo.status().context("starting cargo")?.success())
}

async fn measure(args: &Args) -> Result<()> {
    let wanted = |part: &Part| args.only.is_empty() || args.only.contains(part);
    let parts: Vec<Part> = Part::value_variants().iter().copied().filter(wanted).collect();
    let servers = match parts.iter().any(|part| part.compares_servers()) {
        true => Some(Servers::prepare(args)?),
        false => None,
    };
    parts.iter().filter_map(|part| part.example()).try_for_each(Example::build)?;
    let programs = servers.as_ref().map(|servers| [&servers.ironic, &servers.kamacite]);
    let machine = machine::describe(&server::folder(), programs.as_ref().map_or(&[], |programs| programs.as_slice()))?;
    let date = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let mut page = report::head(&date, &machine);
    for part in parts {
        page = page + "\n" + &part.section(servers.as_ref()).await?;
    }
    println!("{page}");
    if args.only.is_empty() {
        let path = places::root().join(&args.page);
        std::fs::write(&path, &page).with_context(|| format!("writing {}", path.display()))?;
        println!("written to {}", path.display());
    }
    Ok(())
}

impl Part {
    const fn compares_servers(self) -> bool {
        match self {
            Self::Service | Self::Redfish => true,
            Self::Ipmi | Self::Sweep => false,
        }
    }

    /// The program that measures it by itself.
    const fn example(self) -> Option<&'static Example> {
        match self {
            Self::Service | Self::Redfish => None,
            Self::Ipmi => Some(&programs::IPMI),
            Self::Sweep => Some(&programs::SWEEP),
        }
    }

    /// Measures it.
    async fn section(self, servers: Option<&Servers>) -> Result<String> {
        let servers = || servers.context("the servers were not prepared");
        match self {
            Self::Service => {
                let Servers { ironic, kamacite, .. } = servers()?;
                Ok(report::service(&service::all(ironic).await?, &service::all(kamacite).await?))
            }
            Self::Redfish => {
                let Servers { ironic, kamacite, simulator } = servers()?;
                let ironic = redfish::all(ironic, simulator).await?;
                Ok(report::redfish(&ironic, &redfish::all(kamacite, simulator).await?))
            }
            Self::Ipmi => programs::IPMI.section().await,
            Self::Sweep => programs::SWEEP.section().await,
        }
    }
}

/// Those that are compared.
struct Servers {
    ironic: Program,
    kamacite: Program,
    /// Kamacite's program once more, which simulates BMCs as well.
    simulator: PathBuf,
}

impl Servers {
    /// Builds and installs what is missing.
    fn prepare(args: &Args) -> Result<Self> {
        let (simulator, origin) = match &args.kamacite {
            Some(program) => (program.clone(), "as it was given".to_owned()),
            None => release_build()?,
        };
        let venv = match &args.venv {
            Some(folder) => Venv::existing(folder),
            None => REFERENCE.ensure(!args.no_install)?,
        };
        Ok(Self { ironic: Program::ironic(venv)?, kamacite: Program::Kamacite(simulator.clone(), origin), simulator })
    }
}

/// Kamacite's program, and where it is from.
pub fn release_build() -> Result<(PathBuf, String)> {
    println!("building Kamacite for release");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--locked", "--package", "kamacite"]).current_dir(places::root());
    process::run("cargo build", &mut cargo)?;
    let program = places::target().join("release").join("kamacite");
    Ok((program, format!("built for release at commit {}", machine::commit())))
}
