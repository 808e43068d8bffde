//! Plays a scenario on both servers at once and compares answer by answer.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use reqwest::{Client, Method};
use serde_json::Value;

use super::{
    compare::{Answer, Difference, Normaliser, contains, differences},
    scenario::{NEWEST, NO_VERSION, Request, Scenario, Step},
    servers,
};

/// What one step of a scenario brought.
pub struct Outcome {
    /// The request as written.
    pub request: Request,
    /// Where the answers differ.
    pub differences: Vec<Difference>,
    /// Both answers, for people who want to see them.
    pub answers: Option<(Answer, Answer)>,
}

/// One of the two servers, and what was learnt from it.
struct Side<'a> {
    client: &'a Client,
    url: &'a str,
    captured: BTreeMap<String, String>,
    created: Vec<String>,
}

const VERSION: &str = "X-OpenStack-Ironic-API-Version";

/// Plays a scenario; `reference` and `kamacite` are the addresses of the servers.
///
/// # Errors
/// A server cannot be reached, or objects cannot be removed afterwards.
pub async fn play(client: &Client, scenario: &Scenario, reference: &str, kamacite: &str) -> Result<Vec<Outcome>> {
    let mut theirs = Side::introduce(client, reference).await?;
    let mut ours = Side::introduce(client, kamacite).await?;
    let mut outcomes = Vec::new();
    for step in &scenario.steps {
        let (one, other) = tokio::join!(theirs.take(step), ours.take(step));
        outcomes.push(outcome(scenario, step, (&theirs, one), (&ours, other)));
    }
    if scenario.own_servers {
        return Ok(outcomes);
    }
    let (one, other) = tokio::join!(theirs.clean_up(), ours.clean_up());
    one.with_context(|| format!("cleaning up the reference after {}", scenario.name))?;
    other.with_context(|| format!("cleaning up kamacite after {}", scenario.name))?;
    Ok(outcomes)
}

type Taken = Result<(Answer, bool)>;

fn outcome(scenario: &Scenario, step: &Step, theirs: (&Side<'_>, Taken), ours: (&Side<'_>, Taken)) -> Outcome {
    let request = step.request.clone();
    let (one, other) = match (theirs.1, ours.1) {
        (Ok(one), Ok(other)) => (one, other),
        (one, other) => {
            let text = |taken: Taken| {
                Some(Value::String(taken.map_or_else(|error| format!("{error:#}"), |_| "an answer".into())))
            };
            let difference = Difference { at: "request".into(), reference: text(one), kamacite: text(other) };
            return Outcome { request, differences: vec![difference], answers: None };
        }
    };
    let normaliser = |side: &Side<'_>| Normaliser::new(side.url, &side.captured, &scenario.source);
    let (reference, kamacite) = ((&one.0, &normaliser(theirs.0)), (&other.0, &normaliser(ours.0)));
    let mut found = differences(reference, kamacite, &step.ignore, &step.unordered);
    if !(one.1 && other.1) {
        let text = |reached: bool| Some(Value::String(if reached { "reached" } else { "not reached in time" }.into()));
        found.insert(0, Difference { at: "until".into(), reference: text(one.1), kamacite: text(other.1) });
    }
    Outcome { request, differences: found, answers: Some((one.0, other.0)) }
}

impl<'a> Side<'a> {
    async fn introduce(client: &'a Client, url: &'a str) -> Result<Self> {
        let captured = servers::introduction(client, url).await?;
        Ok(Self { client, url, captured, created: Vec::new() })
    }

    /// Sends the request, repeatedly if the step waits for something, and tells whether that was reached.
    async fn take(&mut self, step: &Step) -> Taken {
        let request = step.request.filled(&self.captured)?;
        let start = Instant::now();
        let (answer, reached) = loop {
            let answer = self.send(&request).await?;
            let Some(until) = &step.until else { break (answer, true) };
            let body = serde_json::from_str::<Value>(&answer.body).unwrap_or_default();
            if contains(&body, until) {
                break (answer, true);
            }
            if start.elapsed() > Duration::from_secs(step.limit_s) {
                break (answer, false);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        self.remember(step, &answer);
        Ok((answer, reached))
    }

    fn remember(&mut self, step: &Step, answer: &Answer) {
        if answer.status == 201
            && let Some(location) = answer.headers.get("location")
        {
            self.created.push(location.replace(self.url, ""));
        }
        let body = serde_json::from_str::<Value>(&answer.body).unwrap_or_default();
        for (name, pointer) in &step.capture {
            let value = match body.pointer(pointer) {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                // The next request that uses the name says that it was not captured.
                None => continue,
            };
            self.captured.insert(name.clone(), value);
        }
    }

    async fn send(&self, request: &Request) -> Result<Answer> {
        let method = Method::from_bytes(request.method.as_bytes())?;
        let mut sent = self.client.request(method, format!("{}{}", self.url, request.path));
        if request.version != NO_VERSION {
            sent = sent.header(VERSION, &request.version);
        }
        if let Some(body) = &request.body {
            sent = sent.body(body.clone());
            if !request.headers.contains_key("Content-Type") {
                sent = sent.header("Content-Type", "application/json");
            }
        }
        for (name, value) in request.headers.iter().filter(|(_, value)| !value.is_empty()) {
            sent = sent.header(name, value);
        }
        let answer = sent.send().await?;
        let status = answer.status().as_u16();
        let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = answer.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        Ok(Answer { status, headers, body: answer.text().await? })
    }

    /// Deletes what the scenario created, the newest first, so that the next one finds nothing.
    async fn clean_up(&self) -> Result<()> {
        for path in self.created.iter().rev() {
            self.delete(path).await.with_context(|| format!("deleting {path}"))?;
        }
        Ok(())
    }

    async fn delete(&self, path: &str) -> Result<()> {
        let request = |method: &str, path: String| Request {
            method: method.to_owned(),
            path,
            body: None,
            version: NEWEST.to_owned(),
            headers: BTreeMap::new(),
        };
        let start = Instant::now();
        loop {
            if path.contains("/nodes/") {
                // A node in maintenance can be deleted in any state, unless it is protected.
                let unprotect = Request { body: Some(UNPROTECT.to_owned()), ..request("PATCH", path.to_owned()) };
                self.send(&unprotect).await?;
                self.send(&request("PUT", format!("{path}/maintenance"))).await?;
            }
            let answer = self.send(&request("DELETE", path.to_owned())).await?;
            if matches!(answer.status, 204 | 404) {
                return Ok(());
            }
            // Most likely it is locked by an operation that the scenario left running.
            if start.elapsed() > Duration::from_secs(30) {
                anyhow::bail!("answered {}: {}", answer.status, answer.body);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

const UNPROTECT: &str = r#"[{"op": "replace", "path": "/protected", "value": false}]"#;
