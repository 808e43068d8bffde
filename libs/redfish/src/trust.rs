//! Whose certificates are believed, as files on disk and as settings of the TLS library.

use std::path::{Path, PathBuf};

use openssl::ssl::{SslContextBuilder, SslVerifyMode};
use openssl::x509::X509;
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::verify::X509VerifyFlags;

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
    pub fn apply(&self, tls: &mut SslContextBuilder) -> Result<()> {
        match self {
            Self::Host => {}
            Self::Anybody => tls.set_verify(SslVerifyMode::NONE),
            Self::Only { path, files } => {
                let certificates = certificates(path, files)?;
                let failed = |e: openssl::error::ErrorStack| unusable(path, e.to_string());
                let mut store = X509StoreBuilder::new().map_err(failed)?;
                // An authority in the middle of a chain is one, too, when it is named.
                store.set_flags(X509VerifyFlags::PARTIAL_CHAIN).map_err(failed)?;
                let mut pinned = Vec::new();
                for certificate in certificates {
                    pinned.push(certificate.to_der().map_err(failed)?);
                    store.add_cert(certificate).map_err(failed)?;
                }
                tls.set_cert_store(store.build());
                pin(tls, pinned);
            }
        }
        Ok(())
    }
}

/// Has a BMC that shows one of these very certificates believed, whatever is wrong with it: expired, of another host
/// or of none, of version 1. It was named, byte for byte, and only its owner has the key.
fn pin(tls: &mut SslContextBuilder, pinned: Vec<Vec<u8>>) {
    tls.set_verify_callback(SslVerifyMode::PEER, move |fine, context| {
        let shown = context.chain().and_then(|chain| chain.get(0)).and_then(|leaf| leaf.to_der().ok());
        fine || shown.is_some_and(|shown| pinned.contains(&shown))
    });
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
fn certificates(path: &Path, files: &[Vec<u8>]) -> Result<Vec<X509>> {
    let mut all = Vec::new();
    for pem in files {
        match X509::stack_from_pem(pem) {
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

    use openssl::ssl::SslMethod;

    use super::*;

    #[track_caller]
    fn check_unusable(path: &str, why: &str) {
        let mut tls = SslContextBuilder::new(SslMethod::tls()).unwrap();
        let outcome = Trust::of(&Verify::Ca(path.into())).and_then(|trust| trust.apply(&mut tls));
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
