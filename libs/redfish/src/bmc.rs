//! One BMC: requests with retries, and what comes back as JSON.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use governor::{Credentials, Governor};
use parking_lot::Mutex;
use serde_json::Value;

use crate::address;
use crate::error::{Asked, Error, Result, Verb};
use crate::exchange::{Answer, Load};
use crate::login::Account;
use crate::resource::{self, Resource};
use crate::retry::Limits;

/// Pages of a collection read before it is taken for a circle.
const MOST_PAGES: usize = 100;

/// A BMC that speaks Redfish, made by [`crate::Client::bmc`]. Cheap to clone.
#[derive(Clone)]
pub struct Bmc(Arc<Inner>);

struct Inner {
    account: Arc<Account>,
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
    /// With 202: how long the BMC asks to be left alone before it is asked how far it is.
    pub retry_after: Option<Duration>,
}

impl Bmc {
    pub(crate) fn new(account: Arc<Account>, system_id: Option<String>) -> Self {
        let system_id = system_id.filter(|id| !id.trim().is_empty());
        Self(Arc::new(Inner { account, system_id, only_system: Mutex::default() }))
    }

    /// Scheme, host and port of the BMC.
    pub fn address(&self) -> &str {
        self.0.account.line.wire.address.shown()
    }

    /// What stands before every request to it.
    pub fn governor(&self) -> &Governor {
        &self.0.account.line.governor
    }

    /// What stands for the account it is asked with.
    pub fn credentials(&self) -> Credentials {
        self.0.account.line.who
    }

    /// Logs out of the BMC, if logged in. The next request logs in again.
    pub async fn close(&self) {
        self.0.account.close().await;
    }

    /// Reads a resource. Links are followed by passing them here as they are.
    ///
    /// # Errors
    ///
    /// Those of the exchange, and [`Error::Unreadable`] when the reply is no JSON object.
    pub async fn get(&self, path: &str) -> Result<Resource> {
        let asked = self.asked(Verb::Get, path)?;
        let answer = self.0.account.request(&asked, Load::default()).await?;
        let body = resource::json(&answer.body).map_err(|problem| Error::Unreadable { asked, problem })?;
        Ok(Resource::new(answer.path, body).tagged(answer.etag))
    }

    /// Creates a resource, or runs an action. Not repeated when it may have been carried out.
    ///
    /// # Errors
    ///
    /// Those of the exchange.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Reply> {
        self.write(Verb::Post, path, Load { body: Some(body), if_match: None }).await
    }

    /// Changes the members of a resource that `body` names. Not repeated when it may have been
    /// carried out.
    ///
    /// A BMC that wants to be told which state of the resource is meant (428, and 412 from some: DSP0266, "ETags") is
    /// told the one it has now. Others are not, since many choke on their own tags.
    ///
    /// # Errors
    ///
    /// Those of the exchange.
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Reply> {
        let mut outcome = self.write(Verb::Patch, path, Load { body: Some(body), if_match: None }).await;
        // Twice: whatever else writes to it may come in between.
        for _ in 0..2 {
            match &outcome {
                Err(Error::Rejected { status: 412 | 428, .. }) => {}
                Ok(_) | Err(_) => break,
            }
            let now = self.get(path).await?;
            let load = Load { body: Some(body), if_match: Some(now.etag().unwrap_or("*")) };
            outcome = self.write(Verb::Patch, path, load).await;
        }
        outcome
    }

    /// Removes a resource. Not repeated when it may have been carried out.
    ///
    /// # Errors
    ///
    /// Those of the exchange.
    pub async fn delete(&self, path: &str) -> Result<Reply> {
        self.write(Verb::Delete, path, Load::default()).await
    }

    /// The service root, from which everything else is found.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::get`].
    pub async fn root(&self) -> Result<Resource> {
        self.get(self.root_path()).await
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
        Ok(root.link(&format!("/{name}")).unwrap_or_else(|| format!("{}{name}", self.root_path())))
    }

    /// A path as an operator or a link spells it, from the service root.
    pub(crate) fn resolve(&self, path: &str) -> Option<String> {
        address::resolve(self.root_path(), path)
    }

    pub(crate) fn system_id(&self) -> Option<&str> {
        self.0.system_id.as_deref()
    }

    pub(crate) fn only_system(&self) -> Option<String> {
        self.0.only_system.lock().clone()
    }

    pub(crate) fn remember_only_system(&self, path: Option<String>) {
        *self.0.only_system.lock() = path;
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

    /// Looks how far work in the background is.
    pub(crate) async fn look(&self, asked: &Asked) -> Result<Reply> {
        Ok(self.0.account.request(asked, Load::default()).await?.into())
    }

    /// A text of the BMC's with the password blotted out.
    pub(crate) fn scrub(&self, text: String) -> String {
        self.0.account.scrub(text)
    }

    pub(crate) fn account(&self) -> &Account {
        &self.0.account
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.account.line.wire.limits
    }

    /// The path of the service root, with a slash at its end.
    pub fn root_path(&self) -> &str {
        self.0.account.line.wire.address.root()
    }

    async fn write(&self, verb: Verb, path: &str, load: Load<'_>) -> Result<Reply> {
        let asked = self.asked(verb, path)?;
        Ok(self.0.account.request(&asked, load).await?.into())
    }
}

impl From<Answer> for Reply {
    /// It is done; a body that cannot be read must not make a failure of it.
    fn from(answer: Answer) -> Self {
        let Answer { status, location, retry_after, body, .. } = answer;
        Self { status, location, body: resource::json(&body).ok(), retry_after }
    }
}

impl fmt::Debug for Bmc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bmc").field(&self.address()).finish()
    }
}
