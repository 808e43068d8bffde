//! Writes a recording, exchange by exchange: whatever interrupts it, the file is whole up to the last one.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

use kamacite_model::Timestamp;
use redfish::{Bmc, Forward, Forwarded};
use serde::Serialize;
use serde_json::Value;

use super::{
    Exchange, FORMAT, Header, Identity, KIND,
    secrets::{MARK, Secrets},
};

/// The path of a service root (DSP0266), unless a gateway has another.
const USUAL_ROOT: &str = "/redfish/v1/";

/// Why an exchange is not in the file.
#[derive(Debug, thiserror::Error)]
pub enum Unwritten {
    /// The file cannot be written.
    #[error(transparent)]
    File(#[from] io::Error),
    /// There are more secrets than can be looked for in everything that is written down.
    #[error("there are more secrets than can be kept out of a file")]
    Secrets,
}

/// Writes a file and keeps secrets out of it.
pub struct Recorder {
    file: File,
    /// So many bytes of it are whole lines.
    length: u64,
    secrets: Secrets,
    place: Place,
}

/// Where a BMC is.
#[derive(Clone, Debug)]
pub struct Place {
    /// Scheme, host and port by which it is reached.
    pub origin: String,
    /// The path of its service root.
    pub root: String,
}

impl Place {
    /// Where a client finds its BMC.
    pub fn of(bmc: &Bmc) -> Self {
        Self { origin: bmc.address().to_owned(), root: bmc.root_path().to_owned() }
    }

    /// A link without scheme and host where they are the BMC's own, by whatever name, as may be below its service root.
    pub fn path<'a>(&self, link: &'a str) -> &'a str {
        let own = link.strip_prefix(&self.origin).filter(|path| path.starts_with('/'));
        let is_web = |scheme: &str| scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        let path = || {
            let (_, rest) = link.split_once("://").filter(|(scheme, _)| is_web(scheme))?;
            Some(&rest[rest.find('/')?..]).filter(|path| path.starts_with(&self.root))
        };
        own.or_else(path).unwrap_or(link)
    }
}

impl Recorder {
    /// Begins a file, which must not be there yet, and which its owner alone may read. `root` is what the BMC answered
    /// for its service root; `secrets` are those that are known already.
    ///
    /// # Errors
    /// The file is there already, or cannot be written.
    pub fn create(path: &Path, place: Place, root: &Forwarded, secrets: Secrets, now: Timestamp) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)?;
        let elsewhere = Some(secrets.text(&place.root)).filter(|root| root != USUAL_ROOT);
        let mut recorder = Self { file, length: 0, secrets, place };
        let bmc = recorder.identity(&root.body);
        recorder.append(&Header {
            kamacite: KIND.to_owned(),
            format: FORMAT,
            recorded_at: now,
            recorded_by: concat!("kamacite ", env!("CARGO_PKG_VERSION")).to_owned(),
            bmc,
            root: elsewhere,
        })?;
        Ok(recorder)
    }

    /// A text without the secrets that are known so far, to be told to a person.
    pub fn clean(&self, text: &str) -> String {
        self.secrets.text(text)
    }

    /// Learns the secrets of a request, before anything can be told of it.
    pub fn learn(&mut self, asked: &Forward) {
        self.secrets.learn_headers(pairs(&asked.headers));
        self.secrets.learn_sent_text(&asked.path);
        match json(&asked.body) {
            Some(body) => self.secrets.learn_sent(&body),
            None => self.secrets.learn_form(&asked.body),
        }
    }

    /// Adds an exchange to the file.
    ///
    /// # Errors
    /// [`Unwritten`]; the file then ends as it did before.
    pub fn record(&mut self, asked: &Forward, answer: &Forwarded, took: Duration) -> Result<(), Unwritten> {
        let (sent, shown) = (json(&asked.body), json(&answer.body));
        // All of it is learned before any of it is written down.
        self.learn(asked);
        self.secrets.learn_headers(pairs(&answer.headers));
        self.secrets.learn_headers(pairs(&answer.credentials));
        match (&shown, str::from_utf8(&answer.body)) {
            (Some(body), _) => self.secrets.learn_shown(body),
            (None, Ok(text)) => self.secrets.learn_shown_text(text),
            (None, Err(_)) => {}
        }
        if self.secrets.overflown() {
            return Err(Unwritten::Secrets);
        }
        let unread = (!asked.body.is_empty()).then(|| Value::from(MARK));
        let (text, left_out) = match (&shown, std::str::from_utf8(&answer.body)) {
            (Some(_), _) | (None, Ok("")) => (None, None),
            (None, Ok(text)) => (Some(self.secrets.text(text)), None),
            (None, Err(_)) => (None, Some(answer.body.len())),
        };
        let exchange = Exchange {
            method: asked.verb.to_string(),
            path: self.secrets.text(&asked.path),
            request_headers: pairs(&asked.headers).filter_map(|pair| self.header(pair)).collect(),
            request_body: sent.map(|body| self.secrets.body(&body)).or(unread),
            status: answer.status,
            headers: pairs(&answer.headers).filter_map(|pair| self.header(pair)).collect(),
            body: shown.map(|body| self.secrets.body(&body)),
            text,
            left_out,
            ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        };
        Ok(self.append(&exchange)?)
    }

    fn identity(&mut self, root: &[u8]) -> Identity {
        let root = json(root).map(|root| self.secrets.body(&root)).unwrap_or_default();
        let text = |name: &str| root[name].as_str().map(str::to_owned);
        Identity {
            vendor: text("Vendor"),
            product: text("Product"),
            redfish_version: text("RedfishVersion"),
            uuid: text("UUID"),
        }
    }

    /// A header as it is kept. What plays the file is at another address than the BMC was, so that a `Location` must not
    /// lead there.
    fn header(&self, (name, value): (&str, &str)) -> Option<(String, String)> {
        let here = if name.eq_ignore_ascii_case("location") { self.place.path(value) } else { value };
        self.secrets.header(name, here).map(|kept| (name.to_lowercase(), kept))
    }

    /// One line in one go, so that an interrupt cuts at most the last. What was written of one that fails is taken back.
    fn append(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        let written = self.file.write_all(&bytes);
        match written {
            Ok(()) => self.length += bytes.len() as u64,
            Err(_) => self.file.set_len(self.length)?,
        }
        written
    }
}

fn json(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok()
}

fn pairs(headers: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(link: &str, expected: &str) {
        let place = Place { origin: "https://bmc:8443".to_owned(), root: "/redfish/v1/".to_owned() };
        assert_eq!(place.path(link), expected);
    }

    #[test]
    fn links_to_the_bmc_by_whatever_name() {
        check("https://bmc:8443/t/1", "/t/1");
        check("https://10.0.0.5/redfish/v1/Tasks/1", "/redfish/v1/Tasks/1");
        check("HTTP://BMC:8443/redfish/v1/Tasks/1", "/redfish/v1/Tasks/1");
        check("/redfish/v1/Tasks/1", "/redfish/v1/Tasks/1");
        check("https://bmc:84433/t/1", "https://bmc:84433/t/1");
        check("https://elsewhere/images/1", "https://elsewhere/images/1");
        check("ftp://bmc/redfish/v1/", "ftp://bmc/redfish/v1/");
        check("https://elsewhere", "https://elsewhere");
    }
}
