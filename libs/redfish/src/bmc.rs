//! One BMC: requests with retries, and what comes back as JSON.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::address::{self, Address};
use crate::error::{Asked, Error, Result, Verb};
use crate::exchange::{Answer, Wire};
use crate::resource::Resource;
use crate::retry::{self, Limits};
use crate::target::{Password, Target};

/// Pages of a collection read before it is taken for a circle.
const MOST_PAGES: usize = 100;

/// A BMC that speaks Redfish, made by [`crate::Client::bmc`]. Cheap to clone.
#[derive(Clone)]
pub struct Bmc(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    address: Address,
    login: Option<(String, Password)>,
    limits: Limits,
    system_id: Option<String>,
    /// The system found when none was named.
    only_system: Mutex<Option<String>>,
}

/// What a BMC answered to a write.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The HTTP status, 200 to 299. With 202 the work goes on in the background.
    pub status: u16,
    /// The `Location` header as a path on the BMC: the new resource of a 201, the task monitor
    /// of a 202.
    pub location: Option<String>,
    /// The body, when there is one and it is JSON.
    pub body: Option<Value>,
}

impl Bmc {
    pub(crate) fn new(http: reqwest::Client, address: Address, target: Target, limits: Limits) -> Self {
        Self(Arc::new(Inner {
            http,
            address,
            login: target.username.map(|username| (username, target.password)),
            limits,
            system_id: target.system_id.filter(|id| !id.trim().is_empty()),
            only_system: Mutex::new(None),
        }))
    }

    /// Scheme, host and port of the BMC.
    pub fn address(&self) -> &str {
        self.0.address.shown()
    }

    /// Reads a resource. Links are followed by passing them here as they are.
    ///
    /// # Errors
    ///
    /// Those of the exchange, and [`Error::Unreadable`] when the reply is no JSON object.
    pub async fn get(&self, path: &str) -> Result<Resource> {
        let asked = self.asked(Verb::Get, path)?;
        let answer = self.request(&asked, None).await?;
        let body = json(&answer.body).map_err(|problem| Error::Unreadable { asked, problem })?;
        Ok(Resource::new(answer.path, body))
    }

