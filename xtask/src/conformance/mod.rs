//! `cargo xtask conformance`: the same requests to Ironic and to Kamacite, and where the answers differ.

mod compare;
mod run;
mod scenario;
mod servers;
mod wanted;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Result, bail, ensure};
use reqwest::Client;
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

use crate::support::{
    places,
    python::{REFERENCE, Venv},
};
use run::Outcome;
use scenario::{Config, Scenario};
use servers::{Ironic, Launch};
use wanted::{Asked, Wanted};

/// What can be asked of the comparison.
#[derive(clap::Args)]
pub struct Args {
    /// Only the scenarios whose name contains one of these.
    names: Vec<String>,
    /// List the scenarios and stop.
    #[arg(long)]
    list: bool,
    /// Compare the reference with itself: tells whether the scenarios are sound.
    #[arg(long)]
    against_itself: bool,
    /// Kamacite's program; without it the newer of the release and the debug build.
    #[arg(long, value_name = "FILE")]
    kamacite: Option<PathBuf>,
    /// A Kamacite that runs already and has no nodes.
    #[arg(long, value_name = "URL", conflicts_with = "kamacite")]
    kamacite_url: Option<String>,
    /// An Ironic that runs already and has no nodes.
    #[arg(long, value_name = "URL")]
    reference_url: Option<String>,
    /// A Python environment with the reference in it; without it one is made under `target/tools`.
    #[arg(long, value_name = "FOLDER", env = "KAMACITE_REFERENCE_VENV")]
    venv: Option<PathBuf>,
    /// Install nothing; say what is missing.
    #[arg(long)]
    no_install: bool,
    /// Print every request and both answers.
    #[arg(short, long)]
    verbose: bool,
}

/// What was counted.
#[derive(Default)]
struct Tally {
    compared: usize,
    wanted: usize,
    unexplained: usize,
}

/// Runs the comparison; true if every difference is wanted.
///
/// # Errors
/// A server cannot be started or reached, or a file of `conformance/` is wrong.
pub async fn main(args: Args) -> Result<bool> {
    let folder = places::root().join("conformance");
    let mut scenarios = scenario::load(&folder.join("scenarios"))?;
    scenarios.retain(|scenario| args.names.is_empty() || args.names.iter().any(|name| scenario.name.contains(name)));
    ensure!(!scenarios.is_empty(), "no scenario has such a name; --list shows them");
    if args.list {
        scenarios.iter().for_each(|scenario| println!("{} ({} requests)", scenario.name, scenario.steps.len()));
        return Ok(true);
    }
    let wanted = if args.against_itself { Wanted::none() } else { Wanted::load(&folder.join("wanted.toml"))? };
    let mut ended = signal(SignalKind::terminate())?;
    tokio::select! {
        outcome = compare(&args, &scenarios, &wanted) => outcome,
        // Returning drops the servers, which ends them.
        _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        _ = ended.recv() => bail!("ended from outside"),
    }
}

async fn compare(args: &Args, scenarios: &[Scenario], wanted: &Wanted) -> Result<bool> {
    // A connection for each request: the reference closes those it keeps at moments of its own choosing.
    let client = Client::builder().timeout(Duration::from_secs(60)).pool_max_idle_per_host(0).no_proxy().build()?;
    let (reference, kamacite) = launches(args)?;
    let given = args.reference_url.is_some() || args.kamacite_url.is_some();
    let mut tally = Tally::default();
    let mut ran = BTreeSet::new();
    for (config, group) in groups(scenarios) {
        if given && !config.is_empty() {
            let names: Vec<&str> = group.iter().map(|scenario| scenario.name.as_str()).collect();
            println!("left out, for it needs servers with a configuration of their own: {}", names.join(", "));
            continue;
        }
        let label = &group[0].name;
        let kamacite = kamacite.as_ref().unwrap_or(&reference);
        let (theirs, ours) =
            tokio::join!(reference.start(&client, &config, label), kamacite.start(&client, &config, label));
        let (theirs, ours) = (theirs?, ours?);
        for scenario in group {
            let outcomes = run::play(&client, scenario, &theirs.url, &ours.url).await?;
            report(scenario, &outcomes, wanted, &mut tally, args.verbose);
            ran.insert(scenario.name.clone());
        }
    }
    let unused = wanted.unused(&ran, args.names.is_empty() && !given);
    for entry in &unused {
        println!("conformance/wanted.toml: matches nothing any more, remove it: {entry}");
    }
    println!("{} compared, {} wanted differences, {} unexplained", tally.compared, tally.wanted, tally.unexplained);
    Ok(tally.unexplained == 0 && unused.is_empty())
}

