//! Scenarios: lists of requests, read from `conformance/scenarios/*.toml`.
//!
//! TOML, because a body is then the JSON text exactly as it is sent: malformed ones and nulls need no second notation.
//! `conformance/README.md` explains the notation.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

/// Sections and options of the servers' configuration that differ from `conformance/servers.conf`.
pub type Config = BTreeMap<String, BTreeMap<String, String>>;

/// The newest version, at which a request is sent unless it says otherwise.
pub const NEWEST: &str = "1.115";

/// A version that stands for "send no version header".
pub const NO_VERSION: &str = "absent";

/// Requests that belong together; every scenario starts without any nodes.
pub struct Scenario {
    /// The file's name without its ending.
    pub name: String,
    /// The file as it was written, to tell names that were chosen from names that were made up.
    pub source: String,
    /// What the servers are configured with.
    pub config: Config,
    /// Whether it must not share its servers with other scenarios.
    pub own_servers: bool,
    /// What is sent, in order.
    pub steps: Vec<Step>,
}

/// A request and what to do with its answer.
#[derive(Debug, Clone)]
pub struct Step {
    /// What is sent. Holds names in braces until it is.
    pub request: Request,
    /// Repeat the request until the answer contains this, instead of sending it once.
    pub until: Option<Value>,
    /// How long to repeat it, in seconds.
    pub limit_s: u64,
    /// Values to remember from the answer: name and JSON pointer.
    pub capture: BTreeMap<String, String>,
    /// JSON pointers that are not compared.
    pub ignore: Vec<String>,
    /// JSON pointers of arrays whose order has no meaning.
    pub unordered: Vec<String>,
}

/// A request as written.
#[derive(Debug, Clone)]
pub struct Request {
    /// The verb.
    pub method: String,
    /// The path and the query.
    pub path: String,
    /// The body, as text.
    pub body: Option<String>,
    /// The value of the version header.
    pub version: String,
    /// Further headers; an empty value removes one that would be there.
    pub headers: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "about")]
    _about: String,
    #[serde(default)]
    config: Config,
    #[serde(default)]
    own_servers: bool,
    version: Option<String>,
    requests: Vec<toml::Value>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Entry {
    send: Option<String>,
    wait: Option<String>,
    at: Option<String>,
    poll: Option<String>,
    until: Option<String>,
    limit_s: Option<u64>,
    version: Option<String>,
    versions: Option<Vec<String>>,
    every_version: Option<bool>,
    each: Option<Vec<String>>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    capture: BTreeMap<String, String>,
    #[serde(default)]
    ignore: Vec<String>,
    #[serde(default)]
    unordered: Vec<String>,
}

/// Reads all scenarios of a folder, in the order of their names.
///
/// # Errors
/// Names the file and what is wrong in it.
pub fn load(folder: &Path) -> Result<Vec<Scenario>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| format!("reading {}", folder.display()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    files.iter().map(|path| read(path).with_context(|| format!("reading {}", path.display()))).collect()
}

fn read(path: &Path) -> Result<Scenario> {
    let source = std::fs::read_to_string(path)?;
    let file: File = toml::from_str(&source)?;
    let default_version = file.version.as_deref().unwrap_or(NEWEST);
    let mut steps = Vec::new();
    for (number, entry) in file.requests.into_iter().enumerate() {
        let said = entry.to_string();
        steps.extend(expand(entry, default_version).with_context(|| format!("request {}: {said}", number + 1))?);
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Scenario { name, source, config: file.config, own_servers: file.own_servers, steps })
}

/// One entry of the list as the steps it stands for.
fn expand(entry: toml::Value, default_version: &str) -> Result<Vec<Step>> {
    let entry = match entry {
        toml::Value::String(line) => Entry { send: Some(line), ..Entry::default() },
        other => other.try_into::<Entry>()?,
    };
    let versions = match (&entry.version, &entry.versions, entry.every_version) {
        (Some(one), None, None) => vec![one.clone()],
        (None, Some(several), None) => several.clone(),
        (None, None, Some(true)) => (1..=115).map(|minor| format!("1.{minor}")).collect(),
        (None, None, _) => vec![default_version.to_owned()],
        _ => bail!("only one of version, versions and every_version"),
    };
    let each = entry.each.clone().unwrap_or_else(|| vec![String::new()]);
    let mut steps = Vec::new();
    for value in &each {
        for version in &versions {
            steps.push(step(&entry, value, version)?);
        }
    }
    Ok(steps)
}

