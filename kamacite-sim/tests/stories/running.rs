//! The simulator as a program runs it: it tells where its BMCs are, and ends when it is told to.

use std::path::PathBuf;

use kamacite_sim::{Args, PaceName, RunError, StartError, VENDORS, run};
use tokio::sync::oneshot;

use crate::rack::{client_of, clock};

pub fn args() -> Args {
    Args {
        redfish: Some(2),
        ipmi: 0,
        both: 0,
        vendor: VENDORS.iter().take(2).collect(),
        listen: "127.0.0.1:0".parse().unwrap(),
        ipmi_listen: "127.0.0.1:0".parse().unwrap(),
        ipmi_suites: ipmi::CipherSuite::ALL.to_vec(),
        one_listener: false,
        control: "127.0.0.1:0".parse().unwrap(),
        username: "root".to_owned(),
        password: "calvin".to_owned(),
        pace: PaceName::Instant,
        seed: 7,
        faults: Some("503=1:0.1".parse().unwrap()),
        mockup: None,
        replay: Vec::new(),
    }
}

/// What it says, and the ways to end it and to see it end.
pub async fn started(args: Args) -> (String, oneshot::Sender<()>, tokio::task::JoinHandle<Result<(), RunError>>) {
    let (say, said) = oneshot::channel();
    let (stop, stopped) = oneshot::channel();
    let ended = async move { drop(stopped.await) };
    let runs = tokio::spawn(run(args, clock(), ended, move |text| say.send(text).unwrap()));
    (said.await.unwrap(), stop, runs)
}

#[tokio::test]
async fn it_says_where_they_are_and_ends_when_told_to() {
    let (said, stop, runs) = started(args()).await;
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines.len() == 3 && lines[1].ends_with(" (dell)"), "{said}");
    assert!(lines[2].starts_with("log in as root; control at http://127.0.0.1:"), "{said}");
    assert!(!said.contains("calvin"));
    let target = redfish::Target {
        address: lines[1].split(' ').next().unwrap().to_owned(),
        username: Some("root".to_owned()),
        password: redfish::Password::new("calvin"),
        verify: redfish::Verify::No,
        minimum_tls: None,
        ciphers: None,
        auth: redfish::Auth::Auto,
        system_id: None,
    };
    assert_eq!(client_of(target).system().await.unwrap().id().as_deref(), Some("System.Embedded.1"));
    stop.send(()).unwrap();
    runs.await.unwrap().unwrap();
}

#[tokio::test]
async fn those_that_speak_ipmi_are_told_too() {
    let args = Args { redfish: None, ipmi: 1, both: 1, ipmi_suites: vec![ipmi::CipherSuite::HmacSha1], ..args() };
    let (said, stop, runs) = started(args).await;
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines.len() == 3 && lines[0].starts_with("ipmi://127.0.0.1:"), "{said}");
    assert!(lines[1].starts_with("http://127.0.0.1:") && lines[1].contains(" ipmi://127.0.0.1:"), "{said}");
    let port = lines[0].split([':', ' ']).nth(2).unwrap().parse().unwrap();
    let target = ipmi::Target { port, ..ipmi::Target::new("127.0.0.1", "root", ipmi::Password::new("calvin")) };
    let bmc = ipmi::Client::new(ipmi::Limits::default()).bmc(target).unwrap();
    assert_eq!(bmc.device_id().await.unwrap().manufacturer, 0);
    assert_eq!(bmc.suite().await, Some(ipmi::CipherSuite::HmacSha1));
    stop.send(()).unwrap();
    runs.await.unwrap().unwrap();
}

#[tokio::test]
async fn many_are_told_in_short() {
    let (said, stop, runs) = started(Args { redfish: Some(500), one_listener: true, ..args() }).await;
    assert!(said.starts_with("500 BMCs from http://127.0.0.1:") && said.lines().count() == 2, "{said}");
    assert!(said.contains("/bmc-00499/redfish/v1/"), "{said}");
    stop.send(()).unwrap();
    runs.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_keeps_it_from_starting_is_said_with_the_remedy() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = run(Args { listen: taken.local_addr().unwrap(), ..args() }, clock(), async {}, |_| ()).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("cannot listen on 127.0.0.1:") && refused.contains("ulimit -n"), "{refused}");
    let listen = "127.0.0.1:65000".parse().unwrap();
    let ports = run(Args { listen, redfish: Some(10_000), ..args() }, clock(), async {}, |_| ()).await;
    assert!(matches!(ports, Err(RunError::Start(StartError::Ports { .. }))), "{ports:?}");
    let nowhere = Args { mockup: Some(PathBuf::from("no/such/folder")), ..args() };
    let nowhere = run(nowhere, clock(), async {}, |_| ()).await.unwrap_err().to_string();
    assert!(nowhere.contains("no/such/folder is no mockup"), "{nowhere}");
}
