//! The API over plain HTTP, for what is asked too often for a program that takes a second to start.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;

use crate::site::SOON;

/// The API of a process.
#[derive(Clone)]
pub struct Api {
    url: String,
    http: reqwest::Client,
}

impl Api {
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    /// Whether anybody answers.
    pub async fn answers(&self) -> bool {
        self.http.get(&self.url).send().await.is_ok_and(|reply| reply.status().is_success())
    }

    /// Asks for something; the status, and the body or `null`.
    pub async fn send(&self, verb: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let mut request = self.http.request(verb, format!("{}{path}", self.url));
        request = request.header("X-OpenStack-Ironic-API-Version", "1.115");
        if let Some(body) = body {
            request = request.json(body);
        }
        let reply = request.send().await.unwrap();
        let status = reply.status().as_u16();
        (status, serde_json::from_str(&reply.text().await.unwrap()).unwrap_or_default())
    }

    /// Reads something that is there.
    #[track_caller]
    pub fn get(&self, path: &str) -> impl Future<Output = Value> {
        let place = std::panic::Location::caller();
        async move {
            let (status, body) = self.send(Method::GET, path, None).await;
            assert_eq!(status, 200, "GET {path}, asked in {place}: {body}");
            body
        }
    }

    /// Asks for a change that is made or accepted.
    pub async fn change(&self, verb: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.send(verb.clone(), path, Some(&body)).await;
        assert!((200..300).contains(&status), "{verb} {path}: {status} {answer}");
        answer
    }

    /// Reads something until it is as wanted.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let found = self.get(path).await;
            if wanted(&found) {
                return found;
            }
            assert!(began.elapsed() < SOON, "GET {path} is not as wanted after {SOON:?}: {found}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until nobody works on a node, and reads it.
    pub async fn at_rest(&self, node: &str) -> Value {
        let none = |node: &Value, field: &str| node[field].is_null();
        let at_rest = |node: &Value| none(node, "reservation") && none(node, "target_power_state");
        self.until(&format!("/v1/nodes/{node}"), at_rest).await
    }
}