    /// Creates a resource, or runs an action. Not repeated when it may have been carried out.
    ///
    /// # Errors
    ///
    /// Those of the exchange.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Reply> {
        self.write(Verb::Post, path, Some(body)).await
    }

    /// Changes the members of a resource that `body` names. Not repeated when it may have been
    /// carried out.
    ///
    /// # Errors
    ///
    /// Those of the exchange.
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Reply> {
        self.write(Verb::Patch, path, Some(body)).await
    }

    /// Removes a resource. Not repeated when it may have been carried out.
    ///
    /// # Errors
    ///
    /// Those of the exchange.
    pub async fn delete(&self, path: &str) -> Result<Reply> {
        self.write(Verb::Delete, path, None).await
    }

    /// The service root, from which everything else is found.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::get`].
    pub async fn root(&self) -> Result<Resource> {
        self.get(self.0.address.root()).await
    }

    /// The paths of a collection's members, all pages of it (`Members@odata.nextLink`).
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::get`], and [`Error::Malformed`] when the pages do not end.
    pub async fn members(&self, collection: &Resource) -> Result<Vec<String>> {
        let mut paths = collection.members();
        let mut next = collection.link("/Members@odata.nextLink");
        for _ in 0..MOST_PAGES {
            let Some(link) = next else { return Ok(paths) };
            let page = self.get(&link).await?;
            for path in page.members() {
                if !paths.iter().any(|seen| address::same_path(seen, &path)) {
                    paths.push(path);
                }
            }
            next = page.link("/Members@odata.nextLink");
        }
        let asked = self.asked(Verb::Get, collection.path())?;
        Err(Error::Malformed { asked, what: format!("the collection has more than {MOST_PAGES} pages") })
    }

    /// The members of a collection, read one by one. Those that vanish in between, or that never
    /// existed, are left out.
    pub(crate) async fn read_members(&self, collection: &Resource) -> Result<Vec<Resource>> {
        let mut members = Vec::new();
        for path in self.members(collection).await? {
            match self.get(&path).await {
                Ok(member) => members.push(member),
                Err(Error::NotFound { asked, .. }) => {
                    tracing::debug!(%asked, "a collection lists a member that does not exist");
                }
                Err(e) => return Err(e),
            }
        }
        Ok(members)
    }

    /// A collection the service root links to, or where the schemas put it when there is no link.
    pub(crate) async fn root_link(&self, name: &str) -> Result<String> {
        let root = self.root().await?;
        Ok(root.link(&format!("/{name}")).unwrap_or_else(|| format!("{}{name}", self.0.address.root())))
    }

    /// A path as an operator or a link spells it, from the service root.
    pub(crate) fn resolve(&self, path: &str) -> Option<String> {
        address::resolve(self.0.address.root(), path)
    }

    pub(crate) fn system_id(&self) -> Option<&str> {
        self.0.system_id.as_deref()
    }

    pub(crate) fn only_system(&self) -> Option<String> {
        self.0.only_system.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn remember_only_system(&self, path: Option<String>) {
        *self.0.only_system.lock().unwrap_or_else(PoisonError::into_inner) = path;
    }

    pub(crate) fn unsupported(&self, what: &str) -> Error {
        Error::Unsupported { address: self.address().to_owned(), what: what.to_owned() }
    }

    pub(crate) fn asked(&self, verb: Verb, path: &str) -> Result<Asked> {
        let address = self.address().to_owned();
        match self.resolve(path) {
            Some(path) => Ok(Asked { verb, address, path }),
            None => Err(Error::Malformed {
                asked: Asked { verb, address, path: path.to_owned() },
                what: "the link is empty".to_owned(),
            }),
        }
    }

    async fn write(&self, verb: Verb, path: &str, body: Option<&Value>) -> Result<Reply> {
        let asked = self.asked(verb, path)?;
        let answer = self.request(&asked, body).await?;
        // It is done; a body that cannot be read must not make a failure of it.
        Ok(Reply { status: answer.status, location: answer.location, body: json(&answer.body).ok() })
    }

    async fn request(&self, asked: &Asked, body: Option<&Value>) -> Result<Answer> {
        let inner = &*self.0;
        let wire = Wire {
            http: &inner.http,
            address: &inner.address,
            login: inner.login.as_ref().map(|(username, password)| (username.as_str(), password)),
            limits: &inner.limits,
        };
        let mut attempt = 1;
        loop {
            let failure = match wire.attempt(asked, body, attempt).await {
                Ok(answer) => {
                    tracing::debug!(%asked, status = answer.status, attempt, "answered");
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            let chance = retry::chance();
            let (repeat, retry_after) = (failure.repeat, failure.retry_after);
            match retry::wait_before_next(&inner.limits, attempt, asked.verb, repeat, retry_after, chance) {
                Some(wait) => {
                    tracing::debug!(%asked, attempt, ?wait, error = %failure.error, "trying again after a wait");
                    tokio::time::sleep(wait).await;
                    attempt += 1;
                }
                None => return Err(failure.error),
            }
        }
    }
}

impl fmt::Debug for Bmc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bmc").field(&self.address()).finish()
    }
}

/// A reply as a JSON object, whatever its content type says. A byte order mark, padding with
/// zeros and bytes that are no UTF-8 are forgiven.
fn json(body: &[u8]) -> Result<Value, String> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0' || c == '\u{feff}');
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    match serde_json::from_str(text) {
        Ok(object @ Value::Object(_)) => Ok(object),
        Ok(_) => Err("it is JSON, but no object".to_owned()),
        Err(e) => Err(format!("it is no JSON: {e}")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json as value;

    use super::*;

    #[test]
    fn replies_are_read_as_far_as_they_make_sense() {
        assert_eq!(json(b"{\"a\": 1}").unwrap(), value!({"a": 1}));
        assert_eq!(json(b"\xef\xbb\xbf {\"a\": 1}\n\0\0").unwrap(), value!({"a": 1}));
        assert_eq!(json(b"{\"a\": \"\xff\"}").unwrap(), value!({"a": "\u{fffd}"}));
        for (unreadable, why) in
            [("", "empty"), (" \n", "empty"), ("[]", "no object"), ("{\"a\":", "no JSON"), ("<html>", "no JSON")]
        {
            let problem = json(unreadable.as_bytes()).unwrap_err();
            assert!(problem.contains(why), "{unreadable}: {problem}");
        }
    }
}
