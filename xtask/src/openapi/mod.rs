//! `cargo xtask openapi`: the real program, asked by schemathesis whatever the checked-in OpenAPI document allows, and what it
//! does not.

mod seeds;

use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, Result, ensure};
use reqwest::Client;
use serde_json::Value;

use crate::support::{
    http, places, process,
    python::{SCHEMATHESIS, Venv},
};

/// What is asked, and with what.
#[derive(clap::Args)]
pub struct Args {
    /// A Python environment with schemathesis; without it, one is made under target/tools.
    #[arg(long)]
    venv: Option<PathBuf>,
    /// The program; without it, the one that was built last.
    #[arg(long)]
    kamacite: Option<PathBuf>,
    /// The same numbers invent the same requests.
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// How many requests are invented for each operation, beside those at the limits of what each parameter may be.
    #[arg(long, default_value_t = 12)]
    examples: u32,
    /// Only the operation of this name.
    #[arg(long)]
    only: Option<String>,
}

/// What every answer must be; what a client could have said better is not looked at.
const CHECKS: &str = "not_a_server_error,response_schema_conformance,content_type_conformance,status_code_conformance,response_headers_conformance";

/// Operations whose answers do not end; they have stories of their own.
const ENDLESS: [&str; 1] = ["followEvents"];

/// How many of a hundred operations must have been answered 2xx at least once: a run that is refused at the door finds nothing.
const REACHED_PERCENT: usize = 85;

/// How many answers must be 2xx.
const WELL: u64 = 1000;

/// Starts the service with some of everything, has it asked, and counts; true if nothing was found and enough was reached.
///
/// # Errors
/// The program or schemathesis cannot be started, or the document cannot be read.
pub async fn main(args: Args) -> Result<bool> {
    let venv = match &args.venv {
        Some(folder) => Venv::existing(folder),
        None => SCHEMATHESIS.ensure(true)?,
    };
    let program = args.kamacite.clone().map_or_else(places::kamacite, Ok)?;
    let folder = tempfile::tempdir().context("making a temporary folder")?;
    let port = process::free_port()?;
    let url = format!("http://127.0.0.1:{port}");
    let config = folder.path().join("kamacite.conf");
    std::fs::write(&config, configuration(port, folder.path().join("kamacite.sqlite").display()))?;
    let log = places::target().join("openapi").join("kamacite.log");
    let mut server =
        process::start("kamacite", Command::new(program).arg("serve").arg("--config-file").arg(&config), &log)?;
    let client = Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?;
    http::wait_for(&client, &format!("{url}/v1/drivers"), "fake-hardware", &mut server, Duration::from_secs(60))
        .await?;
    let seeded = folder.path().join("seeded.json");
    std::fs::write(&seeded, seeds::plant(&client, &url).await?.to_string())?;

    let counts = folder.path().join("counts.json");
    let hooks = folder.path().join("hooks.py");
    std::fs::write(&hooks, include_str!("hooks.py"))?;
    let document = places::root().join("docs/openapi.json");
    let mut command = venv.command("schemathesis");
    command.current_dir(folder.path()).env("PYTHONPATH", folder.path()).env("SCHEMATHESIS_HOOKS", "hooks");
    command.env("KAMACITE_SEEDED", &seeded).env("KAMACITE_COUNTS", &counts).env("NO_PROXY", "127.0.0.1");
    command.arg("run").arg(&document).args(["--url", &url, "--header", "X-OpenStack-Ironic-API-Version:latest"]);
    command.args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--workers", "1", "--no-color"]);
    command.args([
        "--seed",
        &args.seed.to_string(),
        "--max-examples",
        &args.examples.to_string(),
        "--continue-on-failure",
    ]);
    command.args([
        "--generation-database",
        "none",
        "--no-shrink",
        "--suppress-health-check",
        "all",
        "--warnings",
        "off",
    ]);
    for endless in ENDLESS {
        command.args(["--exclude-operation-id", endless]);
    }
    command.args(args.only.iter().flat_map(|only| ["--include-operation-id", only]));
    let found_nothing = command.status().context("starting schemathesis")?.success();
    ensure!(server.ended().is_none(), "the service ended while it was asked:\n{}", server.last_words());

    let counts: Counts = serde_json::from_str(&std::fs::read_to_string(&counts).context("nothing was counted")?)?;
    let mut there = operations(&serde_json::from_str(&std::fs::read_to_string(&document)?)?);
    there.retain(|name| !ENDLESS.contains(&name.as_str()));
    let enough = args.only.is_some() || reached(&there, &counts);
    Ok(found_nothing && enough)
}

/// By the names of operations: how often each status was answered.
type Counts = BTreeMap<String, BTreeMap<String, u64>>;

/// Whether the run got as far as it must; says how far it got.
fn reached(there: &[String], counts: &Counts) -> bool {
    let well = |name: &String| {
        let of = counts.get(name).into_iter().flatten();
        of.filter(|(status, _)| status.starts_with('2')).map(|(_, count)| count).sum::<u64>()
    };
    let asked = there.iter().filter(|name| counts.contains_key(*name)).count();
    let answered_well = there.iter().filter(|name| well(name) > 0).count();
    let all: u64 = counts.values().flat_map(BTreeMap::values).sum();
    let all_well: u64 = there.iter().map(well).sum();
    println!(
        "{asked} of {} operations were asked, {answered_well} answered 2xx; {all_well} of {all} answers were 2xx",
        there.len()
    );
    let never: Vec<&str> = there.iter().filter(|name| well(name) == 0).map(String::as_str).collect();
    if !never.is_empty() {
        println!("never 2xx: {}", never.join(", "));
    }
    let enough = asked == there.len() && answered_well * 100 >= there.len() * REACHED_PERCENT && all_well >= WELL;
    if !enough {
        println!(
            "that is too little to find anything: every operation is to be asked, {REACHED_PERCENT} % of them and {WELL} requests to be \
             answered 2xx; xtask/src/openapi/hooks.py makes requests hit what is there"
        );
    }
    enough
}

/// The names of the document's operations.
fn operations(document: &Value) -> Vec<String> {
    let paths = document["paths"].as_object().into_iter().flat_map(|paths| paths.values());
    let operations = paths.flat_map(|path| path.as_object().into_iter().flat_map(|path| path.values()));
    operations.filter_map(|operation| operation["operationId"].as_str().map(str::to_owned)).collect()
}

/// Everything that is fake, and nothing that waits.
fn configuration(port: u16, database: impl std::fmt::Display) -> String {
    let mut ini = "[DEFAULT]\nauth_strategy = noauth\nhost = conductor\nenabled_hardware_types = fake-hardware,manual-management\n\
                   enabled_vendor_interfaces = fake-extra,fake,no-vendor\nenabled_network_interfaces = noop,flat\n"
        .to_owned();
    for (kind, names) in [
        ("bios", "fake,no-bios"),
        ("boot", "fake,no-boot"),
        ("console", "fake,no-console"),
        ("deploy", "fake,no-deploy"),
        ("firmware", "fake,no-firmware"),
        ("inspect", "fake,no-inspect"),
        ("management", "fake,noop"),
        ("power", "fake"),
        ("raid", "fake,no-raid"),
        ("rescue", "fake,no-rescue"),
        ("storage", "fake,noop"),
    ] {
        let _ = writeln!(ini, "enabled_{kind}_interfaces = {names}");
    }
    let _ = write!(ini, "[api]\nhost_ip = 127.0.0.1\nport = {port}\n[database]\nconnection = sqlite:///{database}\n");
    ini
}
