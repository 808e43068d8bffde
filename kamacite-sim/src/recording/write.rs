//! Writes a recording, exchange by exchange: whatever interrupts it, the file is whole up to the last one.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

use kamacite_model::Timestamp;
use redfish::{Forward, Forwarded};
use serde::Serialize;
use serde_json::Value;

use super::{
    Exchange, FORMAT, Header, Identity, KIND,
    secrets::{MARK, Secrets},
};

/// Writes a file and keeps secrets out of it.
pub struct Recorder {
    file: File,
    secrets: Secrets,
    /// How the BMC is called where links name it: scheme, host and port.
    origin: String,
}

impl Recorder {
    /// Begins a file, which must not be there yet, and which its owner alone may read. `root` is what the BMC answered
    /// for its service root, `origin` its scheme, host and port; `secrets` are those that are known already.
    ///
    /// # Errors
    /// The file is there already, or cannot be written.
    pub fn create(path: &Path, origin: &str, root: &Forwarded, secrets: Secrets, now: Timestamp) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let mut recorder = Self { file, secrets, origin: origin.to_owned() };
        let bmc = recorder.identity(&root.body);
        recorder.append(&Header {
            kamacite: KIND.to_owned(),
            format: FORMAT,
            recorded_at: now,
            recorded_by: concat!("kamacite ", env!("CARGO_PKG_VERSION")).to_owned(),
            bmc,
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
    /// The file cannot be written.
    pub fn record(&mut self, asked: &Forward, answer: &Forwarded, took: Duration) -> io::Result<()> {
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
            return Err(io::Error::other("there are more secrets in it than can be kept out of a file"));
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
        self.append(&exchange)
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
        let here = if name.eq_ignore_ascii_case("location") { on_the_bmc(&self.origin, value) } else { value };
        self.secrets.header(name, here).map(|kept| (name.to_lowercase(), kept))
    }

    /// One line in one go, so that an interrupt cuts at most the last.
    fn append(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.file.write_all(&bytes)
    }
}

/// A link without scheme and host where they are the BMC's own.
pub(crate) fn on_the_bmc<'a>(origin: &str, link: &'a str) -> &'a str {
    let path = link.strip_prefix(origin).filter(|path| path.starts_with('/'));
    path.unwrap_or(link)
}

fn json(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok()
}

fn pairs(headers: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}
