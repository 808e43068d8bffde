//! Tests, benchmarks and comparisons of this repository: `cargo xtask <command>`.

// A command-line tool speaks on standard output.
#![allow(clippy::print_stdout)]

mod conformance;
mod support;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Tests, benchmarks and comparisons of this repository")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sends the same requests to Ironic and to Kamacite and lists where the answers differ.
    Conformance(conformance::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Conformance(args) => conformance::main(args).await,
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
