//! Proxies of the environment: BMCs are reached directly, unless the program wants the proxies used.

use std::sync::{Arc, Mutex};

use redfish::{Client, Limits};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::scripted::{Scripted, quick, target};

/// Set in the child process only: the address of the BMC, and whether proxies are wanted.
const BMC: &str = "REDFISH_STORY_BMC";
const WANTED: &str = "REDFISH_STORY_PROXIES";

#[tokio::test]
async fn the_environments_proxies_are_used_where_they_are_wanted() {
    if let Ok(address) = std::env::var(BMC) {
        let environment_proxies = std::env::var_os(WANTED).is_some();
        let bmc = Client::new(Limits { attempts: 1, environment_proxies, ..quick() }).bmc(target(&address)).unwrap();
        bmc.root().await.unwrap();
        return;
    }
    let (rack, proxy) = (Scripted::start().await, Proxy::start().await);
    rack.has("/redfish/v1/", json!({}));
    let (address, by) = (format!("127.0.0.1:{}", rack.port), format!("http://scout:s3cret@127.0.0.1:{}", proxy.port));
    for (wanted, exempt, expected) in [(false, "", 0), (true, "127.0.0.0/8", 0), (true, "", 1)] {
        child(&format!("http://{address}"), &by, wanted, exempt).await;
        assert_eq!(proxy.tunnels().len(), expected, "wanted: {wanted}, exempt: {exempt:?}");
    }
    assert_eq!(rack.count("GET /redfish/v1/"), 3);
    let head = proxy.tunnels().pop().unwrap();
    // scout:s3cret
    assert!(head.starts_with(&format!("CONNECT {address} ")) && head.contains("Basic c2NvdXQ6czNjcmV0"), "{head}");
}

/// The environment cannot be changed from within, so the story runs again as a child.
async fn child(bmc: &str, proxy: &str, wanted: bool, exempt: &str) {
    let mut story = tokio::process::Command::new(std::env::current_exe().unwrap());
    story.args(["--exact", "proxy::the_environments_proxies_are_used_where_they_are_wanted"]).env(BMC, bmc);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        story.env(name, proxy);
    }
    story.env("no_proxy", exempt).env_remove("NO_PROXY");
    if wanted {
        story.env(WANTED, "yes");
    }
    let output = story.kill_on_drop(true).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// A proxy that opens tunnels.
struct Proxy {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, heads) = (listener.local_addr().unwrap().port(), Arc::<Mutex<Vec<String>>>::default());
        let its = heads.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(tunnel(stream, its.clone()));
            }
        });
        Self { port, heads }
    }

    /// What was asked of it.
    fn tunnels(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

async fn tunnel(mut client: TcpStream, heads: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let to = head.split(' ').nth(1).unwrap().to_owned();
    heads.lock().unwrap().push(head);
    let mut bmc = TcpStream::connect(to).await.unwrap();
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
    let _ = copy_bidirectional(&mut client, &mut bmc).await;
}
