//! `/v1/chassis`.

mod create;
mod delete;
mod list;
mod nodes;
mod patch;
mod show;

use serde_json::{Value, json};

use crate::support::{Answer, Api};

const FIRST: &str = "11111111-0000-4000-8000-000000000001";
const SECOND: &str = "11111111-0000-4000-8000-000000000002";
const NOBODY: &str = "11111111-2222-4333-8444-555555555555";

/// A service with two chassis.
async fn start() -> Api {
    let api = Api::start().await;
    make(&api, json!({"uuid": FIRST, "description": "first", "extra": {"a": 1}})).await;
    make(&api, json!({"uuid": SECOND})).await;
    api
}

async fn make(api: &Api, document: Value) -> Answer {
    api.post("/v1/chassis", document).await.is(201)
}
