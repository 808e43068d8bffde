//! Which microversion a request is in: read from either of the two headers.

use axum::http::{HeaderMap, HeaderName};

use crate::versions::Version;

/// The reference's own header; answers carry it too.
pub const VERSION: HeaderName = HeaderName::from_static("x-openstack-ironic-api-version");
/// Answers say the oldest version here.
pub const MIN_VERSION: HeaderName = HeaderName::from_static("x-openstack-ironic-api-minimum-version");
/// Answers say the newest version here.
pub const MAX_VERSION: HeaderName = HeaderName::from_static("x-openstack-ironic-api-maximum-version");

const STANDARD: HeaderName = HeaderName::from_static("openstack-api-version");
const SERVICE: &str = "baremetal";

/// Why a request is in no version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What the client is told.
    pub text: String,
    /// The request named a version, one that is not there.
    pub understood: bool,
}

/// The version that the headers ask for; without one, the oldest.
pub fn negotiate(headers: &HeaderMap) -> Result<Version, Refusal> {
    let Some(asked) = standard(headers).or_else(|| legacy(headers)) else { return Ok(Version::MIN) };
    if asked.is_empty() {
        return Ok(Version::MIN);
    }
    if asked.eq_ignore_ascii_case("latest") {
        return Ok(Version::MAX);
    }
    let (major, minor) = numbers(asked).ok_or_else(|| Refusal {
        text: "Invalid value for X-OpenStack-Ironic-API-Version header".to_owned(),
        understood: false,
    })?;
    let range = format!("The supported version range is: [{}, {}].", Version::MIN, Version::MAX);
    if major != 1 {
        let text = format!(
            "Mutually exclusive versions requested. Version {major}.{minor} requested but not supported by this service. \
             {range}"
        );
        return Err(Refusal { text, understood: true });
    }
    u16::try_from(minor).ok().and_then(Version::new).ok_or_else(|| Refusal {
        text: format!(
            "Version 1.{minor} was requested but the minor version is not supported by this service. {range}"
        ),
        understood: true,
    })
}

/// Whether a path that ends in `.json` means the path without it: only to clients that name an old version.
pub fn strips_json_suffix(headers: &HeaderMap) -> bool {
    let minor = legacy(headers).and_then(numbers).map(|(_, minor)| minor);
    minor.is_some_and(|minor| minor > 0 && minor < i64::from(crate::versions::since::NO_JSON_SUFFIX))
}

/// `OpenStack-API-Version: baremetal 1.N`: the last entry for this service; others are not for us.
fn standard(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(STANDARD)?.to_str().ok()?;
    text.rsplit(',').find_map(|entry| {
        let (service, version) = entry.trim().split_once(char::is_whitespace)?;
        service.eq_ignore_ascii_case(SERVICE).then(|| version.trim())
    })
}

fn legacy(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(VERSION)?.to_str().unwrap_or("not a version");
    text.rsplit(',').next().map(str::trim)
}

fn numbers(version: &str) -> Option<(i64, i64)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.trim().parse().ok()?, minor.trim().parse().ok()?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn headers(given: &[(HeaderName, &'static str)]) -> HeaderMap {
        given.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[track_caller]
    fn check(given: &[(HeaderName, &'static str)], expected: u16) {
        assert_eq!(negotiate(&headers(given)).unwrap().minor(), expected);
    }

    #[track_caller]
    fn refuse(asked: &'static str, understood: bool, words: &str) {
        let refusal = negotiate(&headers(&[(VERSION, asked)])).unwrap_err();
        assert_eq!(refusal.understood, understood, "{asked}");
        assert!(refusal.text.contains(words), "{}", refusal.text);
    }

    #[test]
    fn the_version_is_read_from_either_header() {
        check(&[], 1);
        check(&[(VERSION, "1.38")], 38);
        check(&[(VERSION, "1.01")], 1);
        check(&[(VERSION, "LATEST")], 115);
        check(&[(STANDARD, "baremetal 1.5")], 5);
        check(&[(STANDARD, "baremetal latest")], 115);
        check(&[(STANDARD, "compute 2.1")], 1);
        check(&[(STANDARD, "baremetal")], 1);
        check(&[(STANDARD, "1.5")], 1);
        check(&[(STANDARD, "baremetal 1.5, compute 2.1")], 5);
        check(&[(STANDARD, "baremetal 1.5"), (VERSION, "1.9")], 5);
    }

    #[test]
    fn versions_that_are_not_there_are_refused() {
        refuse("1.116", true, "Version 1.116 was requested but the minor version is not supported");
        refuse("1.0", true, "The supported version range is: [1.1, 1.115].");
        refuse("2.1", true, "Mutually exclusive versions requested. Version 2.1");
        for asked in ["abc", "1", "1.1.1"] {
            refuse(asked, false, "Invalid value for X-OpenStack-Ironic-API-Version header");
        }
    }

    #[test]
    fn a_json_suffix_is_stripped_for_old_clients_that_say_so() {
        assert!(strips_json_suffix(&headers(&[(VERSION, "1.90")])));
        assert!(!strips_json_suffix(&headers(&[(VERSION, "1.91")])));
        assert!(!strips_json_suffix(&headers(&[])));
    }
}
