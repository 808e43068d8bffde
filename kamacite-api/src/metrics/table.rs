//! The table of metrics: name, kind, labels and what each says. Nothing is told that does not stand here.

use prometheus_client::metrics::MetricType;

/// One metric: a name under which there is a value for each combination of labels.
#[derive(Debug)]
pub struct Metric {
    /// Without the `_total` that a counter has at its end, and without what histograms add.
    pub name: &'static str,
    /// What is done with it.
    pub kind: Kind,
    /// The names of its labels. Each has few values, all known beforehand: no node, no address, no path as it was asked for.
    pub labels: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

/// What kind of value a metric has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Counts up.
    Counter,
    /// Goes up and down.
    Gauge,
    /// How long something took.
    Histogram,
}

impl Kind {
    /// The same for the encoder.
    pub const fn prometheus(self) -> MetricType {
        match self {
            Self::Counter => MetricType::Counter,
            Self::Gauge => MetricType::Gauge,
            Self::Histogram => MetricType::Histogram,
        }
    }
}

macro_rules! metrics {
    ($($NAME:ident = $Kind:ident $name:literal [$($label:literal),*] $help:literal;)+) => {
        $(
            #[doc = $help]
            pub static $NAME: Metric = Metric {
                name: concat!("kamacite_", $name),
                kind: Kind::$Kind,
                labels: &[$($label),*],
                help: $help,
            };
        )+

        /// Every metric, in the order of the page.
        pub static ALL: &[&Metric] = &[$(&$NAME),+];
    };
}

