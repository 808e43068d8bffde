//! A program of crates.io's that is installed, in a fixed release, where there is none.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result};

use super::{places, process};

/// A program, and the release that is installed.
pub struct Tool {
    /// Its name, which is also the crate's.
    pub name: &'static str,
    /// The release.
    pub version: &'static str,
}

impl Tool {
    /// Where it is: in the path, or ours; `None` if it is in neither.
    pub fn find(&self) -> Option<PathBuf> {
        let ours = self.folder().join("bin").join(self.name);
        [PathBuf::from(self.name), ours].into_iter().find(|program| {
            let mut command = Command::new(program);
            let quiet = command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            quiet.status().is_ok_and(|status| status.success())
        })
    }

    /// Where it is, or is installed to.
    ///
    /// # Errors
    /// It cannot be installed.
    pub fn ensure(&self) -> Result<PathBuf> {
        match self.find() {
            Some(program) => Ok(program),
            None => {
                self.install()?;
                self.find().with_context(|| format!("finding {}", self.name))
            }
        }
    }

    /// The folder it is installed into.
    pub fn folder(&self) -> PathBuf {
        places::target().join("tools").join(self.name)
    }

    /// Installs it.
    ///
    /// # Errors
    /// It cannot be fetched or compiled.
    pub fn install(&self) -> Result<()> {
        println!("installing {} {} (two or three minutes)", self.name, self.version);
        let build = self.folder().join("build");
        let mut command = Command::new("cargo");
        command.args(["install", "--quiet", "--locked", self.name, "--version", self.version, "--root"]);
        let command = command.arg(self.folder()).env("CARGO_TARGET_DIR", &build);
        process::run(&format!("cargo install {}", self.name), command)?;
        std::fs::remove_dir_all(&build).with_context(|| format!("removing {}", build.display()))
    }
}
