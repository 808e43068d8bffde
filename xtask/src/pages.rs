//! `cargo xtask pages`: renews what the program itself, and its tests, say in the pages of documentation.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, ensure};

use crate::{support::places, supported};

/// What is done.
#[derive(clap::Args)]
pub struct Args {
    /// Writes nothing; says whether the page of supported drivers is what the tests ran.
    #[arg(long)]
    check: bool,
}

/// What stands in a driver's page before what is made.
const REFERENCE: &str = "## Reference\n";

/// Renews the reference of options, the OpenAPI document, the references of drivers, and the page of supported drivers; true unless it only looks
/// and finds that page out of date.
///
/// # Errors
/// The program cannot be built or run, the tests have not run, or a page cannot be written.
pub fn main(args: Args) -> Result<bool> {
    let supported = supported::page()?;
    if args.check {
        let is_so = fs::read_to_string(supported::path())? == supported;
        if !is_so {
            println!("docs/drivers/README.md is not what the tests ran; run: cargo xtask pages");
        }
        return Ok(is_so);
    }
    fs::write(supported::path(), supported)?;
    let docs = places::root().join("docs");
    fs::write(docs.join("options.md"), kamacite(&["config", "reference"])?)?;
    fs::write(docs.join("openapi.json"), kamacite(&["openapi"])?)?;
    for entry in fs::read_dir(docs.join("drivers"))? {
        renew(&entry?.path())?;
    }
    Ok(true)
}

/// Renews the reference at the end of a driver's page; a page without one is about something else.
fn renew(page: &Path) -> Result<()> {
    let name = page.file_stem().and_then(|name| name.to_str()).context("a page with an odd name")?;
    let text = fs::read_to_string(page).with_context(|| format!("reading {}", page.display()))?;
    let Some((before, _)) = text.split_once(REFERENCE) else { return Ok(()) };
    let made = kamacite(&["driver", "reference", name])?;
    fs::write(page, before.to_owned() + &made).with_context(|| format!("writing {}", page.display()))
}

fn kamacite(args: &[&str]) -> Result<String> {
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet", "--locked", "--package", "kamacite", "--"]).args(args).current_dir(places::root());
    let output = cargo.output().context("starting cargo")?;
    ensure!(output.status.success(), "kamacite {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}
