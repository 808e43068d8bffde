//! `kamacite sim`: BMCs to try the service on, until the process is told to end.

use std::process::Stdio;

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
};

#[tokio::test]
async fn the_simulator_says_where_its_bmcs_are_and_ends_when_told_to() {
    let program = std::env::var_os("KAMACITE_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_kamacite").into());
    let mut command = Command::new(program);
    command.args(["sim", "--redfish", "2", "--vendor", "hpe,dell", "--listen", "127.0.0.1:0", "--pace", "instant"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = Vec::new();
    for _ in 0..3 {
        said.extend(lines.next_line().await.unwrap());
    }
    let (address, vendor) = said[0].split_once(' ').unwrap();
    assert_eq!(vendor, "(hpe)", "{said:?}");
    let target = redfish::Target {
        address: address.to_owned(),
        username: Some("admin".to_owned()),
        password: redfish::Password::new("password"),
        verify: redfish::Verify::No,
        minimum_tls: None,
        ciphers: None,
        auth: redfish::Auth::Auto,
        system_id: None,
    };
    let system = redfish::Client::new(redfish::Limits::default()).bmc(target).unwrap().system().await.unwrap();
    assert_eq!(system.manufacturer().as_deref(), Some("HPE"));
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().await.unwrap().success());
    assert!(child.wait().await.unwrap().success());
}
