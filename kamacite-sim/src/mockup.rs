//! A folder in the manner of DMTF's mockups (DSP2043: a tree of `index.json`), served as if a BMC were behind it.
//!
//! Everybody may do everything. Writes are taken without asking what they mean: PATCH merges, POST to a collection adds a
//! member, DELETE removes one, actions answer 204 and do nothing. What is written is forgotten with the process.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use kamacite_model::{Clock, Timestamp};
use parking_lot::Mutex;
use serde_json::{Map, Value, json};

use crate::{
    face::Face,
    faults::{Act, Reply},
    http::{Method, Request, Response},
    rack::{StartError, bind},
    redfish::{etag, link, refusal::Refusal},
    serve::{self, Hall, Station},
    vendor::EtagRule,
};

const ROOT: &str = "/redfish/v1";

/// The resources of a folder.
#[derive(Clone, Debug)]
pub struct Mockup {
    /// By path, without a slash at its end.
    resources: BTreeMap<String, Value>,
    /// The number of the last member added.
    last: u32,
}

/// A mockup that is being served. Dropping it ends it.
pub struct MockupServer {
    address: SocketAddr,
    hall: Hall,
}

/// Why a folder cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum MockupError {
    /// A file or folder cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file holds no JSON object.
    #[error("{} holds no JSON object: {problem}", path.display())]
    Json {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// There is no service root.
    #[error("{} is no mockup: neither index.json nor redfish/v1/index.json is in it", folder.display())]
    NoRoot {
        /// The folder.
        folder: PathBuf,
    },
}

impl Mockup {
    /// Reads a folder: one that holds `redfish/v1/index.json`, or one that begins with the service root's `index.json`.
    ///
    /// # Errors
    /// [`MockupError`], with the file.
    pub fn read(folder: &Path) -> Result<Self, MockupError> {
        let long = folder.join("redfish/v1");
        let root = if long.join("index.json").is_file() { long } else { folder.to_owned() };
        if !root.join("index.json").is_file() {
            return Err(MockupError::NoRoot { folder: folder.to_owned() });
        }
        let mut resources = BTreeMap::new();
        gather(&root, ROOT, &mut resources)?;
        Ok(Self { resources, last: 0 })
    }

