//! The command line.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::{Service, backup, bmc, catalogue, completions, config, demo, driver_page, openapi, serve, sim};

/// Kamacite: bare-metal provisioning that speaks the Ironic API.
#[derive(Parser)]
#[command(name = "kamacite", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the service: API and conductor in one process.
    Serve(Files),
    /// Copies the database into one file, while the service runs or not.
    Backup(backup::BackupArgs),
    /// Puts a backup in the place of the database, while the service does not run.
    Restore(backup::RestoreArgs),
    /// Shows the whole service at work on simulated machines; needs nothing else.
    Demo(demo::Args),
    /// Simulates BMCs, to try the service without hardware.
    Sim(Box<kamacite_sim::Args>),
    /// Talks to a real BMC.
    #[command(subcommand)]
    Bmc(BmcCommand),
    /// Tells about hardware types and interfaces.
    #[command(subcommand)]
    Driver(DriverCommand),
    /// Tells about configuration options.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Prints what makes a shell complete this command line.
    Completions {
        /// The shell.
        shell: completions::Shell,
    },
    /// Prints the manual page.
    Man(completions::ManArgs),
    /// Prints the OpenAPI document of the HTTP API.
    Openapi,
}

#[derive(Subcommand)]
enum DriverCommand {
    /// Lists hardware types with their interfaces, most preferred first.
    List {
        #[command(flatten)]
        files: Files,
        /// Shows everything the program contains, enabled or not.
        #[arg(long)]
        available: bool,
        /// Shows what drives no hardware, too.
        #[arg(long)]
        all: bool,
    },
    /// Prints what the program knows of a hardware type, as a part of a page of documentation.
    Reference {
        /// The hardware type.
        name: String,
    },
}

#[derive(Subcommand)]
enum BmcCommand {
    /// Records what a Redfish BMC answers, without secrets, for `kamacite sim --replay` to play.
    Record(Box<kamacite_sim::record::Args>),
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Prints a configuration file with every option, its default and what it does.
    Sample,
    /// Prints the reference of options as a page of documentation.
    Reference,
}

/// Where the configuration stands.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct Files {
    /// A configuration file (Ironic's own works); may be given several times, later ones win.
    #[arg(long, value_name = "FILE")]
    pub(crate) config_file: Vec<PathBuf>,
    /// A folder of `*.conf` files, read in the order of their names after the files above.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) config_dir: Vec<PathBuf>,
}

/// Reads the command line and does what it says.
pub(crate) fn main(service: &Service) -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(files) => serve::run(service, &files),
        Command::Backup(args) => backup::back_up(service, &args).map(print),
        Command::Restore(args) => backup::restore(service, &args).map(print),
        Command::Demo(args) => demo::run(service, &args, print),
        Command::Sim(args) => sim::run(*args, print),
        Command::Bmc(BmcCommand::Record(args)) => bmc::record(*args, print),
        Command::Driver(DriverCommand::List { files, available, all }) => {
            catalogue::list(service, &files, available, all).map(print)
        }
        Command::Driver(DriverCommand::Reference { name }) => driver_page::reference(service, &name).map(print),
        Command::Config(ConfigCommand::Sample) => {
            print(config::sample(&config::table(service)));
            Ok(())
        }
        Command::Config(ConfigCommand::Reference) => {
            print(config::reference(&config::table(service)));
            Ok(())
        }
        Command::Completions { shell } => {
            print(completions::completions(Cli::command(), shell));
            Ok(())
        }
        Command::Man(args) => completions::manual(Cli::command(), &args).map(print),
        Command::Openapi => {
            print(openapi::page());
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn print(text: String) {
    let mut out = io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever stopped reading (`| head`) has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => complain(&error),
        Ok(()) | Err(_) => {}
    }
}

/// The log may not be there yet, and a person waits for an answer; if the person has gone, so be it.
fn complain(error: &dyn std::error::Error) {
    let mut text = format!("kamacite: {error}\n");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!("  because: {error}\n"));
        cause = error.source();
    }
    let _ = io::stderr().write_all(text.as_bytes());
}
