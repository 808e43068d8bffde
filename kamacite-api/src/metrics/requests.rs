//! What is counted of requests: by where they lead, by verb, and by what came of them.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::http::{Method, StatusCode};
use meter::{Counter, Durations, QUICK};
use parking_lot::RwLock;

/// What is counted of requests, since the program started.
///
/// Paths are those of the table of routes, so that there are only so many, whatever clients ask for.
pub struct RequestMeters {
    routes: RwLock<HashMap<Box<str>, Arc<RouteMeters>>>,
    /// When the counting began.
    pub began: Instant,
    /// Held while the page of metrics is made.
    pub scraping: tokio::sync::Mutex<()>,
}

/// Requests to one route, by verb.
type RouteMeters = [VerbMeters; VERBS.len()];

/// Requests by one verb to one route.
pub struct VerbMeters {
    /// By the first digit of the status, from 1.
    pub classes: [Counter; CLASSES.len()],
    /// From the first line of the request to the last of the answer's head.
    pub took: Durations,
}

/// What stands for a path that leads nowhere.
const NOWHERE: &str = "none";

/// Verbs that are told apart; the last stands for all others.
const VERBS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"];

/// What is told of a status.
pub const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

impl Default for RequestMeters {
    fn default() -> Self {
        Self { routes: RwLock::default(), began: Instant::now(), scraping: tokio::sync::Mutex::default() }
    }
}

impl RequestMeters {
    /// One more request; `route` is where its path leads.
    pub fn count(&self, route: Option<&str>, verb: &Method, status: StatusCode, took: Duration) {
        let route = route.unwrap_or(NOWHERE);
        let known = self.routes.read().get(route).cloned();
        let meters = known.unwrap_or_else(|| self.routes.write().entry(route.into()).or_default().clone());
        let verb = VERBS.iter().position(|known| *known == verb.as_str()).unwrap_or(VERBS.len() - 1);
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1;
        meters[verb].classes[class].count();
        meters[verb].took.record(took);
    }

    /// Has each route and verb looked at that was asked for, in order.
    pub fn each(&self, mut look: impl FnMut(&str, &'static str, &VerbMeters)) {
        let routes = self.routes.read();
        let mut names: Vec<_> = routes.iter().collect();
        names.sort_by_key(|(name, _)| *name);
        for (name, verbs) in names {
            let asked = VERBS.iter().zip(verbs.iter()).filter(|(_, meters)| meters.took.read().count > 0);
            asked.for_each(|(verb, meters)| look(name, verb, meters));
        }
    }
}

impl Default for VerbMeters {
    fn default() -> Self {
        Self { classes: Default::default(), took: Durations::new(QUICK) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_asked_for_there_are_only_so_many() {
        let meters = RequestMeters::default();
        let took = Duration::from_millis(1);
        for status in [200, 204, 404, 500, 999] {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            meters.count(Some("/v1/nodes/{ident}"), &Method::GET, status, took);
        }
        for verb in ["BREW", "MIX"] {
            let verb = Method::from_bytes(verb.as_bytes()).unwrap_or_default();
            meters.count(None, &verb, StatusCode::NOT_FOUND, took);
        }
        let mut seen = Vec::new();
        meters.each(|route, verb, meters| {
            let classes = meters.classes.iter().map(Counter::read).collect::<Vec<_>>();
            seen.push((route.to_owned(), verb, classes, meters.took.read().count));
        });
        assert_eq!(
            seen,
            [
                ("/v1/nodes/{ident}".to_owned(), "GET", vec![0, 2, 0, 1, 2], 5),
                ("none".to_owned(), "other", vec![0, 0, 0, 2, 0], 2)
            ]
        );
    }
}
