//! Differences that are wanted, each with its reason: `conformance/wanted.toml`.

use std::{cell::Cell, collections::BTreeSet, path::Path};

use anyhow::{Context, Result, ensure};
use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::compare::Difference;

/// The entries of the file.
pub struct Wanted {
    entries: Vec<Entry>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    difference: Vec<Entry>,
}

/// One difference, or the few of one answer that have one reason. `*` in a text stands for anything.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    scenario: String,
    request: String,
    /// Only at these versions; at any without it.
    versions: Option<Vec<String>>,
    at: Vec<String>,
    reference: Option<Value>,
    kamacite: Option<Value>,
    reason: String,
    #[serde(skip)]
    used: Cell<bool>,
}

impl Wanted {
    /// Reads the file.
    ///
    /// # Errors
    /// Not readable, or an entry without a reason.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("reading {}", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let file: File = toml::from_str(text)?;
        for entry in &file.difference {
            ensure!(!entry.reason.trim().is_empty(), "{}: {} has no reason", entry.scenario, entry.request);
            ensure!(!entry.at.is_empty(), "{}: {} names no place", entry.scenario, entry.request);
        }
        Ok(Self { entries: file.difference })
    }

    /// No wanted differences at all.
    pub fn none() -> Self {
        Self { entries: Vec::new() }
    }

    /// Whether this difference is wanted. Remembers which entries were of use.
    pub fn covers(&self, scenario: &str, line: &str, version: &str, difference: &Difference) -> bool {
        let mut covered = false;
        for entry in self.entries.iter().filter(|entry| entry.matches(scenario, line, version, difference)) {
            entry.used.set(true);
            covered = true;
        }
        covered
    }

    /// Entries of the scenarios that ran which matched nothing, described.
    pub fn unused(&self, ran: &BTreeSet<String>) -> Vec<String> {
        self.entries
            .iter()
            .filter(|entry| !entry.used.get() && (ran.contains(&entry.scenario) || entry.scenario.contains('*')))
            .map(|entry| format!("{}: {} at {}", entry.scenario, entry.request, entry.at.join(", ")))
            .collect()
    }
}

impl Entry {
    fn matches(&self, scenario: &str, line: &str, version: &str, difference: &Difference) -> bool {
        alike(&self.scenario, scenario)
            && alike(&self.request, line)
            && self.versions.as_ref().is_none_or(|versions| versions.iter().any(|one| one == version))
            && self.at.iter().any(|at| alike(at, &difference.at))
            && self.reference.as_ref().is_none_or(|expected| same(expected, difference.reference.as_ref()))
            && self.kamacite.as_ref().is_none_or(|expected| same(expected, difference.kamacite.as_ref()))
    }
}

fn same(expected: &Value, found: Option<&Value>) -> bool {
    match (expected, found) {
        (Value::String(pattern), Some(Value::String(text))) => alike(pattern, text),
        (expected, found) => found == Some(expected),
    }
}

fn alike(pattern: &str, text: &str) -> bool {
    let parts: Vec<String> = pattern.split('*').map(regex::escape).collect();
    Regex::new(&format!("^(?s){}$", parts.join(".*"))).is_ok_and(|pattern| pattern.is_match(text))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn wanted() -> Wanted {
        Wanted::parse(
            r#"
            [[difference]]
            scenario = "errors"
            request = "POST /v1/nodes {bad*"
            at = ["status"]
            reference = 500
            kamacite = 400
            reason = "malformed JSON is the client's mistake"
            "#,
        )
        .unwrap()
    }

    fn status(reference: u16, kamacite: u16) -> Difference {
        Difference { at: "status".into(), reference: Some(reference.into()), kamacite: Some(kamacite.into()) }
    }

    #[test]
    fn an_entry_covers_what_it_says_and_no_more() {
        let wanted = wanted();
        assert!(wanted.covers("errors", "POST /v1/nodes {bad json", "1.1", &status(500, 400)));
        assert!(!wanted.covers("errors", "POST /v1/nodes {bad json", "1.1", &status(500, 422)));
        assert!(!wanted.covers("errors", "POST /v1/nodes {}", "1.1", &status(500, 400)));
        assert!(!wanted.covers("other", "POST /v1/nodes {bad json", "1.1", &status(500, 400)));
    }

    #[test]
    fn an_entry_that_covers_nothing_is_told() {
        let (wanted, ran) = (wanted(), BTreeSet::from(["errors".to_owned()]));
        assert_eq!(wanted.unused(&ran).len(), 1);
        assert!(wanted.unused(&BTreeSet::new()).is_empty());
        wanted.covers("errors", "POST /v1/nodes {bad", "1.1", &status(500, 400));
        assert!(wanted.unused(&ran).is_empty());
    }

    #[test]
    fn a_reason_is_required() {
        let text = "[[difference]]\nscenario = 'a'\nrequest = 'b'\nat = ['status']\nreason = ' '";
        assert!(Wanted::parse(text).is_err());
    }
}
