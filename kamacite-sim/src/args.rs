//! The command line of the simulator, for a program to offer: what can be said, and what then runs.

use std::{
    fmt::Write,
    future::Future,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::ValueEnum;
use ipmi::CipherSuite;
use kamacite_model::Clock;

use crate::{
    bmc::{Account, Setup},
    faults::Faults,
    ipmi::Settings,
    machine::Pace,
    mockup::{Mockup, MockupError},
    rack::{Config, Rack, SimBmc, StartError},
    recording::{Identity, Players, Recording, RecordingError, Replay, Stage},
    vendor::{VENDORS, Vendor},
};

/// More BMCs than these are not listed one by one.
const LISTED: usize = 16;

/// What to simulate, and where.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// How many BMCs that speak Redfish; 1 when nothing else is asked for.
    #[arg(long, value_name = "N")]
    pub redfish: Option<u32>,
    /// How many BMCs that speak IPMI.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub ipmi: u32,
    /// How many BMCs that speak both.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub both: u32,
    /// Whose they are like, in turn: generic, dell, hpe, supermicro, ami, lenovo.
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_value = "generic", value_parser = vendor)]
    pub vendor: Vec<&'static Vendor>,
    /// Where the first listens, the others on the ports that follow; port 0 gives each a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,
    /// Where the first that speaks IPMI listens, the others as with --listen.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:6230")]
    pub ipmi_listen: SocketAddr,
    /// The cipher suites of IPMI there are.
    #[arg(long, value_name = "ID", value_delimiter = ',', default_value = "17,3", value_parser = suite)]
    pub ipmi_suites: Vec<CipherSuite>,
    /// Puts all that speak Redfish behind one listener, told apart by their paths.
    #[arg(long)]
    pub one_listener: bool,
    /// Where faults are asked for while it runs.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub control: SocketAddr,
    /// The name of each BMC's account.
    #[arg(long, value_name = "NAME", default_value = "admin")]
    pub username: String,
    /// Its password. It is no secret: whoever sees the command line sees it.
    #[arg(long, value_name = "TEXT", default_value = "password")]
    pub password: String,
    /// How long machines take for everything.
    #[arg(long, value_enum, default_value_t = PaceName::Brisk)]
    pub pace: PaceName,
    /// Decides about chance: the same seed, the same faults.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,
    /// What goes wrong with each BMC: `NAME[=VALUE][#NTH][:CHANCE]`, with commas in between, such as
    /// `delay=200:0.05,503=5:0.01,drop#3`.
    #[arg(long, value_name = "LIST")]
    pub faults: Option<Faults>,
    /// Serves a folder of index.json files, as DMTF publishes them, instead of simulating.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["redfish", "ipmi", "both", "vendor", "one_listener", "control", "pace", "faults"])]
    pub mockup: Option<PathBuf>,
    /// Plays what `kamacite bmc record` recorded instead of simulating: a BMC for each FILE. Answers take as long as they
    /// took with `--pace real`, else no time.
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["redfish", "ipmi", "both", "vendor", "one_listener", "mockup"])]
    pub replay: Vec<PathBuf>,
}

/// How long machines take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PaceName {
    /// No time at all.
    Instant,
    /// Long enough to be seen.
    Brisk,
    /// As hardware does.
    Real,
}

/// Why the simulator does not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It cannot listen.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The mockup cannot be served.
    #[error(transparent)]
    Mockup(#[from] MockupError),
    /// A recording cannot be played.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// A fault that a recording cannot have.
    #[error(
        "a recording has no machine, no account and no table of sessions; leave power-stuck, password and sessions-full out of --faults"
    )]
    NoMachine,
}

/// Simulates until `stop` completes. What it has to say (addresses) it tells `say`, once everything listens.
///
/// # Errors
/// [`RunError`], before anything is said.
pub async fn run(
    args: Args,
    clock: Arc<dyn Clock>,
    stop: impl Future<Output = ()>,
    say: impl FnOnce(String),
) -> Result<(), RunError> {
    if let Some(folder) = &args.mockup {
        return serve(folder, args.listen, clock, stop, say).await;
    }
    if !args.replay.is_empty() {
        return play(&args, clock, stop, say).await;
    }
    let rack = Rack::start(config(&args), clock).await?;
    say(announcement(&rack, &args.username));
    stop.await;
    rack.stop().await;
    Ok(())
}

async fn serve(
    folder: &Path,
    listen: SocketAddr,
    clock: Arc<dyn Clock>,
    stop: impl Future<Output = ()>,
    say: impl FnOnce(String),
) -> Result<(), RunError> {
    let mockup = Mockup::read(folder)?;
    let resources = mockup.len();
    let server = mockup.serve(listen, clock).await?;
    say(format!("{resources} resources of {} at {}\n", folder.display(), server.address()));
    stop.await;
    server.stop().await;
    Ok(())
}

async fn play(
    args: &Args,
    clock: Arc<dyn Clock>,
    stop: impl Future<Output = ()>,
    say: impl FnOnce(String),
) -> Result<(), RunError> {
    let (mut replays, mut titles) = (Vec::new(), Vec::new());
    for file in &args.replay {
        let recording = Recording::read(file)?;
        titles.push(title(file, &recording));
        replays.push(Replay::new(&file.display().to_string(), recording));
    }
    let players = Players::start(replays, stage(args)?, clock).await?;
    let lines = players.players().iter().zip(titles).map(|(player, title)| format!("{} ({title})\n", player.address()));
    let control = players.control().map(|control| format!("; control at http://{control}/sim")).unwrap_or_default();
    say(lines.chain([format!("log in as anybody{control}\n")]).collect());
    stop.await;
    players.stop().await;
    Ok(())
}

