//! Logging in to a recording: anybody may, whether it was recorded or not, and tokens are made up.

use serde_json::{Value, json};

use crate::{
    http::{Method, Request, Response},
    redfish::{link, resource},
};

/// The sessions of a recording that is played.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    last: u32,
}

/// Whether a request logs in or out; such are answered here and mean nothing for what follows.
pub(super) fn is_about_them(method: Method, path: &str) -> bool {
    match method {
        Method::Post => is_collection(path),
        Method::Delete => member_of_collection(path).is_some(),
        Method::Get | Method::Patch | Method::Put => false,
    }
}

impl Sessions {
    /// Answers one who logs in or out.
    pub fn answer(&mut self, request: &Request) -> Option<Response> {
        if !is_about_them(request.method, &request.path) {
            return None;
        }
        if request.method == Method::Delete {
            return Some(Response::empty(204));
        }
        self.last += 1;
        let sent: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let path = format!("{}/{}", collection(&request.path), self.last);
        let session = session(&path, &self.last.to_string(), sent["UserName"].as_str());
        let token = format!("recording-{:08}", self.last);
        Some(Response::json(201, session).with("Location", path).with("X-Auth-Token", token))
    }

    /// What is read of sessions where the recording has nothing.
    pub fn read(&self, path: &str) -> Option<Response> {
        let path = path.trim_end_matches('/');
        if let Some(id) = member_of_collection(path) {
            let known = id.parse::<u32>().is_ok_and(|id| (1..=self.last).contains(&id));
            return known.then(|| Response::json(200, session(path, id, None)));
        }
        if is_collection(path) {
            let none = json!({"Members@odata.count": 0, "Members": []});
            let kind = "#SessionCollection.SessionCollection";
            return Some(Response::json(200, resource(path, kind, "Sessions", "Sessions", none)));
        }
        path.ends_with("/SessionService").then(|| {
            let own = json!({"ServiceEnabled": true, "Sessions": link(format!("{path}/Sessions"))});
            let kind = "#SessionService.v1_1_9.SessionService";
            Response::json(200, resource(path, kind, "SessionService", "Session Service", own))
        })
    }
}

fn session(path: &str, id: &str, username: Option<&str>) -> Value {
    resource(path, "#Session.v1_7_1.Session", id, "User Session", json!({"UserName": username}))
}

/// The path without what a POST may have behind it (DSP0266, "Create (POST)").
fn collection(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.strip_suffix("/Members").unwrap_or(path)
}

fn is_collection(path: &str) -> bool {
    collection(path).ends_with("/Sessions")
}

fn member_of_collection(path: &str) -> Option<&str> {
    let (above, id) = path.trim_end_matches('/').rsplit_once('/')?;
    (above.ends_with("/Sessions") && id != "Members").then_some(id)
}
