//! Everything that is checked, in order: what is quick first, and what shares compiled code side by side.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use super::needs::Tools;
use crate::{support::places, supported};

/// A program whose success is wanted.
pub struct Check {
    /// What the table calls it.
    pub name: &'static str,
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// What its environment has besides ours.
    pub env: Vec<(&'static str, OsString)>,
}

/// Every check; `own` is this program.
pub fn all(own: &Path, tools: &Tools) -> Vec<Check> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let kamacite = places::target().join("debug").join("kamacite");
    let own = |name, args: &[&str]| Check::new(name, own, args.iter().copied());
    let cargo = |name, args: &str| Check::new(name, &cargo, args.split(' '));
    let mut tests = match tools.nextest {
        true => vec![cargo("tests", "nextest run --workspace --locked --no-fail-fast --no-tests pass")],
        false => vec![cargo("tests", "test --workspace --locked --no-fail-fast --lib --bins --tests")],
    };
    // cargo-nextest does not know of them.
    tests.push(cargo("tests in documentation", "test --workspace --locked --no-fail-fast --doc"));
    for test in &mut tests {
        test.env = vec![
            (supported::VARIABLE, supported::account().into()),
            ("KAMACITE_PROGRAM", kamacite.clone().into()),
            ("KAMACITE_BAREMETAL", tools.clients.program("baremetal").into()),
            ("KAMACITE_OPENSTACK", tools.clients.program("openstack").into()),
            ("KAMACITE_CLIENTS_PYTHON", tools.clients.program("python").into()),
            ("KAMACITE_SUSHY_EMULATOR", tools.clients.program("sushy-emulator").into()),
            // Debian's own, in the path.
            ("KAMACITE_IPMI_SIM", "ipmi_sim".into()),
            ("KAMACITE_IPMITOOL", "ipmitool".into()),
            // A snapshot that differs is a failure, not a new file.
            ("INSTA_UPDATE", "no".into()),
        ];
    }
    let mut all = vec![
        cargo("format", "fmt --all --check"),
        own("tidy", &["tidy"]),
        own("edges", &["edges"]),
        Check::new("dependencies", &tools.cargo_deny, ["check", "licenses", "bans"]),
        cargo("clippy", "clippy --workspace --all-targets --locked --keep-going -- -D warnings"),
        cargo("documentation", "doc --workspace --no-deps --locked --keep-going").with("RUSTDOCFLAGS", "-D warnings"),
        // What the tests from outside and the comparison run. A build for release would take longer than all tests.
        cargo("the program", "build --package kamacite --locked"),
    ];
    all.extend(tests);
    all.push(own("surface of a driver", &["surface"]));
    all.push(own("guide for drivers", &["guide"]));
    all.push(own("supported drivers", &["pages", "--check"]));
    let mut openapi = own("openapi", &["openapi"]);
    openapi.args.extend(["--venv".into(), tools.schemathesis.folder().into(), "--kamacite".into(), (&kamacite).into()]);
    all.push(openapi);
    let mut conformance = own("conformance", &["conformance"]);
    conformance.args.extend(["--venv".into(), tools.reference.folder().into(), "--kamacite".into(), kamacite.into()]);
    all.push(conformance);
    all
}

impl Check {
    /// A check that runs a program.
    pub fn new(
        name: &'static str,
        program: impl Into<PathBuf>,
        args: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        Self { name, program: program.into(), args: args.into_iter().map(Into::into).collect(), env: Vec::new() }
    }

    fn with(mut self, variable: &'static str, value: &str) -> Self {
        self.env.push((variable, value.into()));
        self
    }

    /// The program, to be started.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).envs(self.env.iter().map(|(name, value)| (name, value)));
        command.current_dir(places::root());
        command
    }

    /// What a person would type, but for the environment.
    pub fn line(&self) -> String {
        let program = self.program.file_name().unwrap_or_default().to_string_lossy();
        let args = self.args.iter().map(|arg| arg.to_string_lossy());
        [program].into_iter().chain(args).collect::<Vec<_>>().join(" ")
    }
}
