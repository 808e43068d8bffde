//! Recordings: what was said between a client and a BMC, without its secrets, in a file that can be played.
//!
//! A file is JSON Lines: a [`Header`], then an [`Exchange`] a line, in the order in which they were answered. Its page of
//! documentation is `docs/recordings.md`.

mod matching;
mod players;
mod replay;
pub mod secrets;
mod sessions;
mod write;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use kamacite_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use players::{Player, Players, Stage};
pub use replay::Replay;
pub use write::{Place, Recorder, Unwritten};

/// The version of the format that is written and read here. It grows when older programs would misread a file.
pub const FORMAT: u32 = 1;

/// What the first line of a file says it is.
const KIND: &str = "recording";

/// The first line of a file: what this is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Always `recording`.
    pub kamacite: String,
    /// The version of the format, [`FORMAT`].
    pub format: u32,
    /// When the recording began.
    pub recorded_at: Timestamp,
    /// The program that made it, and its version.
    pub recorded_by: String,
    /// Who the BMC says it is, as far as it does.
    #[serde(default)]
    pub bmc: Identity,
    /// The path of the service root, where it is not `/redfish/v1/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
}

/// Who a BMC says it is: these members of its service root (DSP0268, ServiceRoot).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Identity {
    /// `Vendor`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// `Product`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// `RedfishVersion`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redfish_version: Option<String>,
    /// `UUID`
    #[serde(default, rename = "UUID", skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
}

/// A request and its answer: every line but the first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// The method; HEAD is recorded as GET.
    pub method: String,
    /// The path on the BMC, with its query.
    pub path: String,
    /// The headers of the request that matter, names in lower case.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub request_headers: BTreeMap<String, String>,
    /// The body of the request. One that is no JSON is the mark alone: what cannot be read cannot be searched for secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_body: Option<Value>,
    /// The status of the answer.
    pub status: u16,
    /// The headers of the answer that matter, names in lower case.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body of the answer, if it is JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The body of the answer, if it is any other text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The bytes of an answer that is neither; they are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<usize>,
    /// How long the answer took, in milliseconds.
    #[serde(default)]
    pub ms: u64,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// What it says of itself.
    pub header: Header,
    /// The conversation.
    pub exchanges: Vec<Exchange>,
    /// Whether the last line was cut off; it is left out.
    pub cut_off: bool,
}

/// Why a file is no recording that can be played.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// It cannot be read at all.
    #[error("cannot read the recording {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Its first line is not that of a recording.
    #[error(
        "{} is no recording: its first line does not say that it is one; make one with `kamacite bmc record`",
        path.display()
    )]
    NoRecording {
        /// The file.
        path: PathBuf,
    },
    /// It is of a later format.
    #[error(
        "{} is a recording of format {format}, and this program reads {FORMAT}; play it with the version of kamacite \
         that made it ({made_by}), or record anew",
        path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u32,
        /// What made it.
        made_by: String,
    },
    /// A line is no exchange.
    #[error(
        "line {line} of {} is no exchange: {problem}; mend or remove the line, or record anew",
        path.display()
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// Which line, counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// There is nothing to play.
    #[error("{} holds no exchange; record anew, and let the BMC answer something", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

impl Recording {
    /// Reads a file.
    ///
    /// # Errors
    /// [`RecordingError`], with the file and the line.
    pub fn read(path: &Path) -> Result<Self, RecordingError> {
        let bytes = fs::read(path).map_err(|source| RecordingError::Read { path: path.to_owned(), source })?;
        // What is cut off may be so in the middle of a letter.
        Self::parse(path, &String::from_utf8_lossy(&bytes))
    }

    fn parse(path: &Path, text: &str) -> Result<Self, RecordingError> {
        let header = header(path, text.lines().next().unwrap_or_default())?;
        let mut recording = Self { header, exchanges: Vec::new(), cut_off: false };
        let last = text.lines().count();
        for (line, content) in (1..).zip(text.lines()).skip(1).filter(|(_, content)| !content.trim().is_empty()) {
            match serde_json::from_str(content).map_err(|e| e.to_string()).and_then(sound) {
                Ok(exchange) => recording.exchanges.push(exchange),
                Err(_) if line == last && !text.ends_with('\n') => recording.cut_off = true,
                Err(problem) => return Err(RecordingError::Line { path: path.to_owned(), line, problem }),
            }
        }
        if recording.exchanges.is_empty() {
            return Err(RecordingError::Empty { path: path.to_owned() });
        }
        Ok(recording)
    }
}

