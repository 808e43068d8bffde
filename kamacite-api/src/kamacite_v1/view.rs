//! An operation as clients see it: what was asked, how far it is, how it ended. Never what was said in confidence.

use kamacite_model::{Operation, Requester};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use crate::{
    links::{Link, Links},
    time::Moment,
};

/// An operation to be written.
pub struct OperationView {
    /// The operation.
    pub operation: Operation,
    /// Where links begin.
    pub links: Links,
}

#[derive(Serialize)]
struct AskedBy<'a> {
    request_id: Option<&'a str>,
    user: Option<&'a str>,
    project: Option<&'a str>,
}

impl Serialize for OperationView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let operation = &self.operation;
        let Requester { request_id, user, project, roles: _ } = &operation.requester;
        let asked_by =
            AskedBy { request_id: request_id.as_deref(), user: user.as_deref(), project: project.as_deref() };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &operation.id)?;
        // Arguments may hold secrets under any name, so of what was asked only this is told.
        map.serialize_entry("kind", operation.kind.as_str())?;
        map.serialize_entry("name", &operation.name)?;
        map.serialize_entry("node", &operation.node)?;
        map.serialize_entry("driver", &operation.driver)?;
        map.serialize_entry("state", operation.state.as_str())?;
        map.serialize_entry("progress", &words(&operation.progress))?;
        map.serialize_entry("result", &operation.result)?;
        map.serialize_entry("error", &operation.error)?;
        map.serialize_entry("attempt", &operation.attempt)?;
        map.serialize_entry("conductor", &operation.conductor)?;
        map.serialize_entry("asked_by", &asked_by)?;
        map.serialize_entry("created_at", &Moment(operation.created_at))?;
        map.serialize_entry("updated_at", &Moment(operation.updated_at))?;
        map.serialize_entry("finished_at", &operation.finished_at.map(Moment))?;
        map.serialize_entry("deadline", &operation.deadline.map(Moment))?;
        map.serialize_entry("links", &self.links())?;
        map.end()
    }
}

impl OperationView {
    fn links(&self) -> Vec<Link> {
        let own = self.links.absolute(&format!("/kamacite/v1/operations/{}", self.operation.id));
        let mut links = vec![Link { href: own, rel: "self" }];
        if let Some(node) = self.operation.node {
            links.push(Link { href: self.links.v1(&format!("nodes/{node}")), rel: "node" });
        }
        if let Some(driver) = &self.operation.driver {
            links.push(Link { href: self.links.v1(&format!("drivers/{driver}")), rel: "driver" });
        }
        links
    }
}

/// How far the work is, in the driver's words; the rest of the progress is the conductor's own.
fn words(progress: &Value) -> Option<&str> {
    progress.get("words").and_then(Value::as_str)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kamacite_model::{
        Timestamp, Uuid,
        operation::{OperationKind, OperationState},
    };
    use serde_json::json;

    use super::*;

    fn operation() -> Operation {
        Operation {
            id: Uuid::nil(),
            kind: OperationKind::NodePassthru,
            name: "second_method".to_owned(),
            node: Some(Uuid::nil()),
            driver: Some("fake-hardware".to_owned()),
            state: OperationState::Running,
            schema: 1,
            intent: json!({"args": {"password": "calvin", "pin": "1234"}}),
            progress: json!({"words": "half way", "cursor": {"token": "t0ken"}}),
            attempt: 1,
            deadline: None,
            requester: Requester { request_id: Some("req-1".to_owned()), ..Requester::default() },
            conductor: "localhost".to_owned(),
            result: None,
            error: None,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            finished_at: None,
        }
    }

    #[test]
    fn nothing_said_in_confidence_is_told() {
        let view = OperationView { operation: operation(), links: Links::new("http://h") };
        let shown = serde_json::to_string(&view).unwrap();
        for secret in ["calvin", "1234", "t0ken"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("\"progress\":\"half way\""), "{shown}");
    }
}
