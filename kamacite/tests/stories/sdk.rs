//! OpenStack's SDK against the real program: its own functional tests, unmodified, as its package carries them.

use std::{process::Stdio, time::Duration};

use tokio::process::Command;

use crate::site::Site;

/// Which of the SDK's tests, and how many there are of each: one that is no longer found must not go unnoticed.
const TESTS: [(&str, usize); 9] = [
    ("test_conductor", 1),
    ("test_driver", 5),
    ("test_node", 26),
    ("test_port", 7),
    ("test_port_group", 7),
    ("test_chassis", 5),
    ("test_volume_connector", 7),
    ("test_volume_target", 7),
    ("test_allocation", 7),
];

/// The names under which the SDK's tests look for a cloud.
const CLOUDS: [&str; 4] = ["devstack", "devstack-admin", "devstack-alt", "devstack-system-admin"];

/// The tests together take a few seconds, and as long as a minute where much else goes on.
const PATIENCE: Duration = Duration::from_secs(300);

/// How long one of them may take, in seconds; by itself the SDK gives it 5, most of which it sleeps where it waits for a node.
const TEST_PATIENCE_S: &str = "120";

async fn the_sdk_tests(module: &str, count: usize) {
    let site = Site::new("");
    let running = site.start().await;
    let python = std::env::var("KAMACITE_CLIENTS_PYTHON").unwrap_or_else(|_| {
        panic!(
            "KAMACITE_CLIENTS_PYTHON is not set: install the SDK with what its tests need (python3 -m venv VENV && VENV/bin/pip \
             install openstacksdk oslotest fixtures testtools) and set it to VENV/bin/python, or run `cargo xtask test`"
        )
    });
    let clouds = site.folder().join("clouds.yaml");
    std::fs::write(&clouds, described(&running.url)).unwrap();
    let mut command = Command::new(&python);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OS_") || name.ends_with("_proxy")) {
        command.env_remove(name);
    }
    command
        .args(["-W", "ignore", "-m", "unittest", &format!("openstack.tests.functional.baremetal.v1.{module}")])
        .env("OS_CLIENT_CONFIG_FILE", clouds)
        .env("HOME", site.folder())
        .env("OS_TEST_TIMEOUT", TEST_PATIENCE_S)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await.expect("the SDK's tests end").unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("skipped="), "{said}");
    assert!(said.contains(&format!("Ran {count} test")), "not {count} tests, as in the SDK that is installed: {said}");
    assert!(running.terminate().await.success());
}

/// What the SDK's tests want of a cloud: nothing but bare metal, and nobody who signs in. Without the endpoint under `auth` the
/// SDK learns no microversions, and skips every test that needs one.
fn described(url: &str) -> String {
    let mut text = String::from("clouds:\n");
    for name in CLOUDS {
        text.push_str(&format!(
            "  {name}:\n    auth_type: none\n    auth:\n      endpoint: {url}\n    baremetal_endpoint_override: {url}\n    \
             has_compute: false\n    has_image: false\n"
        ));
    }
    text
}

macro_rules! stories {
    ($($name:ident: $place:literal;)+) => {$(
        #[tokio::test]
        async fn $name() {
            let (module, count) = TESTS[$place];
            the_sdk_tests(module, count).await;
        }
    )+};
}

stories! {
    conductors: 0;
    drivers: 1;
    nodes: 2;
    ports: 3;
    portgroups: 4;
    chassis: 5;
    volume_connectors: 6;
    volume_targets: 7;
    allocations: 8;
}
