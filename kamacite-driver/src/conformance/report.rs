//! What the kit found, for people.

use std::fmt;

use super::{Check, Kit};

/// Something that a driver does not keep to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was checked.
    pub check: Check,
    /// What it is about: an interface, and the operation.
    pub about: String,
    /// What was met.
    pub met: String,
    /// What the author must do.
    pub remedy: &'static str,
}

/// What came of a check.
#[derive(Debug)]
pub struct Report {
    check: Check,
    findings: Vec<Finding>,
    untried: Vec<String>,
}

impl Report {
    pub(super) fn new(check: Check) -> Self {
        Self { check, findings: Vec::new(), untried: Vec::new() }
    }

    /// What the driver does not keep to; nothing when all is well.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What could not be tried, and why.
    pub fn untried(&self) -> &[String] {
        &self.untried
    }

    pub(super) fn wrong(&mut self, about: impl fmt::Display, met: impl fmt::Display, remedy: &'static str) {
        self.findings.push(Finding { check: self.check, about: about.to_string(), met: met.to_string(), remedy });
    }

    pub(super) fn cannot_try(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.untried.contains(&what) {
            self.untried.push(what);
        }
    }

    /// Takes out what is excused, and puts in what excuses nothing.
    pub(super) fn excuse(&mut self, kit: &Kit) {
        let own = self.check;
        for (_, about, reason) in kit.excuses.iter().filter(|(check, ..)| *check == own) {
            let before = self.findings.len();
            self.findings.retain(|finding| !finding.about.starts_with(about.as_str()));
            if self.findings.len() == before {
                self.wrong(about, format_args!("it is excused ({reason}), and does nothing wrong"), "drop the excuse");
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.check.name())?;
        writeln!(f, "  asked of every driver: {}", self.check.asks().trim())?;
        for Finding { about, met, remedy, .. } in &self.findings {
            writeln!(f, "  - {about}: {met}\n    what to do: {remedy}")?;
        }
        self.untried.iter().try_for_each(|what| writeln!(f, "  (not tried: {what})"))
    }
}
