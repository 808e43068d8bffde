//! The page of metrics: what all parts of the service count, read at one moment.

use std::{collections::BTreeMap, fmt, time::Duration};

use kamacite_driver::governor::Condition;
use meter::{Durations, Reading};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, MetricEncoder, prometheus_text},
    metrics::exemplar::Exemplar,
    registry::Registry,
};

use super::{
    requests::CLASSES,
    table::{self, Metric},
};
use crate::{App, fault::Result};

/// What was read.
#[derive(Debug, Default)]
pub struct Page {
    samples: BTreeMap<&'static str, Vec<Sample>>,
}

/// One value of a metric.
#[derive(Debug)]
struct Sample {
    labels: Vec<(&'static str, String)>,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Count(u64),
    Level(f64),
    Durations(Reading),
}

/// Reads everything.
///
/// # Errors
/// The database cannot be read.
pub async fn gather(app: &App) -> Result<Page> {
    let mut page = Page::default();
    page.level(&table::INFO, [env!("CARGO_PKG_VERSION")], 1.0);
    page.level(&table::START_TIME, [], started(app));
    requests(&mut page, app);
    stored(&mut page, app).await?;
    conductor(&mut page, app);
    bmcs(&mut page, app);
    events(&mut page, app);
    database(&mut page, app);
    Ok(page)
}

fn started(app: &App) -> f64 {
    let now = Duration::from_micros(app.conductor.clock().now().as_microsecond().try_into().unwrap_or_default());
    now.saturating_sub(app.meters.began.elapsed()).as_secs_f64()
}

fn requests(page: &mut Page, app: &App) {
    app.meters.each(|route, verb, meters| {
        for (class, count) in CLASSES.iter().zip(&meters.classes).filter(|(_, count)| count.read() > 0) {
            page.count(&table::REQUESTS, [route, verb, class], count.read());
        }
        page.durations(&table::REQUEST_DURATION, [route, verb], &meters.took);
    });
}

/// What only the database knows.
async fn stored(page: &mut Page, app: &App) -> Result<()> {
    let (store, now) = (app.conductor.store(), app.conductor.clock().now());
    for (state, count) in store.count_states().await? {
        page.level(&table::NODES, [state.as_str()], count as f64);
    }
    for found in store.count_unfinished().await? {
        let labels = [found.kind.as_str(), found.state.as_str()];
        page.level(&table::OPERATIONS, labels, found.count as f64);
        page.level(&table::OLDEST_OPERATION, labels, now.duration_since(found.oldest).as_secs_f64().max(0.0));
    }
    Ok(())
}

fn conductor(page: &mut Page, app: &App) {
    let meters = app.conductor.meters();
    for (kind, state, took) in meters.operations() {
        page.durations(&table::OPERATION_DURATION, [kind.as_str(), state.as_str()], took);
    }
    page.level(&table::LOCKS, [], app.conductor.locks_in_hand() as f64);
    page.level(&table::LOCK_WAITERS, [], meters.lock_waiting.read() as f64);
    page.durations(&table::LOCK_WAIT, [], &meters.lock_waits);
    page.count(&table::LOCK_REFUSALS, [], meters.lock_refusals.read());
    for of in meters.sweeps() {
        page.durations(&table::SWEEP_DURATION, [of.sweep.as_str()], &of.took);
        page.count(&table::SWEEP_FAILURES, [of.sweep.as_str()], of.failures.read());
    }
}

fn events(page: &mut Page, app: &App) {
    let events = app.conductor.events();
    for (event_type, count) in events.counts() {
        page.count(&table::EVENTS, [event_type.as_str()], count);
    }
    page.level(&table::EVENT_FOLLOWERS, [], events.followers() as f64);
}

fn bmcs(page: &mut Page, app: &App) {
    let governors = app.conductor.bmcs().governors();
    let known: Vec<_> = governors.all().iter().map(|governor| governor.condition()).collect();
    for condition in [Condition::Untried, Condition::Up, Condition::Silent, Condition::Probing] {
        let count = known.iter().filter(|known| **known == condition).count();
        page.level(&table::BMCS, [condition.as_str()], count as f64);
    }
    for (protocol, calls) in governors.calls() {
        let outcomes = [
            ("answered", &calls.answered),
            ("silent", &calls.silent),
            ("refused", &calls.refused),
            ("broken", &calls.broken),
        ];
        for (outcome, took) in outcomes {
            page.durations(&table::BMC_CALL_DURATION, [protocol, outcome], took);
        }
        page.durations(&table::BMC_CALL_WAIT, [protocol], &calls.waits);
        page.count(&table::BMC_CALLS_WITHHELD, [protocol], calls.withheld.read());
    }
}

fn database(page: &mut Page, app: &App) {
    let store = app.conductor.store();
    let meters = store.meters();
    page.level(&table::QUEUED_JOBS, [], meters.queued.read() as f64);
    page.count(&table::JOBS, [], meters.jobs.read());
    page.durations(&table::COMMIT_DURATION, ["full"], &meters.durable_commits);
    page.durations(&table::COMMIT_DURATION, ["lazy"], &meters.lazy_commits);
    if let Some(size) = store.size() {
        page.level(&table::DATABASE_SIZE, ["rows"], size.rows as f64);
        page.level(&table::DATABASE_SIZE, ["log"], size.log as f64);
    }
    page.count(&table::CACHE_LOOKUPS, ["hit"], meters.cache_hits.read());
    page.count(&table::CACHE_LOOKUPS, ["miss"], meters.cache_misses.read());
    page.level(&table::CACHED_NODES, [], store.nodes_in_memory() as f64);
}

impl Page {
    fn count<const N: usize>(&mut self, metric: &'static Metric, labels: [&str; N], count: u64) {
        self.put(metric, labels, Value::Count(count));
    }

