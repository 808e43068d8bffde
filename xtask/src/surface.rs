//! `cargo xtask surface`: what authors of drivers see of kamacite-driver, on file; what is gone stands in the changelog.
//!
//! The file, `kamacite-driver/surface.txt`, has a line for each public item. A line that begins with `- ` was there at the
//! last release and is gone, or reads otherwise now: that may break a driver, and must be named in a line of the changelog
//! that begins with `- Breaking: `. `docs/decisions/0011-the-surface-of-a-driver-is-a-file.md` tells why it is done so.

use std::{collections::BTreeSet, fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, ensure};

use crate::support::places;

/// What is done.
#[derive(clap::Args)]
pub struct Args {
    /// Brings the file up to date; fails if something is gone that the changelog does not name.
    #[arg(long)]
    renew: bool,
    /// Brings the file up to date for a release: what was gone before it is forgotten.
    #[arg(long)]
    release: bool,
}

/// What marks a line of something that is gone.
const GONE: &str = "- ";

/// Compares the surface with the file; true if it is as it should be.
///
/// # Errors
/// The surface cannot be made, or a file not be read or written.
pub fn main(args: Args) -> Result<bool> {
    let now = surface()?;
    let on_file = fs::read_to_string(file()).unwrap_or_default();
    let changelog = fs::read_to_string(places::root().join("CHANGELOG.md"))?;
    let new = if args.release { now.iter().map(|line| format!("{line}\n")).collect() } else { renewed(&on_file, &now) };
    let silent = unnamed(&new, unreleased(&changelog));
    for line in &silent {
        println!(
            "gone, or not as it was: {line}\n    it can break a driver: name it in CHANGELOG.md, under Unreleased: - Breaking: `{}` ...",
            item(line)
        );
    }
    if !silent.is_empty() {
        return Ok(false);
    }
    if args.renew || args.release {
        fs::write(file(), new)?;
        return Ok(true);
    }
    let same = new == on_file;
    if !same {
        let known: BTreeSet<&str> = on_file.lines().collect();
        new.lines().filter(|line| !known.contains(line)).for_each(|line| println!("not on file: {line}"));
        println!("kamacite-driver/surface.txt is not what kamacite-driver shows; run: cargo xtask surface --renew");
    }
    println!("{} public items", now.len());
    Ok(same)
}

fn file() -> PathBuf {
    places::root().join("kamacite-driver/surface.txt")
}

/// The public items, a line for each; those that the documentation hides are not among them.
///
/// rustdoc's JSON is not stable; the toolchain is fixed, and so is the release of `public-api` that reads it.
fn surface() -> Result<BTreeSet<String>> {
    let folder = places::target().join("surface");
    let mut cargo = Command::new("cargo");
    cargo.args(["rustdoc", "--quiet", "--locked", "--package", "kamacite-driver", "--all-features", "--lib"]);
    cargo.args(["--", "-Z", "unstable-options", "--output-format", "json"]);
    // In a folder of its own: with this variable everything is compiled anew.
    cargo.env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", &folder).current_dir(places::root());
    let output = cargo.output().context("starting cargo")?;
    ensure!(output.status.success(), "rustdoc: {}", String::from_utf8_lossy(&output.stderr));
    let json = folder.join("doc/kamacite_driver.json");
    let made = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()?;
    Ok(made.items().map(ToString::to_string).collect())
}

/// The file with what is there now, and what was there and is gone.
fn renewed(on_file: &str, now: &BTreeSet<String>) -> String {
    let was = on_file.lines().map(|line| line.strip_prefix(GONE).unwrap_or(line)).filter(|line| !line.is_empty());
    let gone: BTreeSet<&str> = was.filter(|line| !now.contains(*line)).collect();
    let gone = gone.into_iter().map(|line| format!("{GONE}{line}\n"));
    gone.chain(now.iter().map(|line| format!("{line}\n"))).collect()
}

/// What is gone and not named.
fn unnamed<'a>(file: &'a str, unreleased: &str) -> Vec<&'a str> {
    let told: String = breaking(unreleased);
    let gone = file.lines().filter_map(|line| line.strip_prefix(GONE));
    gone.filter(|line| !names(&told, &item(line))).collect()
}

/// Whether an item, or the one that it belongs to, stands between backticks.
fn names(told: &str, item: &str) -> bool {
    let mut parts: Vec<&str> = item.split("::").collect();
    while !parts.is_empty() {
        if told.contains(&format!("`{}`", parts.join("::"))) {
            return true;
        }
        parts.pop();
    }
    false
}

/// The path of an item within the crate, without modules: `Offer::with`.
fn item(line: &str) -> String {
    let from = line.find("kamacite_driver::").map_or(0, |at| at + "kamacite_driver::".len());
    let path: String =
        line[from..].chars().take_while(|letter| letter.is_alphanumeric() || "_:!".contains(*letter)).collect();
    let path = path.trim_end_matches(':');
    let is_module = |part: &&str| part.starts_with(char::is_lowercase);
    let parts: Vec<&str> = path.split("::").collect();
    let own = parts.iter().position(|part| !is_module(part)).unwrap_or(parts.len().saturating_sub(1));
    parts[own..].join("::")
}

/// The part of the changelog that is not released.
fn unreleased(changelog: &str) -> &str {
    let after = changelog.split_once("## Unreleased").map_or("", |(_, after)| after);
    after.split_once("\n## ").map_or(after, |(section, _)| section)
}

/// Its entries that begin with `Breaking: `, with the lines that belong to them.
fn breaking(unreleased: &str) -> String {
    let entries = unreleased.split("\n- ").filter(|entry| entry.starts_with("Breaking: "));
    entries.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(lines: &[&str]) -> BTreeSet<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn what_is_gone_stays_on_file_until_a_release() {
        let file = renewed("a\nb\n", &set(&["b", "c"]));
        assert_eq!(file, "- a\nb\nc\n");
        assert_eq!(renewed(&file, &set(&["b"])), "- a\n- c\nb\n");
        assert_eq!(renewed(&file, &set(&["a", "b", "c"])), "a\nb\nc\n");
    }

    #[test]
    fn what_is_gone_is_named() {
        let gone = "- pub fn kamacite_driver::Offer<T>::with<F>(self) -> Self\n- pub fn kamacite_driver::vendor::Verb::as_str(self)\n";
        assert_eq!(unnamed(gone, "\n- `Verb` is new.\n").len(), 2);
        assert_eq!(
            unnamed(gone, "\n- Breaking: `Offer` is gone,\n  and `Verb::as_str`.\n- Else.\n"),
            Vec::<&str>::new()
        );
        assert_eq!(item("pub fn kamacite_driver::args::schema_of<A>() -> Value"), "schema_of");
    }

    #[test]
    fn only_what_is_not_released_counts() {
        let changelog = "# Changelog\n\n## Unreleased\n\n- Breaking: `A`\n\n## 0.1.0\n\n- Breaking: `B`\n";
        assert_eq!(breaking(unreleased(changelog)).trim(), "Breaking: `A`");
    }
}
