//! A walk: everything that links lead to from the service root, breadth first, each resource once, by reading alone.

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use redfish::Forwarded;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{RecordError, Tape, ask, remedy};

/// Progress is told after so many resources.
const TELL_EVERY: usize = 50;

/// A BMC that is busy is asked so often.
const ATTEMPTS: u32 = 3;

/// How long a busy BMC is left alone when it does not say.
const REST: Duration = Duration::from_secs(1);

/// No longer, whatever it says.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// Links that are kept in mind; a BMC that has more makes them up.
const MOST_SEEN: usize = 100_000;

/// Collections whose members are huge, or very many, by nature. Of log entries not even the collection is read, since it
/// holds them all.
const HUGE: [&str; 3] = ["Jobs", "JsonSchemas", "MetricReports"];

/// Members whose text is a path, though they are no link (DSP0268, MessageRegistryFile).
const PATHS: [&str; 2] = ["@Redfish.ActionInfo", "Uri"];

/// A walk, and how far it has come.
pub(super) struct Walk<'a> {
    tape: &'a Tape,
    limit: usize,
    everything: bool,
    waiting: VecDeque<String>,
    seen: HashSet<String>,
    read: usize,
    left_out: usize,
    unanswered: usize,
    /// Links that were too many to be kept in mind.
    beyond: usize,
}

impl<'a> Walk<'a> {
    pub fn new(tape: &'a Tape, limit: usize, everything: bool) -> Self {
        let seen = HashSet::from([same(tape.bmc.root_path()).to_owned()]);
        let waiting = VecDeque::new();
        Self { tape, limit, everything, waiting, seen, read: 0, left_out: 0, unanswered: 0, beyond: 0 }
    }

    /// Walks on from the service root, which has been read, to the end, the limit, or until it is told to stop, and says
    /// how far it came.
    pub async fn run(
        mut self,
        root: Forwarded,
        stopped: &CancellationToken,
        say: &impl Fn(String),
    ) -> Result<(), RecordError> {
        self.took(self.tape.bmc.root_path(), &root);
        while self.read < self.limit {
            let Some(path) = self.waiting.pop_front() else { break };
            match stopped.run_until_cancelled(self.step(&path)).await {
                Some(outcome) => outcome?,
                None => break,
            }
            if self.read.is_multiple_of(TELL_EVERY) {
                say(format!("{} read, {} waiting\n", self.read, self.waiting.len()));
            }
        }
        say(self.summary());
        Ok(())
    }

    async fn step(&mut self, path: &str) -> Result<(), RecordError> {
        for attempt in 1.. {
            let began = self.tape.clock.now();
            let (asked, answer) = match ask(&self.tape.bmc, path).await {
                Ok(answered) => answered,
                Err(error) => return self.unanswered(path, error),
            };
            if attempt < ATTEMPTS && matches!(answer.status, 429 | 503) {
                self.tape.clock.sleep(rest(&answer)).await;
                continue;
            }
            self.tape.record(&asked, &answer, began)?;
            self.took(&asked.path, &answer);
            break;
        }
        Ok(())
    }

    /// Takes in what a resource leads to.
    fn took(&mut self, path: &str, answer: &Forwarded) {
        self.read += 1;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let mut links = Vec::new();
        gather(&body, &mut links);
        if (300..400).contains(&answer.status) {
            links.extend(answer.header("location"));
        }
        for link in links.iter().filter_map(|link| self.tape.bmc.follow(path, link)) {
            if !link.starts_with(self.tape.bmc.root_path()) || self.seen.contains(same(&link)) {
                continue;
            }
            if self.seen.len() >= MOST_SEEN {
                self.beyond += 1;
                continue;
            }
            self.seen.insert(same(&link).to_owned());
            if is_session(&link) || !self.everything && is_huge(&link) {
                self.left_out += 1;
            } else {
                self.waiting.push_back(link);
            }
        }
    }