fn step(entry: &Entry, each: &str, version: &str) -> Result<Step> {
    let (line, until) = match (&entry.send, &entry.wait, &entry.poll) {
        (Some(line), None, None) => {
            ensure!(entry.until.is_none() && entry.at.is_none(), "`until` goes with `poll`, `at` with `wait`");
            (line.clone(), None)
        }
        (None, Some(node), None) => {
            let at = entry.at.as_deref().context("`wait` needs `at`, the state to wait for")?;
            let idle = serde_json::json!({ "provision_state": at, "reservation": null, "target_power_state": null });
            (format!("GET /v1/nodes/{node}"), Some(idle))
        }
        (None, None, Some(line)) => {
            let until = entry
                .until
                .as_deref()
                .context("`poll` needs `until`, a JSON document to be contained in the answer")?;
            (line.clone(), Some(serde_json::from_str(until)?))
        }
        _ => bail!("exactly one of `send`, `wait` and `poll`"),
    };
    let line = line.replace("{each}", each);
    let (method, rest) = line.split_once(' ').context("a request is written METHOD /path BODY")?;
    let (path, body) = match rest.split_once(' ') {
        Some((path, body)) => (path, Some(body.trim().to_owned())),
        None => (rest, None),
    };
    ensure!(path.starts_with('/') || path == "*", "the path begins with a slash");
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        body,
        version: version.to_owned(),
        headers: entry.headers.clone(),
    };
    Ok(Step {
        request,
        until,
        limit_s: entry.limit_s.unwrap_or(15),
        capture: entry.capture.clone(),
        ignore: entry.ignore.clone(),
        unordered: entry.unordered.clone(),
    })
}

impl Request {
    /// The request with the names in braces replaced by what was captured under them.
    ///
    /// # Errors
    /// Nothing was captured under a name.
    pub fn filled(&self, captured: &BTreeMap<String, String>) -> Result<Self> {
        let mut filled = self.clone();
        filled.path = fill(&self.path, captured)?;
        filled.body = self.body.as_deref().map(|body| fill(body, captured)).transpose()?;
        Ok(filled)
    }

    /// The request in one line, for people and for `conformance/wanted.toml`.
    pub fn line(&self) -> String {
        let body = self.body.as_deref().map(|body| format!(" {}", shortened(body))).unwrap_or_default();
        format!("{} {}{body}", self.method, self.path)
    }
}

fn fill(text: &str, captured: &BTreeMap<String, String>) -> Result<String> {
    let name = Regex::new(r"\{([a-z_][a-z0-9_]*)\}")?;
    let mut filled = text.to_owned();
    for found in name.captures_iter(text) {
        let value = captured.get(&found[1]).with_context(|| format!("nothing was captured as {}", &found[1]))?;
        filled = filled.replace(&found[0], value);
    }
    Ok(filled)
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 200 {
        text.to_owned()
    } else {
        format!("{}...", text.chars().take(200).collect::<String>())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn steps(entry: &str) -> Vec<Step> {
        let table: toml::Table = toml::from_str(&format!("entry = {entry}")).unwrap();
        expand(table["entry"].clone(), NEWEST).unwrap()
    }

    #[test]
    fn a_line_is_method_path_and_body() {
        let step = &steps(r#"'POST /v1/nodes {"driver": "fake hardware"}'"#)[0];
        assert_eq!(step.request.path, "/v1/nodes");
        assert_eq!(step.request.body.as_deref(), Some(r#"{"driver": "fake hardware"}"#));
        assert_eq!(step.request.version, NEWEST);
    }

    #[test]
    fn each_and_versions_multiply() {
        let lines: Vec<(String, String)> =
            steps(r#"{ send = "GET /v1/{each}", each = ["a", "b"], versions = ["1.1", "1.2"] }"#)
                .into_iter()
                .map(|step| (step.request.line(), step.request.version))
                .collect();
        let expected = [("GET /v1/a", "1.1"), ("GET /v1/a", "1.2"), ("GET /v1/b", "1.1"), ("GET /v1/b", "1.2")];
        assert_eq!(lines, expected.map(|(line, version)| (line.to_owned(), version.to_owned())));
    }

    #[test]
    fn waiting_asks_for_an_idle_node() {
        let step = &steps(r#"{ wait = "{n}", at = "active" }"#)[0];
        assert_eq!(step.request.line(), "GET /v1/nodes/{n}");
        let idle = serde_json::json!({ "provision_state": "active", "reservation": null, "target_power_state": null });
        assert_eq!(step.until, Some(idle));
    }

    #[test]
    fn names_are_filled_but_json_is_left_alone() {
        let captured = BTreeMap::from([("n".to_owned(), "42".to_owned())]);
        assert_eq!(fill(r#"/{n} {"n": {}}"#, &captured).unwrap(), r#"/42 {"n": {}}"#);
        assert!(fill("/{m}", &captured).is_err());
    }

    #[test]
    fn a_misspelt_key_is_refused() {
        let table: toml::Table = toml::from_str(r#"entry = { send = "GET /", ignroe = ["/a"] }"#).unwrap();
        assert!(expand(table["entry"].clone(), NEWEST).is_err());
    }
}
