//! Where a BMC is: its address as a person types it, and the paths on it.

use url::Url;

use crate::error::{Error, Result};

/// The service root's path unless the address names another (DSP0266, "Service root request").
const ROOT: &str = "/redfish/v1/";

/// The origin (scheme, host, port) of a BMC and the path of its service root.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    origin: Url,
    root: String,
}

impl Address {
    /// Reads an address as found in `redfish_address`: scheme optional (https is assumed), IPv6
    /// with or without brackets. A path, if any, is the service root's, as for a gateway that
    /// serves many BMCs; `/` and `/redfish` mean the usual one.
    ///
    /// # Errors
    ///
    /// [`Error::Address`] when there is no host, the scheme is neither http nor https, or the
    /// address carries a user name: what is in an address ends up in logs.
    pub fn parse(given: &str) -> Result<Self> {
        let text = given.trim();
        // With an @ it may hold a password, and must not be repeated.
        let given = if text.contains('@') { "(not shown)" } else { text };
        let url = if text.contains("://") {
            text.to_owned()
        } else if text.parse::<std::net::Ipv6Addr>().is_ok() {
            format!("https://[{text}]")
        } else {
            format!("https://{text}")
        };
        let mut origin = Url::parse(&url).map_err(|e| refused(given, &e.to_string()))?;
        if !origin.username().is_empty() || origin.password().is_some() {
            return Err(refused(
                given,
                "it carries a user name, which belongs into redfish_username and redfish_password",
            ));
        }
        if !matches!(origin.scheme(), "http" | "https") || origin.host_str().is_none() {
            return Err(refused(given, "it is no http or https URL"));
        }
        let root = match origin.path().trim_end_matches('/') {
            "" | "/redfish" => ROOT.to_owned(),
            path => format!("{path}/"),
        };
        origin.set_path("/");
        origin.set_query(None);
        origin.set_fragment(None);
        Ok(Self { origin, root })
    }

    /// Scheme, host and port, without a trailing slash: how messages name the BMC.
    pub fn shown(&self) -> &str {
        self.origin.as_str().trim_end_matches('/')
    }

    /// Host and port, the port also where it is the scheme's own.
    pub fn authority(&self) -> String {
        let port = self.origin.port_or_known_default().unwrap_or_default();
        format!("{}:{port}", self.origin.host_str().unwrap_or_default())
    }

    /// The path of the service root, with a trailing slash.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// The URL of a path on this BMC. Whatever the path says, the host is the BMC's own.
    pub fn url(&self, path: &str) -> Url {
        let mut url = self.origin.clone();
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, None),
        };
        url.set_path(path);
        url.set_query(query);
        url
    }

    /// Whether a URL is served by this very BMC: same scheme, host and port.
    pub fn owns(&self, url: &Url) -> bool {
        self.origin.origin() == url.origin()
    }
}

/// The path a link leads to, seen from the resource at `from`.
///
/// BMCs write links with their own idea of their host name (ignored: credentials go only where
/// the operator said), with a fragment (dropped), two leading slashes, or none at all.
pub(crate) fn resolve(from: &str, link: &str) -> Option<String> {
    let link = link.split('#').next()?.trim();
    if link.is_empty() {
        return None;
    }
    let anywhere = Url::parse("http://bmc").ok()?;
    let url = if link.contains("://") {
        Url::parse(link).ok()?
    } else if link.starts_with('/') {
        anywhere.join(&format!("/{}", link.trim_start_matches('/'))).ok()?
    } else if link.starts_with("redfish/") {
        anywhere.join(&format!("/{link}")).ok()?
    } else {
        anywhere.join(from).ok()?.join(link).ok()?
    };
    Some(path_and_query(&url))
}

/// The path of a member whose `Id` is known; `None` for an `id` that cannot be one. The `id` is
/// one segment whatever it contains, so that none can lead out of the collection.
pub(crate) fn member(collection: &str, id: &str) -> Option<String> {
    if matches!(id, "" | "." | "..") {
        return None;
    }
    let mut url = Url::parse("http://bmc").ok()?.join(collection).ok()?;
    url.set_query(None);
    url.path_segments_mut().ok()?.pop_if_empty().push(id);
    Some(url.path().to_owned())
}

