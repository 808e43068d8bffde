//! Python environments for the reference and its clients, made when first needed.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use super::process;

/// An environment with some packages in it.
pub struct Venv {
    folder: PathBuf,
}

impl Venv {
    /// Opens the environment in `folder`, and makes it if it is not there or holds other packages.
    /// Says on standard output what it installs; with `install` false it says what is missing instead.
    ///
    /// # Errors
    /// Something is missing and may not be installed, or installing fails.
    pub fn ensure(folder: &Path, packages: &[&str], install: bool) -> Result<Self> {
        let wanted = packages.join(" ");
        let stamp = folder.join("installed.txt");
        let venv = Self { folder: folder.to_path_buf() };
        if std::fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
            return Ok(venv);
        }
        if !install {
            bail!(
                "missing: a Python environment with {wanted} in {}; leave out --no-install to have it made",
                folder.display()
            );
        }
        println!("installing {wanted} from the Python package index into {} (about a minute)", folder.display());
        process::run("python3 -m venv", Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
        process::run("pip install", venv.command("python").args(["-m", "pip", "install", "--quiet"]).args(packages))?;
        std::fs::write(stamp, wanted)?;
        Ok(venv)
    }

    /// An environment that somebody else made; its packages are taken on trust.
    pub fn existing(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf() }
    }

    /// A program of the environment, for example `ironic`.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.folder.join("bin").join(program));
        // A developer's own settings (PYTHONPATH, OS_*) must not change what the reference answers.
        command.env_remove("PYTHONPATH").env("PYTHONWARNINGS", "ignore");
        command
    }
}
