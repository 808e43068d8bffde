//! `cargo xtask guide`: follows docs/adding-a-driver.md by the letter, in an empty folder.
//!
//! The guide's files are those of examples/acme-driver, which stands at another distance from the crates of this workspace
//! and is run as well.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use crate::support::places;

/// How it is followed.
#[derive(clap::Args)]
pub struct Args {
    /// Follows nothing: writes the files of examples/acme-driver into the guide.
    #[arg(long)]
    renew: bool,
}

/// A block of code in the guide.
#[derive(Debug, PartialEq)]
enum Block<'a> {
    /// A file to write.
    File { path: &'a str, text: &'a str },
    /// Commands to type.
    Commands(&'a str),
}

/// Follows the guide; true if everything it says works.
///
/// # Errors
/// The guide is not what it should be, or a file cannot be written.
pub fn main(args: Args) -> Result<bool> {
    let page = fs::read_to_string(page())?;
    if args.renew {
        fs::write(self::page(), renewed(&page)?)?;
        return Ok(true);
    }
    let differing = differing(&page)?;
    for path in &differing {
        println!(
            "{path} is not in docs/adding-a-driver.md as it is in examples/acme-driver; run: cargo xtask guide --renew"
        );
    }
    Ok(differing.is_empty() && follow(&page)? && run_example()?)
}

fn page() -> PathBuf {
    places::root().join("docs/adding-a-driver.md")
}

fn example() -> PathBuf {
    places::root().join("examples/acme-driver")
}

/// The blocks of a page, in order.
///
/// # Errors
/// A block is neither a file nor commands, so that nothing would run it.
fn blocks(page: &str) -> Result<Vec<Block<'_>>> {
    let mut blocks = Vec::new();
    // What stands between two fences; text before the first and after the last is prose.
    for (index, part) in page.split("\n```").enumerate().filter(|(index, _)| index % 2 == 1) {
        let (head, text) = part.split_once('\n').with_context(|| format!("block {index} has no end"))?;
        blocks.push(match head.split_once(" file=") {
            Some((_, path)) => Block::File { path, text },
            None => {
                ensure!(head == "sh", "a block begins with ```{head}; say `sh`, or `file=` and a path");
                Block::Commands(text)
            }
        });
    }
    Ok(blocks)
}

/// A file of the example as the guide has it: seen from beside the checkout.
fn of_example(path: &str) -> Result<String> {
    let text = fs::read_to_string(example().join(path)).with_context(|| format!("reading {path} of the example"))?;
    Ok(text.replace("\"../../", "\"../kamacite/"))
}

/// The files that the guide and the example have otherwise, or only one of them has.
fn differing(page: &str) -> Result<Vec<String>> {
    let mut differing = Vec::new();
    let mut told = Vec::new();
    for block in blocks(page)? {
        if let Block::File { path, text } = block {
            told.push(path.to_owned());
            if of_example(path).ok().as_deref().map(str::trim_end) != Some(text.trim_end()) {
                differing.push(path.to_owned());
            }
        }
    }
    let mut there = Vec::new();
    list(&example(), "", &mut there)?;
    differing.extend(there.into_iter().filter(|path| !told.contains(path)));
    Ok(differing)
}

fn list(folder: &Path, prefix: &str, files: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        match (entry.file_type()?.is_dir(), name.as_str()) {
            // What is built, and what a service left.
            (true, "target") | (false, "Cargo.lock") => {}
            (false, name) if name.contains(".sqlite") => {}
            (true, _) => list(&entry.path(), &format!("{prefix}{name}/"), files)?,
            (false, _) => files.push(format!("{prefix}{name}")),
        }
    }
    Ok(())
}

/// The page with the example's files in it.
fn renewed(page: &str) -> Result<String> {
    let mut new = page.to_owned();
    for block in blocks(page)? {
        if let Block::File { path, text } = block {
            let head = format!(" file={path}\n");
            new = new.replacen(&format!("{head}{text}"), &format!("{head}{}", of_example(path)?.trim_end()), 1);
        }
    }
    Ok(new)
}

/// Writes the files and types the commands, in a folder of their own; true if all of it works.
fn follow(page: &str) -> Result<bool> {
    let place = places::target().join("guide");
    if place.exists() {
        fs::remove_dir_all(&place).context("clearing away what the guide made last")?;
    }
    fs::create_dir_all(&place)?;
    let blocks = blocks(page)?;
    // What is compiled already for this workspace is so for its crates at their own place only.
    let checkout = places::root().display().to_string();
    // Where a command fails, what runs in the background ends as well.
    let ended = r#"trap 'test -z "${!-}" || kill "$!" 2>/dev/null || :' EXIT"#;
    let mut script = format!("set -eux\n{ended}\ncd '{}'\n", place.display());
    for block in &blocks {
        if let Block::Commands(text) = block {
            script += &text.replace("cp kamacite/", &format!("cp '{checkout}'/"));
            script.push('\n');
        }
    }
    for block in &blocks {
        if let Block::File { path, text } = block {
            let path = place.join("acme-driver").join(path);
            fs::create_dir_all(path.parent().context("a file in no folder")?)?;
            fs::write(&path, text.replace("\"../kamacite/", &format!("\"{checkout}/")) + "\n")?;
        }
    }
    let mut shell = Command::new("sh");
    // A port that nobody has, for the service that the guide starts.
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    shell.args(["-c", &script]).env("CARGO_TARGET_DIR", places::target()).env("OS_API__PORT", port.to_string());
    Ok(shell.status().context("starting a shell")?.success())
}

/// The example at its own place: formatted, and a program that lists what is built in beside its own.
fn run_example() -> Result<bool> {
    fs::copy(places::root().join("Cargo.lock"), example().join("Cargo.lock"))?;
    let cargo = |args: &[&str]| {
        let mut cargo = Command::new("cargo");
        cargo.args(args).current_dir(example()).env("CARGO_TARGET_DIR", places::target());
        cargo.output().context("starting cargo")
    };
    let listed = cargo(&["run", "--quiet", "--", "driver", "list", "--config-file", "acme.conf"])?;
    let said = String::from_utf8_lossy(&listed.stdout).into_owned();
    let lists = |kind: &str, names: &str| {
        said.lines()
            .any(|line| line.split_whitespace().eq([&[kind][..], &names.split(' ').collect::<Vec<_>>()].concat()))
    };
    let is_listed =
        lists("management", "acme*, redfish, noop") && lists("power", "acme*") && said.contains("\nredfish\n");
    if !is_listed {
        println!(
            "examples/acme-driver does not list what it should:\n{said}{}",
            String::from_utf8_lossy(&listed.stderr)
        );
    }
    let formatted = cargo(&["fmt", "--check"])?.status.success();
    if !formatted {
        println!(
            "examples/acme-driver is not formatted; run: cargo fmt --manifest-path examples/acme-driver/Cargo.toml"
        );
    }
    Ok(is_listed && formatted)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_has_the_files_of_the_example() {
        assert_eq!(differing(&fs::read_to_string(page()).unwrap()).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_block_is_a_file_or_commands() {
        let page = "A\n\n```rust file=src/a.rs\nfn a() {}\n```\n\nB\n\n```sh\ntrue\n```\n";
        let expected = [Block::File { path: "src/a.rs", text: "fn a() {}" }, Block::Commands("true")];
        assert_eq!(blocks(page).unwrap(), expected);
        assert!(blocks("A\n\n```rust\nlet a = 1;\n```\n").is_err());
    }
}