/// A URL's path with its query, which is how paths are kept.
pub(crate) fn path_and_query(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// Whether two paths name the same resource; a trailing slash makes no difference.
pub(crate) fn same_path(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}

fn refused(given: &str, problem: &str) -> Error {
    Error::Address { given: given.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[track_caller]
    fn check(given: &str, origin: &str, root: &str) {
        let address = Address::parse(given).unwrap();
        assert_eq!((address.shown(), address.root()), (origin, root), "{given}");
    }

    #[test]
    fn addresses_as_people_type_them() {
        check("10.0.0.5", "https://10.0.0.5", "/redfish/v1/");
        check(" bmc-7.example.org ", "https://bmc-7.example.org", "/redfish/v1/");
        check("bmc:8443", "https://bmc:8443", "/redfish/v1/");
        check("http://127.0.0.1:8000", "http://127.0.0.1:8000", "/redfish/v1/");
        check("HTTPS://BMC/", "https://bmc", "/redfish/v1/");
        check("https://bmc:443/", "https://bmc", "/redfish/v1/");
        check("https://bmc/redfish", "https://bmc", "/redfish/v1/");
        check("https://bmc/redfish/v1", "https://bmc", "/redfish/v1/");
        check("https://bmc/redfish/v1/?x=1#y", "https://bmc", "/redfish/v1/");
        check("https://gateway/bmc7/redfish/v1/", "https://gateway", "/bmc7/redfish/v1/");
    }

    #[test]
    fn ipv6_with_and_without_brackets() {
        check("[2001:db8::5]", "https://[2001:db8::5]", "/redfish/v1/");
        check("[2001:db8::5]:8443", "https://[2001:db8::5]:8443", "/redfish/v1/");
        check("2001:db8::5", "https://[2001:db8::5]", "/redfish/v1/");
        check("http://[::1]:80/redfish/v1/", "http://[::1]", "/redfish/v1/");
    }

    #[track_caller]
    fn check_refused(given: &str, why: &str) {
        let message = Address::parse(given).unwrap_err().to_string();
        assert!(message.contains(why), "{given}: {message}");
        assert!(!message.contains("hunter2"), "{message}");
    }

    #[test]
    fn addresses_nothing_can_be_reached_at() {
        check_refused("", "empty host");
        check_refused("https://", "empty host");
        check_refused("ftp://bmc", "no http or https URL");
        check_refused("bmc:port", "invalid port");
        check_refused("https://root:hunter2@bmc", "redfish_password");
        check_refused("root:hunter2@bmc", "redfish_password");
        check_refused("root:hunter2@bmc:port", "invalid port");
    }

    #[track_caller]
    fn check_link(link: &str, expected: Option<&str>) {
        assert_eq!(resolve("/redfish/v1/Systems", link).as_deref(), expected, "{link}");
    }

    #[test]
    fn links_of_every_shape() {
        check_link("/redfish/v1/Systems/1", Some("/redfish/v1/Systems/1"));
        check_link("https://other.host:444/redfish/v1/Systems/1", Some("/redfish/v1/Systems/1"));
        check_link("//redfish/v1/Systems/1", Some("/redfish/v1/Systems/1"));
        check_link("redfish/v1/Systems/1", Some("/redfish/v1/Systems/1"));
        check_link("Systems/1", Some("/redfish/v1/Systems/1"));
        check_link("/redfish/v1/Chassis/1/Thermal#/Fans/0", Some("/redfish/v1/Chassis/1/Thermal"));
        check_link("/redfish/v1/Systems?$skip=5", Some("/redfish/v1/Systems?$skip=5"));
        check_link("/redfish/v1/Systems/a b", Some("/redfish/v1/Systems/a%20b"));
        check_link("", None);
        check_link("#/Members/0", None);
    }

    #[test]
    fn a_url_stays_on_the_bmc() {
        let address = Address::parse("https://bmc:8443/redfish/v1").unwrap();
        assert_eq!(address.url("/redfish/v1/Systems?$skip=5").as_str(), "https://bmc:8443/redfish/v1/Systems?$skip=5");
        assert_eq!(address.url("//evil/x").host_str(), Some("bmc"));
        assert!(address.owns(&Url::parse("https://bmc:8443/other").unwrap()));
        for stranger in ["https://bmc/x", "http://bmc:8443/x", "https://bmc.evil:8443/x"] {
            assert!(!address.owns(&Url::parse(stranger).unwrap()), "{stranger}");
        }
    }

    #[test]
    fn a_member_cannot_lead_out_of_its_collection() {
        assert_eq!(member("/redfish/v1/Systems/", "1").as_deref(), Some("/redfish/v1/Systems/1"));
        assert_eq!(member("/redfish/v1/Systems", "437XR").as_deref(), Some("/redfish/v1/Systems/437XR"));
        assert_eq!(member("/a/Subscriptions", "../../b").as_deref(), Some("/a/Subscriptions/..%2F..%2Fb"));
        assert_eq!(member("/a/Subscriptions", "x?y#z").as_deref(), Some("/a/Subscriptions/x%3Fy%23z"));
        for id in ["", ".", ".."] {
            assert_eq!(member("/a/Subscriptions", id), None);
        }
    }
}
