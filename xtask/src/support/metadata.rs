//! What cargo knows of the crates of the workspace.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::places;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// A crate.
#[derive(Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// What its manifest asks for.
    pub dependencies: Vec<Dependency>,
}

/// A line of a manifest.
#[derive(Deserialize)]
pub struct Dependency {
    /// The name of the package.
    pub name: String,
    /// `dev`, `build`, or nothing for a normal one.
    pub kind: Option<String>,
}

/// The crates of the workspace; needs no network.
///
/// # Errors
/// A manifest is wrong.
pub fn members() -> Result<Vec<Package>> {
    // Set when cargo runs this program; otherwise the one in the path.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1", "--no-deps"]).current_dir(places::root());
    let output = command.output().context("starting cargo")?;
    ensure!(output.status.success(), "cargo metadata failed:\n{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Metadata = serde_json::from_slice(&output.stdout).context("reading the answer of cargo metadata")?;
    Ok(metadata.packages)
}
