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

/// The request whose answers differ.
pub struct Asked<'a> {
    /// As it is printed.
    pub line: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The statuses of the reference and of Kamacite; none if either did not answer.
    pub statuses: Option<(u64, u64)>,
}

/// One difference, or the few of one answer that have one reason. `*` in a text stands for anything.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    scenario: String,
    request: String,
    /// Only at these versions; at any without it.
    versions: Option<Vec<String>>,
    /// The statuses of the reference and of Kamacite; without `at`, the answers may differ in all else too.
    status: Option<(u64, u64)>,
    #[serde(default)]
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
            let bounded = !entry.at.is_empty() || entry.status.is_some();
            ensure!(bounded, "{}: {} names neither a place nor two statuses", entry.scenario, entry.request);
        }
        Ok(Self { entries: file.difference })
    }

    /// No wanted differences at all.
    pub fn none() -> Self {
        Self { entries: Vec::new() }
    }

    /// Whether this difference is wanted. Remembers which entries were of use.
    pub fn covers(&self, scenario: &str, asked: &Asked<'_>, difference: &Difference) -> bool {
        let mut covered = false;
        for entry in self.entries.iter().filter(|entry| entry.matches(scenario, asked, difference)) {
            entry.used.set(true);
            covered = true;
        }
        covered
    }

    /// Entries of the scenarios that ran which matched nothing, described. Entries for several scenarios are told only if
    /// `all` ran.
    pub fn unused(&self, ran: &BTreeSet<String>, all: bool) -> Vec<String> {
        self.entries
            .iter()
            .filter(|entry| {
                !entry.used.get() && (ran.contains(&entry.scenario) || (all && entry.scenario.contains('*')))
            })
            .map(|entry| format!("{}: {} {}", entry.scenario, entry.request, entry.at.join(", ")))
            .collect()
    }
}

impl Entry {
    fn matches(&self, scenario: &str, asked: &Asked<'_>, difference: &Difference) -> bool {
        alike(&self.scenario, scenario)
            && alike(&self.request, asked.line)
            && self.versions.as_ref().is_none_or(|versions| versions.iter().any(|one| one == asked.version))
            && self.status.is_none_or(|statuses| Some(statuses) == asked.statuses)
            && (self.at.is_empty() || self.at.iter().any(|at| alike(at, &difference.at)))
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

    fn asked(line: &str, reference: u64, kamacite: u64) -> Asked<'_> {
        Asked { line, version: "1.1", statuses: Some((reference, kamacite)) }
    }

    #[test]
    fn an_entry_covers_what_it_says_and_no_more() {
        let wanted = wanted();
        let bad = "POST /v1/nodes {bad json";
        assert!(wanted.covers("errors", &asked(bad, 500, 400), &status(500, 400)));
        assert!(!wanted.covers("errors", &asked(bad, 500, 422), &status(500, 422)));
        assert!(!wanted.covers("errors", &asked("POST /v1/nodes {}", 500, 400), &status(500, 400)));
        assert!(!wanted.covers("other", &asked(bad, 500, 400), &status(500, 400)));
    }

    #[test]
    fn two_statuses_cover_the_whole_answer() {
        let text = "[[difference]]\nscenario = 'a'\nrequest = 'b'\nstatus = [500, 404]\nreason = 'c'";
        let wanted = Wanted::parse(text).unwrap();
        let body = Difference { at: "body".into(), reference: None, kamacite: None };
        assert!(wanted.covers("a", &asked("b", 500, 404), &body));
        assert!(!wanted.covers("a", &asked("b", 500, 400), &body));
    }

    #[test]
    fn an_entry_that_covers_nothing_is_told() {
        let (wanted, ran) = (wanted(), BTreeSet::from(["errors".to_owned()]));
        assert_eq!(wanted.unused(&ran, true).len(), 1);
        assert!(wanted.unused(&BTreeSet::new(), true).is_empty());
        wanted.covers("errors", &asked("POST /v1/nodes {bad", 500, 400), &status(500, 400));
        assert!(wanted.unused(&ran, true).is_empty());
    }

    #[test]
    fn a_reason_and_a_place_are_required() {
        let text = "[[difference]]\nscenario = 'a'\nrequest = 'b'\nat = ['status']\nreason = ' '";
        assert!(Wanted::parse(text).is_err());
        let text = "[[difference]]\nscenario = 'a'\nrequest = 'b'\nreason = 'c'";
        assert!(Wanted::parse(text).is_err());
    }
}
