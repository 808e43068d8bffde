//! Tests, benchmarks and comparisons of this repository: `cargo xtask <command>`.

// A command-line tool speaks on standard output.
#![allow(clippy::print_stdout)]

mod bench;
mod conformance;
mod edges;
mod guide;
mod openapi;
mod package;
mod pages;
mod soak;
mod support;
mod supported;
mod surface;
mod test;
mod tidy;

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
    /// Measures Ironic and Kamacite beside each other and writes docs/benchmarks.md.
    Bench(bench::Args),
    /// Sends the same requests to Ironic and to Kamacite and lists where the answers differ.
    Conformance(conformance::Args),
    /// Checks that each crate uses only the crates it may.
    Edges,
    /// Follows the guide for authors of drivers by the letter, in an empty folder.
    Guide(guide::Args),
    /// Has schemathesis ask the service whatever the OpenAPI document allows, and more, and checks each answer.
    Openapi(openapi::Args),
    /// Builds the Debian package, in release.
    Package(package::Args),
    /// Renews what the program itself, and its tests, say in the pages of documentation.
    Pages(pages::Args),
    /// Lets simulated machines fail under random operations and restarts, and looks whether every node comes home.
    Soak(soak::Args),
    /// Checks that the surface of kamacite-driver is the one on file, and that what is gone stands in the changelog.
    Surface(surface::Args),
    /// Installs what is missing, runs every check and every test, and counts.
    Test(test::Args),
    /// Checks what the repository keeps to and no compiler checks.
    Tidy,
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Bench(args) => bench::main(args).await,
        Command::Conformance(args) => conformance::main(args).await,
        Command::Edges => edges::main(),
        Command::Guide(args) => guide::main(args),
        Command::Openapi(args) => openapi::main(args).await,
        Command::Package(args) => package::main(&args),
        Command::Pages(args) => pages::main(args),
        Command::Soak(args) => soak::main(args).await,
        Command::Surface(args) => surface::main(args),
        Command::Test(args) => test::main(args).await,
        Command::Tidy => tidy::main(),
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
