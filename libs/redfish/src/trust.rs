//! Whose certificates are believed, as files on disk and as settings of the TLS library.

use std::path::{Path, PathBuf};

use reqwest::{Certificate, ClientBuilder};

use crate::error::{Error, Result};
use crate::target::Verify;

/// Whose certificates are believed. Authorities are known by the content of their files, so that
/// a renewed file makes a difference.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Trust {
    /// The authorities this host trusts.
    Host,
    /// Whoever answers.
    Anybody,
    /// The authorities in these files, PEM each, of the file or directory at `path`.
    Only { path: PathBuf, files: Vec<Vec<u8>> },
}

impl Trust {
    /// Reads what there is to read from disk.
    pub fn of(verify: &Verify) -> Result<Self> {
        match verify {
            Verify::Yes => Ok(Self::Host),
            Verify::No => Ok(Self::Anybody),
            Verify::Ca(path) => Ok(Self::Only { path: path.clone(), files: read(path)? }),
        }
    }

    /// Tells the TLS library.
    pub fn apply(&self, builder: ClientBuilder) -> Result<ClientBuilder> {
        match self {
            Self::Host => Ok(builder),
            Self::Anybody => {
                Ok(builder.tls_danger_accept_invalid_certs(true).tls_danger_accept_invalid_hostnames(true))
            }
            Self::Only { path, files } => Ok(builder.tls_certs_only(certificates(path, files)?)),
        }
    }
}

/// The content of a file, or of every file of a directory that can be read.
fn read(path: &Path) -> Result<Vec<Vec<u8>>> {
    let failed = |e: std::io::Error| unusable(path, e.to_string());
    if !path.is_dir() {
        return Ok(vec![std::fs::read(path).map_err(failed)?]);
    }
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        names.push(entry.map_err(failed)?.path());
    }
    names.sort();
    // Such directories also hold keys, lists and folders: what cannot be read is none of ours.
    Ok(names.iter().filter_map(|name| std::fs::read(name).ok()).collect())
}

/// The certificates in these files. Of several files, those without any are passed over.
fn certificates(path: &Path, files: &[Vec<u8>]) -> Result<Vec<Certificate>> {
    let mut all = Vec::new();
    for pem in files {
        match Certificate::from_pem_bundle(pem) {
            Ok(some) => all.extend(some),
            Err(e) if files.len() == 1 => return Err(unusable(path, e.to_string())),
            Err(e) => tracing::debug!(path = %path.display(), error = %e, "a file without usable certificates"),
        }
    }
    if all.is_empty() {
        return Err(unusable(path, "there is no certificate in it".to_owned()));
    }
    Ok(all)
}

fn unusable(path: &Path, problem: String) -> Error {
    Error::CaCertificates { path: path.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[track_caller]
    fn check_unusable(path: &str, why: &str) {
        let outcome = Trust::of(&Verify::Ca(path.into())).and_then(|trust| trust.apply(ClientBuilder::new()));
        let message = outcome.unwrap_err().to_string();
        assert!(message.contains(why) && message.contains("redfish_verify_ca"), "{message}");
    }

    #[test]
    fn certificate_authorities_must_be_there() {
        check_unusable("/nonexistent/ca.pem", "No such file");
        check_unusable(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "no certificate in it");
        check_unusable(concat!(env!("CARGO_MANIFEST_DIR"), "/src"), "no certificate in it");
    }
}
