//! The programs people use: `baremetal` of PyPI's python-ironicclient, and `openstack` with the same commands.

use std::path::Path;

use serde_json::Value;
use tokio::process::Command;

/// A client program, told where the API is.
pub struct Client {
    program: String,
    first: &'static [&'static str],
    url: String,
    home: std::path::PathBuf,
}

/// What a client program said.
pub struct Said {
    pub succeeded: bool,
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Client {
    pub fn baremetal(url: &str, home: &Path) -> Self {
        // The least of patience with locked nodes that it can be told.
        Self::new(
            "KAMACITE_BAREMETAL",
            "python-ironicclient",
            "baremetal",
            &["--max-retries", "1", "--retry-interval", "1"],
            url,
            home,
        )
    }

    pub fn openstack(url: &str, home: &Path) -> Self {
        let packages = "python-openstackclient python-ironicclient";
        Self::new("KAMACITE_OPENSTACK", packages, "openstack", &["baremetal"], url, home)
    }

    fn new(variable: &str, packages: &str, name: &str, first: &'static [&'static str], url: &str, home: &Path) -> Self {
        let program = std::env::var(variable).unwrap_or_else(|_| {
            panic!(
                "{variable} is not set: install the program (python3 -m venv VENV && VENV/bin/pip install {packages}) and \
                 set {variable}=VENV/bin/{name}, or run `cargo xtask test`"
            )
        });
        Self { program, first, url: url.to_owned(), home: home.to_owned() }
    }

    /// Runs a command, given as one line.
    pub async fn run(&self, line: &str) -> Said {
        self.run_with(line, &[]).await
    }

    /// Runs a command whose last arguments may hold spaces.
    pub async fn run_with(&self, line: &str, more: &[&str]) -> Said {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OS_") || name.ends_with("_proxy")) {
            command.env_remove(name);
        }
        command.env("OS_AUTH_TYPE", "none").env("OS_ENDPOINT", &self.url).env("HOME", &self.home);
        // Wide enough for every table.
        command.env("COLUMNS", "1000").args(self.first).args(line.split_whitespace()).args(more).kill_on_drop(true);
        let output = command.output().await.unwrap_or_else(|e| panic!("cannot run {}: {e}", self.program));
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let status = output.status;
        Said { succeeded: status.success(), code: status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs a command that succeeds; what it prints.
    pub async fn does(&self, line: &str) -> String {
        self.does_with(line, &[]).await
    }

    /// The same, with last arguments that may hold spaces.
    pub async fn does_with(&self, line: &str, more: &[&str]) -> String {
        let said = self.run_with(line, more).await;
        assert!(said.succeeded, "{line}: {}{}", said.out, said.err);
        said.out
    }

    /// Runs a command that succeeds and prints JSON.
    pub async fn json(&self, line: &str) -> Value {
        let out = self.does(&format!("{line} -f json")).await;
        serde_json::from_str(&out).unwrap_or_else(|e| panic!("{line}: {e}: {out}"))
    }

    /// Runs a command that is refused; what it says about it.
    pub async fn refused(&self, line: &str) -> String {
        let said = self.run(line).await;
        assert!(!said.succeeded, "{line}: {}", said.out);
        said.err
    }
}
