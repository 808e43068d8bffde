//! `cargo xtask bench`: Ironic and Kamacite measured beside each other, into `docs/benchmarks.md`.

mod http;
mod lifecycle;
mod load;
mod machine;
mod measure;
mod report;
mod server;

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use crate::support::{
    places, process,
    python::{REFERENCE, Venv},
};
use server::Program;

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
}

/// Measures both and writes the page; true unless it fails.
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
    let kamacite = match &args.kamacite {
        Some(program) => Program::Kamacite(program.clone(), "as it was given".to_owned()),
        None => release_build()?,
    };
    let venv = match &args.venv {
        Some(folder) => Venv::existing(folder),
        None => REFERENCE.ensure(!args.no_install)?,
    };
    let ironic = Program::ironic(venv)?;
    let machine = machine::describe(&server::folder(), &[&ironic, &kamacite])?;
    let date = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let (theirs, ours) = (measure::all(&ironic).await?, measure::all(&kamacite).await?);
    let page = report::page(&date, &machine, &theirs, &ours);
    let path = places::root().join(&args.page);
    std::fs::write(&path, &page).with_context(|| format!("writing {}", path.display()))?;
    println!("{page}\nwritten to {}", path.display());
    Ok(())
}

fn release_build() -> Result<Program> {
    println!("building Kamacite for release");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--locked", "--package", "kamacite"]).current_dir(places::root());
    process::run("cargo build", &mut cargo)?;
    let program = places::target().join("release").join("kamacite");
    Ok(Program::Kamacite(program, format!("built for release at commit {}", machine::commit())))
}
