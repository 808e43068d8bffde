//! What programs of other crates measure and print as Markdown, taken over as it is.

use std::{path::PathBuf, process::Command};

use anyhow::{Result, ensure};

use super::server;
use crate::support::{places, process};

/// An example of a crate that measures.
pub struct Example {
    package: &'static str,
    name: &'static str,
    args: &'static [&'static str],
    /// Programs it wants, each in an environment variable: Debian's own, in the path.
    env: &'static [(&'static str, &'static str)],
    /// Above what it prints: the heading, and what the reader should know.
    above: &'static str,
}

/// The native client of IPMI beside `ipmitool`.
pub const IPMI: Example = Example {
    package: "ipmi",
    name: "measure",
    args: &[],
    env: &[("KAMACITE_IPMI_SIM", "ipmi_sim"), ("KAMACITE_IPMITOOL", "ipmitool")],
    above: "## IPMI, natively and by a process of `ipmitool`\n\n\
            The same calls of one BMC, which Debian's `ipmi_sim` simulates, with cipher suite 3, one after the other: by \
            Kamacite's client, and by a process of `ipmitool` for each call, which is Ironic's way.",
};

/// The power sweep among BMCs that hang.
pub const SWEEP: Example = Example {
    package: "kamacite",
    name: "sweep",
    args: &["1000", "5", "5"],
    env: &[],
    above: "## Kamacite: what BMCs that hang cost the others\n\n\
            Power sweeps over 1,000 simulated Redfish BMCs, by turns with all of them well and with 50 that have just begun to \
            hang, others each time. Milliseconds from the beginning of a sweep until a BMC has answered, of those that are always \
            well: medians over the sweeps.",
};

impl Example {
    /// Builds it, so that nothing is built while something is measured.
    ///
    /// # Errors
    /// It does not compile.
    pub fn build(&self) -> Result<()> {
        let mut cargo = Command::new("cargo");
        cargo.args(["build", "--release", "--locked", "--package", self.package, "--example", self.name]);
        process::run("cargo build", cargo.current_dir(places::root()))
    }

    /// Runs it; returns the section of the page.
    ///
    /// # Errors
    /// It fails, or does not print Markdown.
    pub async fn section(&self) -> Result<String> {
        println!("{}: running the example {}", self.package, self.name);
        let mut command = Command::new(self.program());
        for (variable, usual) in self.env {
            command.env(variable, std::env::var_os(variable).unwrap_or_else(|| usual.into()));
        }
        let log = server::folder().join(format!("{}-{}.log", self.package, self.name));
        let printed = process::output(self.name, command.args(self.args), &log).await?;
        section(self.above, &printed)
    }

    fn program(&self) -> PathBuf {
        places::target().join("release").join("examples").join(self.name)
    }
}

fn section(above: &str, printed: &str) -> Result<String> {
    ensure!(printed.contains("|--"), "there is no table in what was printed:\n{printed}");
    Ok(format!("{above}\n\n{}\n", printed.trim()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_stands_below_the_heading() {
        let table = "| a | b |\n|---|--:|\n| c | 1 |";
        assert_eq!(section("## It", &format!("\n{table}\n")).unwrap(), format!("## It\n\n{table}\n"));
        assert!(section("## It", "thread 'main' panicked").is_err());
    }
}