    /// One resource that is not answered is no reason to give up; a BMC that is not asked any more is.
    fn unanswered(&mut self, path: &str, error: redfish::Error) -> Result<(), RecordError> {
        if matches!(error, redfish::Error::Withheld { .. } | redfish::Error::Refused { .. }) {
            let output = self.tape.output.clone();
            let problem = self.tape.clean(&error.to_string()) + remedy(&error);
            return Err(RecordError::Lost { read: self.read, output, problem });
        }
        tracing::warn!(path = self.tape.clean(path), error = self.tape.clean(&error.to_string()), "not answered");
        self.unanswered += 1;
        Ok(())
    }

    fn summary(&self) -> String {
        let count = |count: usize, what: &str| if count == 0 { String::new() } else { format!("; {count} {what}") };
        format!(
            "{} resources of {} in {}{}{}{}\n",
            self.read,
            self.tape.bmc.address(),
            self.tape.output.display(),
            count(self.left_out, "left out: sessions, and what is huge by nature"),
            count(self.unanswered, "were not answered"),
            count(self.waiting.len() + self.beyond, "were not reached; raise --limit"),
        )
    }
}

/// Everything that is a link, in the order of the body.
fn gather<'a>(body: &'a Value, links: &mut Vec<&'a str>) {
    match body {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(link) if is_link(name, link) => links.push(link),
                    other => gather(other, links),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, links)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_link(name: &str, value: &str) -> bool {
    name == "@odata.id" || name.ends_with("@odata.nextLink") || PATHS.contains(&name) && value.starts_with('/')
}

fn is_huge(path: &str) -> bool {
    let mut parts = path.split(['/', '?']).peekable();
    while let Some(part) = parts.next() {
        let has_member = parts.peek().is_some_and(|next| !next.is_empty() && !next.contains('='));
        if part == "Entries" || HUGE.contains(&part) && has_member {
            return true;
        }
    }
    false
}

/// Somebody's session is nobody else's business, and gone tomorrow.
fn is_session(path: &str) -> bool {
    path.split_once("/Sessions/").is_some_and(|(_, id)| !id.is_empty())
}

/// The path of a resource as it is compared.
pub(super) fn same(path: &str) -> &str {
    path.trim_end_matches('/')
}

fn rest(answer: &Forwarded) -> Duration {
    let asked_for = answer.header("retry-after").and_then(|seconds| seconds.trim().parse().ok());
    asked_for.map_or(REST, Duration::from_secs).min(LONGEST_REST)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn links_are_found_wherever_they_are() {
        let body = json!({
            "@odata.id": "/a", "Systems": {"@odata.id": "/b"}, "Members": [{"@odata.id": "/c"}],
            "Members@odata.nextLink": "/a?$skip=1", "@odata.context": "/x", "Uri": "/d", "Image": "/x",
            "Actions": {"#A.B": {"target": "/x", "@Redfish.ActionInfo": "/e"}}, "Oem": {"Uri": "http://elsewhere/"},
        });
        let mut links = Vec::new();
        gather(&body, &mut links);
        assert_eq!(links, ["/a", "/b", "/c", "/a?$skip=1", "/d", "/e"]);
    }

    #[track_caller]
    fn check_huge(path: &str, huge: bool) {
        assert_eq!(is_huge(path), huge, "{path}");
    }

    #[test]
    fn what_is_huge_by_nature() {
        check_huge("/redfish/v1/Managers/1/LogServices/Sel", false);
        check_huge("/redfish/v1/Managers/1/LogServices/Sel/Entries", true);
        check_huge("/redfish/v1/Managers/1/LogServices/Sel/Entries/5", true);
        check_huge("/redfish/v1/Managers/1/LogServices/Sel/Entries?$skip=50", true);
        check_huge("/redfish/v1/JsonSchemas", false);
        check_huge("/redfish/v1/JsonSchemas/", false);
        check_huge("/redfish/v1/JsonSchemas?$skip=50", false);
        check_huge("/redfish/v1/JsonSchemas/Chassis", true);
        check_huge("/redfish/v1/JobService/Jobs/7", true);
        check_huge("/redfish/v1/Registries/Base", false);
    }

    #[test]
    fn sessions_are_left_out() {
        assert!(is_session("/redfish/v1/SessionService/Sessions/1"));
        assert!(!is_session("/redfish/v1/SessionService/Sessions"));
    }
}