    /// How many resources there are.
    pub fn len(&self) -> usize {
        self.resources.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// Answers a request.
    pub fn answer(&mut self, request: &Request) -> Response {
        let path = request.path.trim_end_matches('/');
        if path == "/redfish" && request.method.reads() {
            return Response::json(200, json!({"v1": "/redfish/v1/"}));
        }
        let outcome = match request.method {
            Method::Get => self.get(path, request),
            Method::Post => self.post(path, request),
            Method::Patch => self.patch(path, request),
            Method::Delete => self.delete(path),
            Method::Put => Err(Refusal::not_allowed(Method::Put)),
        };
        outcome.unwrap_or_else(Refusal::into_response).with("OData-Version", "4.0")
    }

    /// Serves it on an address; port 0 is any that is free.
    ///
    /// # Errors
    /// [`StartError::Listen`].
    pub async fn serve(self, listen: SocketAddr, clock: Arc<dyn Clock>) -> Result<MockupServer, StartError> {
        let (listener, address) = bind(listen).await?;
        let hall = Hall::new(clock);
        let station: Station = Arc::new(Mutex::new(self));
        let find = Arc::new(move |_: &str| Some((station.clone(), 0)));
        hall.spawn(serve::listen(listener, find, hall.clone()));
        Ok(MockupServer { address, hall })
    }

    fn get(&self, path: &str, request: &Request) -> Result<Response, Refusal> {
        let resource = self.resources.get(path).ok_or_else(|| Refusal::not_found(path))?;
        Ok(etag::tagged(EtagRule::Offered, request, resource.clone()))
    }

    fn patch(&mut self, path: &str, request: &Request) -> Result<Response, Refusal> {
        let change = object(request)?;
        let resource = self.resources.get_mut(path).ok_or_else(|| Refusal::not_found(path))?;
        if resource.get("Members").is_some() {
            return Err(Refusal::not_allowed(Method::Patch));
        }
        etag::precondition(EtagRule::Offered, request, resource)?;
        merge(resource, Value::Object(change));
        Ok(etag::tagged(EtagRule::Offered, request, resource.clone()))
    }

    fn post(&mut self, path: &str, request: &Request) -> Result<Response, Refusal> {
        if let Some((owner, _)) = path.split_once("/Actions/") {
            let there = self.resources.contains_key(owner);
            return if there { Ok(Response::empty(204)) } else { Err(Refusal::not_found(path)) };
        }
        let mut member = object(request)?;
        let collection = self.resources.get_mut(path).ok_or_else(|| Refusal::not_found(path))?;
        let Some(Value::Array(members)) = collection.get_mut("Members") else {
            return Err(Refusal::not_allowed(Method::Post));
        };
        let taken = |id: u32| members.iter().any(|member| member["@odata.id"] == format!("{path}/{id}"));
        self.last = (self.last + 1..).find(|id| !taken(*id)).unwrap_or_default();
        let (id, location) = (self.last.to_string(), format!("{path}/{}", self.last));
        members.push(link(location.clone()));
        collection["Members@odata.count"] = collection["Members"].as_array().map_or(0, Vec::len).into();
        // A password that is sent is not to be read back.
        member.remove("Password");
        for (name, value) in [("@odata.id", &location), ("Id", &id), ("Name", &id)] {
            member.entry(name).or_insert_with(|| value.as_str().into());
        }
        let member = Value::Object(member);
        self.resources.insert(location.clone(), member.clone());
        let response = Response::json(201, member).with("Location", location);
        let session = path.ends_with("/SessionService/Sessions");
        Ok(if session { response.with("X-Auth-Token", format!("mockup-{id}")) } else { response })
    }

    fn delete(&mut self, path: &str) -> Result<Response, Refusal> {
        if !self.resources.contains_key(path) {
            return Err(Refusal::not_found(path));
        }
        let above = path.rsplit_once('/').map_or("", |(above, _)| above);
        let collection = self.resources.get_mut(above).ok_or_else(|| Refusal::not_allowed(Method::Delete))?;
        let Some(Value::Array(members)) = collection.get_mut("Members") else {
            return Err(Refusal::not_allowed(Method::Delete));
        };
        members.retain(|member| member["@odata.id"].as_str().map(|link| link.trim_end_matches('/')) != Some(path));
        collection["Members@odata.count"] = members.len().into();
        let below = format!("{path}/");
        self.resources.retain(|known, _| known != path && !known.starts_with(&below));
        Ok(Response::empty(204))
    }
}

impl Face for Mockup {
    fn act(&mut self, request: &Request, _: Timestamp) -> Act {
        Act { delay: Duration::ZERO, reply: Reply::Answer(self.answer(request)) }
    }
}

impl MockupServer {
    /// Its address, as Redfish clients take it.
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends it, and waits until it has ended.
    pub async fn stop(self) {
        self.hall.close().await;
    }
}

impl Drop for MockupServer {
    fn drop(&mut self) {
        self.hall.stop.cancel();
    }
}

fn gather(folder: &Path, path: &str, into: &mut BTreeMap<String, Value>) -> Result<(), MockupError> {
    let unreadable = |source| MockupError::Read { path: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            gather(&entry.path(), &format!("{path}/{name}"), into)?;
        } else if name == "index.json" {
            into.insert(path.to_owned(), resource(&entry.path())?);
        }
    }
    Ok(())
}

fn resource(path: &Path) -> Result<Value, MockupError> {
    let text = std::fs::read(path).map_err(|source| MockupError::Read { path: path.to_owned(), source })?;
    let problem = match serde_json::from_slice(&text) {
        Ok(object @ Value::Object(_)) => return Ok(object),
        Ok(_) => "it is something else".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(MockupError::Json { path: path.to_owned(), problem })
}

fn object(request: &Request) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) | Err(_) => Err(Refusal::malformed()),
    }
}

/// Objects are merged, everything else is replaced; a null is a value like any other.
fn merge(into: &mut Value, change: Value) {
    match (into, change) {
        (Value::Object(into), Value::Object(change)) => {
            for (name, value) in change {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, change) => *into = change,
    }
}
