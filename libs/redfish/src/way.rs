//! The way to a BMC: straight, or through a proxy of the environment where the program has asked for that.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::error::Cause;

/// Connects to BMCs.
#[derive(Clone)]
pub(crate) struct Way {
    tcp: HttpConnector,
    /// Which proxy serves which host.
    proxies: Option<Arc<Matcher>>,
}

impl Way {
    /// A way of its own, or that of `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`.
    pub fn new(environment_proxies: bool) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        Self { tcp, proxies: environment_proxies.then(|| Arc::new(Matcher::from_env())) }
    }
}

impl Service<Uri> for Way {
    type Response = TokioIo<TcpStream>;
    type Error = Cause;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Cause>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        self.tcp.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let Some(proxy) = self.proxies.as_ref().and_then(|proxies| proxies.intercept(&to)) else {
            let connecting = self.tcp.call(to);
            return Box::pin(async move { Ok(connecting.await?) });
        };
        if proxy.uri().scheme_str() != Some("http") {
            let scheme = proxy.uri().scheme_str().unwrap_or("no scheme").to_owned();
            return Box::pin(async move {
                Err(format!(
                    "the proxy that the environment names for it (http_proxy, https_proxy or all_proxy) begins with {scheme}://; only \
                     http:// can be used: name another, or exempt the BMC in no_proxy"
                )
                .into())
            });
        }
        let tunnel = Tunnel::new(proxy.uri().clone(), self.tcp.clone());
        let mut tunnel = match proxy.basic_auth() {
            Some(account) => tunnel.with_auth(account.clone()),
            None => tunnel,
        };
        let connecting = tunnel.call(with_port(to));
        Box::pin(async move {
            connecting.await.map_err(|why| {
                format!("by the proxy that the environment names for it (http_proxy, https_proxy or all_proxy): {why}")
                    .into()
            })
        })
    }
}

/// The address with the port of its scheme: a tunnel takes 443 where none is named.
fn with_port(to: Uri) -> Uri {
    let plain = to.scheme_str() == Some("http") && to.port().is_none();
    let Some(host) = to.host().filter(|_| plain) else { return to };
    let authority = format!("{host}:80");
    let mut parts = to.clone().into_parts();
    parts.authority = authority.parse().ok();
    Uri::from_parts(parts).unwrap_or(to)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_tunnel_leads_to_the_port_of_the_scheme() {
        for (given, expected) in [
            ("http://bmc/redfish/v1/", "http://bmc:80/redfish/v1/"),
            ("http://[fd00::1]/", "http://[fd00::1]:80/"),
            ("http://bmc:8000/", "http://bmc:8000/"),
            ("https://bmc/", "https://bmc/"),
        ] {
            assert_eq!(with_port(given.parse().unwrap()).to_string(), expected);
        }
    }
}
