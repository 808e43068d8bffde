//! Debian's `ipmitool`, found through `KAMACITE_IPMITOOL`; `cargo xtask test` sets it.

use std::process::Stdio;

use kamacite_sim::SimBmc;
use tokio::process::Command;

const VARIABLE: &str = "KAMACITE_IPMITOOL";

/// How a call of it ended.
#[derive(Debug)]
pub struct Said {
    pub well: bool,
    pub out: String,
    pub err: String,
}

impl Said {
    /// What it prints, wherever.
    pub fn everything(&self) -> String {
        format!("{}\n{}", self.out, self.err)
    }
}

/// A user of ipmitool.
#[derive(Clone, Copy)]
pub struct Tool<'a> {
    pub bmc: &'a SimBmc,
    pub suite: &'a str,
    pub username: &'a str,
    pub password: &'a str,
    /// More of its options.
    pub options: &'a [&'a str],
}

impl<'a> Tool<'a> {
    pub fn of(bmc: &'a SimBmc) -> Self {
        Self { bmc, suite: "17", username: "admin", password: "password", options: &[] }
    }

    /// Runs it to its end.
    pub async fn run(&self, args: &[&str]) -> Said {
        let program = std::env::var(VARIABLE).unwrap_or_else(|_| {
            panic!(
                "{VARIABLE} is not set: install the Debian package ipmitool and set {VARIABLE}=/usr/bin/ipmitool, or \
                 run `cargo xtask test`"
            )
        });
        let port = self.bmc.ipmi_address().unwrap().port().to_string();
        let mut command = Command::new(&program);
        command.args(["-I", "lanplus", "-H", "127.0.0.1", "-p", &port, "-U", self.username, "-E", "-C", self.suite]);
        command.args(["-N", "1", "-R", "5"]).args(self.options).args(args).env("IPMI_PASSWORD", self.password);
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
        let output = output.unwrap_or_else(|e| panic!("cannot run {program} ({VARIABLE}): {e}"));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        Said { well: output.status.success(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Runs it, and it ends well; what it prints.
    pub async fn well(&self, args: &[&str]) -> String {
        let said = self.run(args).await;
        assert!(said.well, "{args:?} with suite {}: {said:?}", self.suite);
        said.out
    }
}