/// How to start the reference and Kamacite; no Kamacite if the reference is compared with itself.
fn launches(args: &Args) -> Result<(Launch, Option<Launch>)> {
    let reference = match (&args.reference_url, &args.venv) {
        (Some(url), _) => Launch::Running(url.clone()),
        (None, Some(venv)) => Launch::Ironic(Ironic::prepare(Venv::existing(venv))?),
        (None, None) => Launch::Ironic(Ironic::prepare(REFERENCE.ensure(!args.no_install)?)?),
    };
    let kamacite = match (&args.kamacite_url, &args.kamacite) {
        _ if args.against_itself => None,
        (Some(url), _) => Some(Launch::Running(url.clone())),
        (None, Some(program)) => Some(Launch::Kamacite(program.clone())),
        (None, None) => {
            let program = places::kamacite()?;
            println!("comparing with {}", program.display());
            Some(Launch::Kamacite(program))
        }
    };
    Ok((reference, kamacite))
}

/// Scenarios that can share a pair of servers.
fn groups(scenarios: &[Scenario]) -> Vec<(Config, Vec<&Scenario>)> {
    let mut shared: BTreeMap<&Config, Vec<&Scenario>> = BTreeMap::new();
    let mut groups = Vec::new();
    for scenario in scenarios {
        if scenario.own_servers {
            groups.push((scenario.config.clone(), vec![scenario]));
        } else {
            shared.entry(&scenario.config).or_default().push(scenario);
        }
    }
    let shared = shared.into_iter().map(|(config, scenarios)| (config.clone(), scenarios));
    shared.chain(groups).collect()
}

fn report(scenario: &Scenario, outcomes: &[Outcome], wanted: &Wanted, tally: &mut Tally, verbose: bool) {
    let before = (tally.compared, tally.wanted, tally.unexplained);
    for outcome in outcomes {
        let (line, version) = (outcome.request.line(), &outcome.request.version);
        tally.compared += 1;
        let statuses = outcome.answers.as_ref().map(|(one, other)| (one.status.into(), other.status.into()));
        let asked = Asked { line: &line, version, statuses };
        let (known, unknown): (Vec<_>, Vec<_>) =
            outcome.differences.iter().partition(|difference| wanted.covers(&scenario.name, &asked, difference));
        tally.wanted += known.len();
        tally.unexplained += unknown.len();
        if verbose || !unknown.is_empty() {
            println!("{}: {line} at {version}", scenario.name);
        }
        if let (true, Some((reference, kamacite))) = (verbose, &outcome.answers) {
            println!("    reference {} {}", reference.status, reference.body);
            println!("    kamacite  {} {}", kamacite.status, kamacite.body);
        }
        for difference in unknown {
            println!(
                "    {}: reference {}, kamacite {}",
                difference.at,
                said(&difference.reference),
                said(&difference.kamacite)
            );
        }
    }
    let (compared, known) = (tally.compared - before.0, tally.wanted - before.1);
    println!(
        "{}: {compared} compared, {known} wanted differences, {} unexplained",
        scenario.name,
        tally.unexplained - before.2
    );
}

fn said(value: &Option<Value>) -> String {
    let text = value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
    if text.chars().count() <= 600 { text } else { format!("{}...", text.chars().take(600).collect::<String>()) }
}
