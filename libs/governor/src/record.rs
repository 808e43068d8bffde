//! The last few exchanges with a BMC and those under way, for people to look at; nothing secret is kept.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// How many exchanges are kept of each BMC: enough to see what led to the last one, little enough for ten thousand BMCs.
const KEPT: usize = 4;

/// The longest text that is kept of a request or its outcome, in bytes.
const LONGEST: usize = 200;

/// One request and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The request, without anything secret.
    pub what: String,
    /// What became of it.
    pub outcome: String,
    /// How long it took.
    pub took: Duration,
    ended: Instant,
}

impl Exchange {
    /// How long ago it ended.
    pub fn ago(&self) -> Duration {
        self.ended.elapsed()
    }
}

/// A request that is not answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// The request, without anything secret.
    pub what: String,
    /// For how long its answer has been waited for.
    pub for_so_long: Duration,
}

/// What is remembered of the conversation with one BMC.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The newest first.
    ended: VecDeque<Exchange>,
    under_way: Vec<UnderWay>,
    /// The number of the next request.
    next: u64,
}

#[derive(Debug)]
struct UnderWay {
    number: u64,
    what: String,
    started: Instant,
}

impl Record {
    /// Takes note of a request; the number tells it from others.
    pub fn begins(&mut self, what: &str, started: Instant) -> u64 {
        let number = self.next;
        self.next += 1;
        self.under_way.push(UnderWay { number, what: public(what), started });
        number
    }

    /// Takes note of what became of it.
    pub fn ends(&mut self, number: u64, outcome: &str, ended: Instant) {
        let Some(at) = self.under_way.iter().position(|one| one.number == number) else { return };
        let UnderWay { what, started, .. } = self.under_way.swap_remove(at);
        self.ended.truncate(KEPT - 1);
        let took = ended.saturating_duration_since(started);
        self.ended.push_front(Exchange { what, outcome: public(outcome), took, ended });
    }

    /// The last exchanges, the newest first.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.ended.iter().cloned().collect()
    }

    /// The requests under way, the oldest first.
    pub fn asking(&self, now: Instant) -> Vec<Asking> {
        let mut under_way: Vec<_> = self.under_way.iter().collect();
        under_way.sort_by_key(|one| one.number);
        let asking =
            |one: &UnderWay| Asking { what: one.what.clone(), for_so_long: now.saturating_duration_since(one.started) };
        under_way.into_iter().map(asking).collect()
    }
}

/// A text without what may be secret in it: the values of a query, and the user that an address names; not longer than is
/// good to read.
fn public(text: &str) -> String {
    let words: Vec<_> = text.split(' ').map(|word| without_values(&without_user(word))).collect();
    let mut shown = words.join(" ");
    if shown.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| shown.is_char_boundary(*end)).unwrap_or_default();
        shown.truncate(end);
        shown.push('…');
    }
    shown
}

/// `https://user:password@host/` is `https://host/` (RFC 3986, 3.2.1).
fn without_user(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else { return word.to_owned() };
    // A password may hold anything: rather too much is cut than too little.
    let end = rest.find('?').unwrap_or(rest.len()).max(rest.find('/').unwrap_or_default());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => word.to_owned(),
    }
}

/// `/path?name=value` is `/path?name=…`.
fn without_values(word: &str) -> String {
    let Some((path, query)) = word.split_once('?').filter(|(_, query)| !query.is_empty()) else {
        return word.to_owned();
    };
    let name = |pair: &str| match pair.split_once('=') {
        Some((name, _)) => format!("{name}=…"),
        // A value that has no name is a value all the same.
        None => "…".to_owned(),
    };
    let names: Vec<_> = query.split('&').map(name).collect();
    format!("{path}?{}", names.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(public(text), expected);
    }

    #[test]
    fn what_may_be_secret_is_cut() {
        check("GET /redfish/v1/Systems/1", "GET /redfish/v1/Systems/1");
        check("Get Chassis Status", "Get Chassis Status");
        check("GET /a?$expand=.&token=calvin", "GET /a?$expand=…&token=…");
        check("GET /a?calvin", "GET /a?…");
        check("who is there?", "who is there?");
        check(
            "no way to https://root:calvin@10.0.0.5/redfish?x=calvin now",
            "no way to https://10.0.0.5/redfish?x=… now",
        );
        check("https://root:cal/vin@10.0.0.5", "https://10.0.0.5");
        check("https://root:cal?vin@10.0.0.5/", "https://10.0.0.5/");
        check("https://10.0.0.5/a?b@c", "https://10.0.0.5/a?…");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = "é".repeat(LONGEST);
        let shown = public(&long);
        assert!(shown.len() <= LONGEST + '…'.len_utf8() && shown.ends_with("é…"), "{shown}");
    }

    #[test]
    fn the_last_few_are_kept_and_the_oldest_that_waits_comes_first() {
        let (mut record, now) = (Record::default(), Instant::now());
        let numbers: Vec<_> = (0..9).map(|n| record.begins(&format!("GET /{n}"), now)).collect();
        for number in &numbers[2..] {
            record.ends(*number, "200", now);
        }
        record.ends(numbers[8], "twice", now);
        let ended: Vec<_> = record.exchanges().into_iter().map(|one| one.what).collect();
        assert_eq!(ended, ["GET /8", "GET /7", "GET /6", "GET /5"]);
        let asking: Vec<_> = record.asking(now + Duration::from_secs(3)).into_iter().map(|one| one.what).collect();
        assert_eq!(asking, ["GET /0", "GET /1"]);
    }
}
