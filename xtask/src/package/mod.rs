//! `cargo xtask package`: the Debian package, with what the program says of itself: configuration, manual, completions.

#[cfg(test)]
mod contrib;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use crate::support::{places, process, tool::Tool};

/// What is done.
#[derive(clap::Args)]
pub struct Args {
    /// Where the package goes, instead of target/debian.
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

/// The release of cargo-deb that is installed where there is none. It compiles for two or three minutes.
const CARGO_DEB: Tool = Tool { name: "cargo-deb", version: "3.8.0" };

/// Where the database of an installed service is; `contrib/systemd/kamacite.service` makes the folder.
const CONNECTION: &str = "connection = sqlite:////var/lib/kamacite/kamacite.sqlite";

/// Builds the program and its package; always true.
///
/// # Errors
/// Something cannot be built, or the program does not say what it should.
pub fn main(args: &Args) -> Result<bool> {
    let cargo_deb = CARGO_DEB.ensure()?;
    println!("building kamacite in release");
    let mut build = Command::new("cargo");
    build.args(["build", "--release", "--locked", "--package", "kamacite"]).current_dir(places::root());
    process::run("cargo build", &mut build)?;
    let program = places::target().join("release/kamacite");
    write_words(&program, &words())?;

    let output = args.output.clone().unwrap_or_else(|| places::target().join("debian"));
    let mut deb = Command::new(cargo_deb);
    deb.args(["--package", "kamacite", "--no-build", "--locked", "--output"]).arg(&output).current_dir(places::root());
    process::run("cargo-deb", &mut deb)?;
    println!("the package is in {}", output.display());
    Ok(true)
}

/// Where what the program says goes; `kamacite/Cargo.toml` takes it from there.
fn words() -> PathBuf {
    places::root().join("target/package")
}

/// Has the program say what comes with it.
fn write_words(program: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    let man = folder.join("man");
    fs::create_dir_all(&man).with_context(|| format!("making {}", man.display()))?;
    let write = |name: &str, text: String| {
        fs::write(folder.join(name), text).with_context(|| format!("writing {name} into {}", folder.display()))
    };
    write("kamacite.conf", configuration(&said(program, &["config", "sample"])?)?)?;
    write("kamacite.bash", said(program, &["completions", "bash"])?)?;
    write("_kamacite", said(program, &["completions", "zsh"])?)?;
    write("kamacite.fish", said(program, &["completions", "fish"])?)?;
    said(program, &["man", "--folder", &man.to_string_lossy()]).map(drop)
}

/// The sample, with the one option that an installed service cannot do without.
fn configuration(sample: &str) -> Result<String> {
    let with = sample.lines().map(|line| match line.starts_with("#connection = ") {
        true => format!("{line}\n{CONNECTION}\n"),
        false => format!("{line}\n"),
    });
    let with: String = with.collect();
    ensure!(with.matches(CONNECTION).count() == 1, "the sample has not one [database]connection");
    Ok(format!("# Kamacite's configuration. What is commented out is at its default.\n\n{with}"))
}

fn said(program: &Path, args: &[&str]) -> Result<String> {
    let output =
        Command::new(program).args(args).output().with_context(|| format!("starting {}", program.display()))?;
    ensure!(output.status.success(), "kamacite {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_gets_the_place_of_the_database() {
        let sample = "[database]\n\n# Where.\n#connection = sqlite:///ironic.sqlite\n\n[x]\n#y = 1\n";
        let made = configuration(sample).unwrap();
        assert!(made.contains("sqlite:///ironic.sqlite\nconnection = sqlite:////var/lib/kamacite/"), "{made}");
        assert!(made.ends_with("[x]\n#y = 1\n"));
        configuration("[database]\n").unwrap_err();
    }
}