fn stage(args: &Args) -> Result<Stage, RunError> {
    let faults = args.faults.clone().unwrap_or_default();
    if faults.rules().any(|(rule, _)| rule.fault.needs_a_machine()) {
        return Err(RunError::NoMachine);
    }
    let in_real_time = args.pace == PaceName::Real;
    Ok(Stage { listen: args.listen, control: Some(args.control), in_real_time, faults, seed: args.seed })
}

/// What is played, for a person.
fn title(file: &Path, recording: &Recording) -> String {
    let Identity { vendor, product, .. } = &recording.header.bmc;
    let who: Vec<&str> = vendor.iter().chain(product).map(String::as_str).collect();
    let who = if who.is_empty() { String::new() } else { format!("{}, ", who.join(" ")) };
    let cut_off = if recording.cut_off { "; its last line is cut off and left out" } else { "" };
    format!("{who}{} exchanges of {}{cut_off}", recording.exchanges.len(), file.display())
}

fn config(args: &Args) -> Config {
    let pace = match args.pace {
        PaceName::Instant => Pace::INSTANT,
        PaceName::Brisk => Pace::BRISK,
        PaceName::Real => Pace::REAL,
    };
    let ipmi = Settings { suites: args.ipmi_suites.clone(), ..Settings::default() };
    let alone = args.ipmi == 0 && args.both == 0;
    Config {
        bmcs: args.redfish.unwrap_or(u32::from(alone)),
        ipmi: args.ipmi,
        both: args.both,
        vendors: args.vendor.clone(),
        setup: Setup {
            pace,
            account: Account::new(&args.username, &args.password),
            seed: args.seed,
            faults: args.faults.clone().unwrap_or_default(),
            ipmi: Arc::new(ipmi),
            ..Setup::default()
        },
        listen: args.listen,
        ipmi_listen: args.ipmi_listen,
        one_listener: args.one_listener,
        control: Some(args.control),
    }
}

/// Where everything is.
fn announcement(rack: &Rack, username: &str) -> String {
    let mut text = String::new();
    let bmcs = rack.bmcs();
    match (bmcs.first(), bmcs.last()) {
        (Some(first), Some(last)) if bmcs.len() > LISTED => {
            let _ = writeln!(text, "{} BMCs from {} to {}", bmcs.len(), line(first), line(last));
        }
        _ => text.extend(bmcs.iter().map(|bmc| line(bmc) + "\n")),
    }
    if let Some(control) = rack.control() {
        let _ = writeln!(text, "log in as {username}; control at http://{control}/sim");
    }
    text
}

fn line(bmc: &SimBmc) -> String {
    let ipmi = bmc.ipmi_address().map(|address| format!("ipmi://{address}"));
    let addresses: Vec<String> = bmc.redfish_address().into_iter().chain(ipmi).collect();
    format!("{} ({})", addresses.join(" "), bmc.with(|bmc, _| bmc.vendor.name))
}

fn suite(text: &str) -> Result<CipherSuite, String> {
    let suite = text.trim().parse().ok().and_then(CipherSuite::from_id);
    suite.ok_or_else(|| "there is no such suite here; there are 17 and 3".to_owned())
}

fn vendor(name: &str) -> Result<&'static Vendor, String> {
    let names = || VENDORS.iter().map(|vendor| vendor.name).collect::<Vec<_>>().join(", ");
    Vendor::named(name).ok_or_else(|| format!("there is no such vendor; there are {}", names()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        args: Args,
    }

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Program::try_parse_from(["sim"].into_iter().chain(line.split_whitespace())).map(|program| program.args)
    }

    #[test]
    fn a_command_line_is_understood() {
        let args =
            parse("--redfish 300 --vendor dell,hpe --listen 127.0.0.1:9000 --seed 7 --faults drop:0.1,hang#2").unwrap();
        let config = config(&args);
        assert_eq!((config.bmcs, config.listen.port(), config.setup.seed), (300, 9000, 7));
        assert_eq!(config.vendors.iter().map(|vendor| vendor.name).collect::<Vec<_>>(), ["dell", "hpe"]);
        assert_eq!(config.setup.faults.rules().count(), 2);
        let replays = parse("--replay a b --replay c --pace real").unwrap().replay;
        assert_eq!(replays, ["a", "b", "c"].map(PathBuf::from));
        let nothing = parse("").unwrap();
        assert_eq!((super::config(&nothing).bmcs, nothing.listen.port(), nothing.faults.is_none()), (1, 8000, true));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (line, why) in [
            ("--vendor acme", "no such vendor"),
            ("--faults explode", "no such fault"),
            ("--ipmi 1 --ipmi-suites 17,2", "no such suite"),
            ("--mockup x --redfish 3", "cannot be used with"),
            ("--replay x --redfish 3", "cannot be used with"),
            ("--replay x --mockup y", "cannot be used with"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(why), "{line}: {error}");
        }
    }
}
