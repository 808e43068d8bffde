//! Where the API listens: on loopback, unless someone says in so many words that the world may come in.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use kamacite_api::{ApiConfig, Authentication};
use kamacite_model::options::{Opt, OptionValue, Options};

/// Lets an API without authentication listen beyond loopback.
pub(crate) const BEYOND_LOOPBACK: Opt<Acknowledged> = Opt::new(
    "kamacite",
    "noauth_beyond_loopback",
    "",
    "Without authentication the API listens on loopback only, whatever [api]host_ip says. To let it listen where \
     host_ip says, write here: anyone who reaches it may do anything",
);

/// Whether someone has said the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Acknowledged(bool);

const WORDS: &str = "anyone who reaches it may do anything";

impl OptionValue for Acknowledged {
    const KIND: &'static str = "words";

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "" => Ok(Self(false)),
            WORDS => Ok(Self(true)),
            _ => Err(format!("expected nothing, or the words: {WORDS}")),
        }
    }
}

/// Where to listen.
pub(crate) fn address(api: &ApiConfig, options: &Options) -> SocketAddr {
    let wanted = api.address();
    let Acknowledged(beyond) = options.get(&BEYOND_LOOPBACK);
    match api.authentication {
        Authentication::None if !beyond && !wanted.ip().is_loopback() => {
            tracing::warn!(
                "the API has no authentication and listens on loopback instead of {}; \
                 see [kamacite]noauth_beyond_loopback",
                wanted.ip()
            );
            SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), wanted.port())
        }
        Authentication::None => wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host_ip: &str, words: &str, expected: &str) {
        let mut options = Options::default();
        options.set("api", "host_ip", host_ip);
        options.set("kamacite", "noauth_beyond_loopback", words);
        let address = address(&ApiConfig::from_options(&options), &options);
        assert_eq!(address.ip().to_string(), expected, "{host_ip} {words:?}");
    }

    #[test]
    fn the_world_comes_in_only_by_the_words() {
        check("0.0.0.0", "", "127.0.0.1");
        check("192.0.2.1", "", "127.0.0.1");
        check("127.0.0.2", "", "127.0.0.2");
        check("::1", "", "::1");
        check("192.0.2.1", WORDS, "192.0.2.1");
        assert!(Acknowledged::parse("true").is_err());
    }
}
