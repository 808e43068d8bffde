//! What can be configured of the API, and what links and limits come of it.

use std::net::{IpAddr, SocketAddr};

use kamacite_model::options::{Opt, OptionSpec, OptionValue, Options};

/// The API's configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiConfig {
    /// How callers prove who they are.
    pub authentication: Authentication,
    /// The address to listen on.
    pub host_ip: IpAddr,
    /// The TCP port to listen on.
    pub port: u16,
    /// The most items in one answer of a list.
    pub max_limit: usize,
    /// What links begin with; `None` takes the host that the client asked.
    pub public_endpoint: Option<String>,
    /// How deeply a body may be nested.
    pub max_body_depth: usize,
    /// The largest body, in bytes.
    pub max_body_size: usize,
    /// The largest body of `states/provision`, in bytes: it may carry a config drive.
    pub max_body_size_provision: usize,
    /// The largest body of `continue_inspection`, in bytes: it may carry logs.
    pub max_body_size_inspection: usize,
    /// `/healthcheck` answers.
    pub healthcheck: bool,
    /// `/metrics` answers.
    pub metrics: bool,
    /// Where it answers; `None` for where the API does.
    pub metrics_listen: Option<SocketAddr>,
}

/// How callers prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// They do not: whoever reaches the API may do everything.
    None,
}

impl OptionValue for Authentication {
    const KIND: &'static str = "authentication";

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "noauth" => Ok(Self::None),
            _ => {
                Err("only noauth is built in yet; set it to noauth and let a proxy or a firewall decide who may reach \
                      the API"
                    .to_owned())
            }
        }
    }
}

const AUTH_STRATEGY: Opt<Authentication> = Opt::new(
    "DEFAULT",
    "auth_strategy",
    "noauth",
    "How callers prove who they are. Only noauth is built in yet: whoever reaches the API may do everything.",
);
const HOST_IP: Opt<IpAddr> = Opt::new("api", "host_ip", "0.0.0.0", "The address that the API listens on.");
const PORT: Opt<u16> = Opt::new("api", "port", "6385", "The TCP port that the API listens on.");
const MAX_LIMIT: Opt<u32> = Opt::new("api", "max_limit", "1000", "The most items in one answer of a list.");
const PUBLIC_ENDPOINT: Opt<Option<String>> = Opt::new(
    "api",
    "public_endpoint",
    "",
    "What links in answers begin with, for example https://ironic.example.org. Without it, the host the client asked.",
);
const MAX_BODY_DEPTH: Opt<u32> =
    Opt::new("api", "max_json_body_depth", "25", "How deeply the JSON of a request may be nested.");
const MAX_BODY_SIZE: Opt<u32> = Opt::new("api", "max_json_body_size", "1024", "The largest body of a request, in KiB.");
const MAX_BODY_SIZE_PROVISION: Opt<u32> = Opt::new(
    "api",
    "max_json_body_size_provision",
    "65536",
    "The largest body of a request to change a provision state, in KiB: it may carry a config drive.",
);
const MAX_BODY_SIZE_INSPECTION: Opt<u32> = Opt::new(
    "api",
    "max_json_body_size_inspection",
    "16384",
    "The largest body of what an inspection found, in KiB: it may carry logs.",
);
const HEALTHCHECK: Opt<bool> =
    Opt::new("healthcheck", "enabled", "false", "Whether /healthcheck answers, without authentication.");

const METRICS: Opt<bool> = Opt::new(
    "kamacite",
    "metrics",
    "true",
    "Whether /metrics tells Prometheus what the service counts of itself, without authentication: see docs/metrics.md.",
);
const METRICS_LISTEN: Opt<Option<SocketAddr>> = Opt::new(
    "kamacite",
    "metrics_listen",
    "",
    "An address and a port where /metrics answers, and nothing else, for example 127.0.0.1:9385; it does not answer on the \
     API's port then. Without it, /metrics is on the API's port.",
);

/// The options of the API.
pub fn options() -> Vec<OptionSpec> {
    vec![
        AUTH_STRATEGY.spec(),
        HOST_IP.spec(),
        PORT.spec(),
        MAX_LIMIT.spec(),
        PUBLIC_ENDPOINT.spec(),
        MAX_BODY_DEPTH.spec(),
        MAX_BODY_SIZE.spec(),
        MAX_BODY_SIZE_PROVISION.spec(),
        MAX_BODY_SIZE_INSPECTION.spec(),
        HEALTHCHECK.spec(),
        METRICS.spec(),
        METRICS_LISTEN.spec(),
    ]
}

impl ApiConfig {
    /// Reads the configuration.
    pub fn from_options(options: &Options) -> Self {
        let kib = |option: &Opt<u32>| options.get(option) as usize * 1024;
        Self {
            authentication: options.get(&AUTH_STRATEGY),
            host_ip: options.get(&HOST_IP),
            port: options.get(&PORT),
            max_limit: options.get(&MAX_LIMIT) as usize,
            public_endpoint: options.get(&PUBLIC_ENDPOINT).map(|url| url.trim_end_matches('/').to_owned()),
            max_body_depth: options.get(&MAX_BODY_DEPTH) as usize,
            max_body_size: kib(&MAX_BODY_SIZE),
            max_body_size_provision: kib(&MAX_BODY_SIZE_PROVISION),
            max_body_size_inspection: kib(&MAX_BODY_SIZE_INSPECTION),
            healthcheck: options.get(&HEALTHCHECK),
            metrics: options.get(&METRICS),
            metrics_listen: options.get(&METRICS_LISTEN),
        }
    }

    /// Where to listen.
    pub const fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host_ip, self.port)
    }

    /// Whether the API's own port tells metrics.
    pub const fn tells_metrics(&self) -> bool {
        self.metrics && self.metrics_listen.is_none()
    }

    /// The largest body that a path takes, in bytes.
    pub fn body_limit(&self, path: &str) -> usize {
        let path = path.trim_end_matches('/');
        if path.ends_with("states/provision") {
            self.max_body_size_provision
        } else if path.ends_with("continue_inspection") {
            self.max_body_size_inspection
        } else {
            self.max_body_size
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value() {
        for option in options() {
            assert_eq!((option.check)(option.default), Ok(()), "[{}]{}", option.group, option.name);
        }
        let config = ApiConfig::from_options(&Options::default());
        assert_eq!((config.port, config.max_limit, config.healthcheck), (6385, 1000, false));
        assert_eq!(config.body_limit("/v1/nodes"), 1 << 20);
        assert_eq!(config.body_limit("/v1/nodes/n/states/provision/"), 64 << 20);
    }

    #[test]
    fn authentication_that_is_not_there_refuses_the_start() {
        let told = (AUTH_STRATEGY.spec().check)("keystone").unwrap_err();
        assert!(told.contains("set it to noauth"), "{told}");
    }
}