/// The first line; of one of a later format it is enough to know that.
fn header(path: &Path, line: &str) -> Result<Header, RecordingError> {
    let no_recording = || RecordingError::NoRecording { path: path.to_owned() };
    let value: Value = serde_json::from_str(line).map_err(|_| no_recording())?;
    let format = value["format"].as_u64().and_then(|format| u32::try_from(format).ok());
    match (value["kamacite"].as_str(), format) {
        (Some(KIND), Some(FORMAT)) => serde_json::from_value(value).map_err(|e| RecordingError::Line {
            path: path.to_owned(),
            line: 1,
            problem: e.to_string(),
        }),
        (Some(KIND), Some(format)) => {
            let made_by = value["recorded_by"].as_str().unwrap_or("it does not say which").to_owned();
            Err(RecordingError::Format { path: path.to_owned(), format, made_by })
        }
        _ => Err(no_recording()),
    }
}

/// An exchange that HTTP could carry.
fn sound(exchange: Exchange) -> Result<Exchange, String> {
    if crate::Method::named(&exchange.method).is_none() {
        return Err(format!("there is no method {:?}", exchange.method));
    }
    if !exchange.path.starts_with('/') {
        return Err(format!("{:?} is no path", exchange.path));
    }
    if !(200..=599).contains(&exchange.status) {
        return Err(format!("there is no status {}", exchange.status));
    }
    Ok(exchange)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const FIRST: &str = r#"{"kamacite":"recording","format":1,"recorded_at":"2026-03-01T10:00:00Z","recorded_by":"kamacite 0.1.0","bmc":{"Vendor":"Acme"}}"#;
    const ROOT: &str = r#"{"method":"GET","path":"/redfish/v1/","status":200,"body":{"Id":"Root"},"ms":12}"#;

    fn read(lines: &[&str]) -> Result<Recording, RecordingError> {
        Recording::parse(Path::new("bmc.jsonl"), &lines.concat())
    }

    #[track_caller]
    fn check_refused(lines: &[&str], why: &str) {
        let message = read(lines).unwrap_err().to_string();
        assert!(message.contains(why) && message.contains("bmc.jsonl"), "{message}");
    }

    #[test]
    fn a_file_is_read() {
        let recording = read(&[FIRST, "\n", ROOT, "\n\n", ROOT, "\n"]).unwrap();
        assert_eq!(recording.header.bmc.vendor.as_deref(), Some("Acme"));
        assert_eq!((recording.exchanges.len(), recording.cut_off), (2, false));
        assert_eq!((recording.exchanges[0].status, recording.exchanges[0].ms), (200, 12));
    }

    #[test]
    fn a_last_line_that_is_cut_off_is_left_out() {
        for length in 1..ROOT.len() {
            let recording = read(&[FIRST, "\n", ROOT, "\n", &ROOT[..length]]).unwrap();
            assert_eq!((recording.exchanges.len(), recording.cut_off), (1, true), "{length}");
        }
        assert!(!read(&[FIRST, "\n", ROOT]).unwrap().cut_off);
    }

    #[test]
    fn what_is_wrong_is_said_with_the_line() {
        check_refused(&[], "is no recording");
        check_refused(&["{}"], "is no recording");
        check_refused(&[ROOT, "\n"], "kamacite bmc record");
        check_refused(&[r#"{"kamacite":"recording","format":9,"recorded_by":"kamacite 7"}"#], "of format 9");
        check_refused(&[r#"{"kamacite":"recording","format":1}"#], "line 1 of");
        check_refused(&[FIRST, "\n"], "holds no exchange");
        check_refused(&[FIRST, "\n", &ROOT[..20], "\n", ROOT, "\n"], "line 2 of");
        check_refused(&[FIRST, "\n", ROOT, "\n", &ROOT[..20], "\n"], "line 3 of");
        let wrong = |from: &str, to: &str| ROOT.replace(from, to);
        check_refused(&[FIRST, "\n", &wrong("GET", "STEAL"), "\n"], "no method \"STEAL\"");
        check_refused(&[FIRST, "\n", &wrong("\"/redfish", "\"redfish"), "\n"], "is no path");
        check_refused(&[FIRST, "\n", &wrong("200", "99"), "\n"], "no status 99");
        check_refused(&[FIRST, "\n", &wrong("200", "\"x\""), "\n"], "line 2 of");
    }
}
