//! Python environments for the reference and for the clients of the tests, made when first needed.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use super::{places, process};

/// The reference, with its programs `ironic` and `ironic-dbsync`.
pub static REFERENCE: Environment =
    Environment { name: "reference", about: "Ironic 39.0.0", requirements: include_str!("../../python/reference.txt") };

/// What tests run from outside: `baremetal`, `openstack`, `sushy-emulator`, and `python` with sushy.
pub static CLIENTS: Environment = Environment {
    name: "clients",
    about: "python-ironicclient, python-openstackclient, sushy, sushy-tools and what the SDK's own tests need",
    requirements: include_str!("../../python/clients.txt"),
};

/// What holds the service against its OpenAPI document: `schemathesis`. Apart, because it decides the versions of much that
/// clients use, too.
pub static SCHEMATHESIS: Environment = Environment {
    name: "schemathesis",
    about: "schemathesis",
    requirements: include_str!("../../python/schemathesis.txt"),
};

/// Packages that live together. The reference has an environment of its own, so that nothing else decides its versions.
pub struct Environment {
    name: &'static str,
    /// What it is for, in a few words.
    pub about: &'static str,
    requirements: &'static str,
}

/// An environment that is there.
pub struct Venv {
    folder: PathBuf,
}

impl Environment {
    /// Where it is, or will be.
    pub fn folder(&self) -> PathBuf {
        places::target().join("tools").join(self.name)
    }

    /// Whether it is there, with the packages that are wanted today.
    pub fn is_there(&self) -> bool {
        std::fs::read_to_string(self.stamp()).is_ok_and(|have| have == self.requirements)
    }

    /// Opens it, and makes it if it is not there or holds other packages. Says on standard output what it installs;
    /// with `install` false it says what is missing instead.
    ///
    /// # Errors
    /// It is missing and may not be installed, or installing fails.
    pub fn ensure(&self, install: bool) -> Result<Venv> {
        let (folder, about) = (self.folder(), self.about);
        let venv = Venv::existing(&folder);
        if self.is_there() {
            return Ok(venv);
        }
        if !install {
            bail!(
                "missing: a Python environment with {about} in {}; without --no-install it is made",
                folder.display()
            );
        }
        println!("installing {about} from the Python package index into {} (about a minute)", folder.display());
        process::run("python3 -m venv", Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        let list = folder.join("requirements.txt");
        std::fs::write(&list, self.requirements)?;
        // The list is complete: what it leaves out would come in whatever version is newest.
        let pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--requirement"];
        process::run("pip install", venv.command("python").args(pip).arg(&list))?;
        process::run("pip check", venv.command("python").args(["-m", "pip", "check"]))?;
        std::fs::write(self.stamp(), self.requirements)?;
        Ok(venv)
    }

    /// Written last: an installation that broke off leaves none.
    fn stamp(&self) -> PathBuf {
        self.folder().join("installed.txt")
    }
}

impl Venv {
    /// An environment that somebody else made; its packages are taken on trust.
    pub fn existing(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf() }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a program of the environment is, for example `ironic`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    /// A program of the environment, to be run.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.program(name));
        // A developer's own settings (PYTHONPATH, OS_*) must not change what the reference answers.
        command.env_remove("PYTHONPATH").env("PYTHONWARNINGS", "ignore");
        command
    }
}