    fn level<const N: usize>(&mut self, metric: &'static Metric, labels: [&str; N], level: f64) {
        self.put(metric, labels, Value::Level(level));
    }

    fn durations<const N: usize>(&mut self, metric: &'static Metric, labels: [&str; N], durations: &Durations) {
        self.put(metric, labels, Value::Durations(durations.read()));
    }

    fn put<const N: usize>(&mut self, metric: &'static Metric, labels: [&str; N], value: Value) {
        debug_assert_eq!(metric.labels.len(), N, "{}", metric.name);
        let labels = metric.labels.iter().copied().zip(labels.map(str::to_owned)).collect();
        self.samples.entry(metric.name).or_default().push(Sample { labels, value });
    }

    /// As Prometheus reads it.
    pub fn text(self) -> String {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(self));
        let mut text = String::new();
        if let Err(why) = prometheus_text::encode(&mut text, &registry) {
            tracing::error!(%why, "the metrics could not be written");
        }
        text
    }
}

impl Collector for Page {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for metric in table::ALL {
            let mut family = encoder.encode_descriptor(metric.name, metric.help, None, metric.kind.prometheus())?;
            for sample in self.samples.get(metric.name).into_iter().flatten() {
                if sample.labels.is_empty() {
                    sample.value.encode(&mut family)?;
                } else {
                    sample.value.encode(&mut family.encode_family(&sample.labels)?)?;
                }
            }
        }
        Ok(())
    }
}

/// Nothing of ours has one.
const NO_EXEMPLAR: Option<&Exemplar<[(&str, &str); 0], f64>> = None;

impl Value {
    fn encode(&self, encoder: &mut MetricEncoder<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => encoder.encode_counter(count, NO_EXEMPLAR),
            Self::Level(level) => encoder.encode_gauge(level),
            Self::Durations(read) => {
                encoder.encode_histogram::<[(&str, &str); 0]>(read.sum_s, read.count, &read.buckets, None)
            }
        }
    }
}
