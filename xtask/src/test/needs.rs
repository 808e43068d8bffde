//! What the tests need from outside: says what is missing, installs it, and knows where it is.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::support::{
    process,
    python::{CLIENTS, Environment, REFERENCE, SCHEMATHESIS, Venv},
    tool::Tool,
};

/// Where everything is that the checks need.
pub struct Tools {
    /// Whether cargo-nextest is here.
    pub nextest: bool,
    /// The program cargo-deny.
    pub cargo_deny: PathBuf,
    /// The environment with Ironic.
    pub reference: Venv,
    /// The environment with its clients and the simulated BMC.
    pub clients: Venv,
    /// The environment with schemathesis.
    pub schemathesis: Venv,
}

/// The release of cargo-deny that is installed where there is none. It compiles for two or three minutes.
const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };

/// Something that is not here.
enum Missing {
    /// A Debian package, and what tells that it is here.
    Debian(&'static str),
    Python(&'static Environment),
    CargoDeny,
}

/// Debian packages, and the command that succeeds where they are installed.
const DEBIAN: &[(&[&str], &[&str])] = &[
    (&["pkg-config", "--exists", "openssl"], &["libssl-dev", "pkg-config"]),
    (&["python3", "-c", "import ensurepip, venv"], &["python3-venv"]),
    // A simulated BMC, and another client of it.
    (&["ipmi_sim", "--help"], &["openipmi"]),
    (&["ipmitool", "-V"], &["ipmitool"]),
];

/// Makes sure that everything is here.
///
/// # Errors
/// Something is missing and may not be installed, or installing fails.
pub fn meet(install: bool) -> Result<Tools> {
    let missing = missing();
    let names = missing.iter().map(Missing::to_string).collect::<Vec<_>>().join("\n    ");
    if !missing.is_empty() && !install {
        bail!("missing, and installed when --no-install is left out:\n    {names}");
    }
    if !missing.is_empty() {
        println!("to be installed, for it is missing:\n    {names}");
    }
    let packages = missing.iter().filter_map(Missing::debian).collect::<Vec<_>>();
    if !packages.is_empty() {
        apt(&packages)?;
    }
    for missing in &missing {
        match missing {
            Missing::Debian(_) => {}
            Missing::Python(environment) => drop(environment.ensure(true)?),
            Missing::CargoDeny => CARGO_DENY.install()?,
        }
    }
    let nextest = succeeds(&["cargo", "nextest", "--version"]);
    if !nextest {
        println!("cargo-nextest is not here: the tests run with cargo test, one program after the other");
    }
    Ok(Tools {
        nextest,
        cargo_deny: CARGO_DENY.find().context("finding cargo-deny")?,
        reference: REFERENCE.ensure(false)?,
        clients: CLIENTS.ensure(false)?,
        schemathesis: SCHEMATHESIS.ensure(false)?,
    })
}

fn missing() -> Vec<Missing> {
    let debian = DEBIAN.iter().filter(|(here, _)| !succeeds(here)).flat_map(|(_, packages)| packages.iter());
    let python = [&REFERENCE, &CLIENTS, &SCHEMATHESIS].into_iter().filter(|environment| !environment.is_there());
    let mut missing: Vec<Missing> = debian.map(|package| Missing::Debian(package)).collect();
    missing.extend(python.map(Missing::Python));
    missing.extend(CARGO_DENY.find().is_none().then_some(Missing::CargoDeny));
    missing
}

impl Missing {
    fn debian(&self) -> Option<&'static str> {
        match self {
            Self::Debian(package) => Some(package),
            Self::Python(_) | Self::CargoDeny => None,
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Debian(package) => write!(f, "the Debian package {package}"),
            Self::Python(environment) => {
                write!(
                    f,
                    "{}, from the Python package index into {}",
                    environment.about,
                    environment.folder().display()
                )
            }
            Self::CargoDeny => {
                let Tool { name, version } = CARGO_DENY;
                write!(f, "{name} {version}, from crates.io into {}", CARGO_DENY.folder().display())
            }
        }
    }
}

/// Installs Debian packages.
fn apt(packages: &[&str]) -> Result<()> {
    if !Path::new("/usr/bin/apt-get").exists() {
        bail!("this is no Debian; install what its packages {} stand for, then try again", packages.join(", "));
    }
    let apt = |args: &[&str]| {
        let sudo = (!rustix::process::geteuid().is_root()).then_some("sudo");
        let words: Vec<&str> = sudo.into_iter().chain(["apt-get"]).chain(args.iter().copied()).collect();
        process::run("apt-get", Command::new(words[0]).args(&words[1..]).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    println!("installing the Debian packages {}", packages.join(", "));
    let install: Vec<&str> =
        ["install", "--yes", "--no-install-recommends", "--no-remove"].iter().chain(packages).copied().collect();
    // A list that is out of date, or none yet, is the usual reason to fail.
    apt(&install).or_else(|_| apt(&["update"]).and_then(|()| apt(&install)))
}

fn succeeds(command: &[&str]) -> bool {
    let Some((program, args)) = command.split_first() else { return false };
    let quiet =
        Command::new(program).args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}