metrics! {
    INFO = Gauge "info" ["version"] "1, and the version of the program.";
    START_TIME = Gauge "start_time_seconds" [] "When the API started, in seconds since 1970.";
    REQUESTS = Counter "requests" ["route", "verb", "status"] "Requests to the API by the route their path leads to (none where it leads nowhere), verb and class of status.";
    REQUEST_DURATION = Histogram "request_duration_seconds" ["route", "verb"] "How long requests took, from the arrival of the head to the answer.";
    NODES = Gauge "nodes" ["provision_state"] "Nodes by provision state; states without nodes are left out.";
    OPERATIONS = Gauge "operations" ["kind", "state"] "Operations that have not ended, by kind and state; kinds without any are left out.";
    OLDEST_OPERATION = Gauge "operation_oldest_age_seconds" ["kind", "state"] "For how long the oldest operation has been under way of those that have not ended.";
    OPERATION_DURATION = Histogram "operation_duration_seconds" ["kind", "outcome"] "How long operations took from being asked for to their end, by kind and outcome.";
    LOCKS = Gauge "locks_held" [] "Nodes whose lock this process takes, holds or gives up.";
    LOCK_WAITERS = Gauge "lock_waiters" [] "Pieces of work that wait for the lock of a node.";
    LOCK_WAIT = Histogram "lock_wait_seconds" [] "How long those waited for a lock who had to wait, whether or not they got it.";
    LOCK_REFUSALS = Counter "lock_refusals" [] "Locks that were not had: the node stayed locked, or nobody was to wait for it.";
    BMCS = Gauge "bmcs" ["condition"] "BMCs that something was asked of or was about to be, by how they answer.";
    BMC_CALL_DURATION = Histogram "bmc_call_duration_seconds" ["protocol", "outcome"] "How long requests to BMCs took, all attempts apart, by protocol and outcome: answered (whatever the answer), silent, refused (the credentials), broken (the line, or given up).";
    BMC_CALL_WAIT = Histogram "bmc_call_wait_seconds" ["protocol"] "How long requests to BMCs waited for a place before they were made.";
    BMC_CALLS_WITHHELD = Counter "bmc_calls_withheld" ["protocol"] "Requests to BMCs that were not made, because the BMC had been silent or had refused the credentials.";
    SWEEP_DURATION = Histogram "sweep_duration_seconds" ["sweep"] "How long periodic work took. The power sweep goes on with BMCs that keep it waiting after its end.";
    SWEEP_FAILURES = Counter "sweep_failures" ["sweep"] "Periodic work that broke off.";
    EVENTS = Counter "events" ["type"] "Events that were put before the followers of /kamacite/v1/events, whether or not there were any.";
    EVENT_FOLLOWERS = Gauge "event_followers" [] "Clients that follow the events.";
    QUEUED_JOBS = Gauge "database_queued_jobs" [] "Changes that wait for the writer of the database, or for the disk.";
    JOBS = Counter "database_jobs" [] "Changes that the writer of the database took in hand; by the commits, how many share one.";
    COMMIT_DURATION = Histogram "database_commit_duration_seconds" ["durability"] "How long transactions took from the first statement on: full ones until they were on disk, lazy ones (locks) until they were committed.";
    DATABASE_SIZE = Gauge "database_size_bytes" ["part"] "How large the database is on disk: its rows, and the log that is folded into them. Left out where it is in memory.";
    CACHE_LOOKUPS = Counter "node_cache_lookups" ["outcome"] "Nodes that were looked up by outcome: a hit in memory, or a miss that was read from the database.";
    CACHED_NODES = Gauge "node_cache_nodes" [] "Nodes that are kept in memory.";
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    impl Metric {
        /// The name as it stands on the page, before what histograms add.
        fn exposed(&self) -> String {
            match self.kind {
                Kind::Counter => format!("{}_total", self.name),
                Kind::Gauge | Kind::Histogram => self.name.to_owned(),
            }
        }
    }

    fn file(path: &str) -> String {
        std::fs::read_to_string(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    /// Every name in a text that begins as ours do.
    fn names(text: &str) -> BTreeSet<String> {
        let words = text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
        words.filter(|word| word.starts_with("kamacite_")).map(str::to_owned).collect()
    }

    /// Every name that stands on the page.
    fn samples() -> BTreeSet<String> {
        let of = |metric: &&Metric| match metric.kind {
            Kind::Counter | Kind::Gauge => vec![metric.exposed()],
            Kind::Histogram => ["_bucket", "_sum", "_count"].map(|part| format!("{}{part}", metric.name)).to_vec(),
        };
        ALL.iter().flat_map(of).collect()
    }

    #[test]
    fn the_guide_has_the_table() {
        let row = |metric: &&Metric| {
            let kind = format!("{:?}", metric.kind).to_lowercase();
            let labels = metric.labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
            format!("| `{}` | {kind} | {labels} | {} |\n", metric.exposed(), metric.help)
        };
        let table = ALL.iter().map(row).collect::<String>();
        let guide = file("docs/metrics.md");
        assert!(guide.contains(&table), "docs/metrics.md does not have this table, row by row:\n{table}");
        let rows = guide.lines().filter(|line| line.starts_with("| `kamacite_")).count();
        assert_eq!(rows, ALL.len(), "docs/metrics.md has a row of a metric that is no more");
    }

    #[test]
    fn the_dashboard_shows_what_there_is() {
        let text = file("contrib/grafana/kamacite.json");
        let dashboard: serde_json::Value = serde_json::from_str(&text).unwrap();
        let panels = dashboard["panels"].as_array().unwrap();
        let queries = panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
        let queries: Vec<_> = queries.map(|target| target["expr"].as_str().unwrap()).collect();
        assert!(queries.len() >= 10, "{queries:?}");
        let shown: BTreeSet<_> = queries.iter().flat_map(|query| names(query)).collect();
        let samples = samples();
        let unknown: Vec<_> = shown.difference(&samples).collect();
        assert!(unknown.is_empty(), "the dashboard asks for what there is not: {unknown:?}");
    }

    #[test]
    fn names_say_the_unit_and_helps_are_sentences() {
        for metric in ALL {
            assert!(metric.kind != Kind::Histogram || metric.name.ends_with("_seconds"), "{}", metric.name);
            assert!(metric.help.ends_with('.') && !metric.help.contains('|'), "{}", metric.name);
        }
    }
}
