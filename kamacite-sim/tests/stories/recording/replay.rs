//! The simulator plays recordings, as a program runs it.

use kamacite_sim::{Args, PaceName, RunError, run};
use reqwest::Method;
use serde_json::json;

use super::{PASSWORD, Tape, between, bmc_of, client_at};
use crate::{plain::http, rack::clock, running};

/// A recording of a log-in and a few looks.
async fn recorded(vendor: &str) -> Tape {
    let (_rack, bmc) = bmc_of(vendor).await;
    let tape = Tape::new();
    let (recorder, address) = between(&bmc, &tape).await;
    let client = client_at(&address, PASSWORD);
    client.system().await.unwrap().reset(&redfish::ResetType::On).await.unwrap();
    client.system().await.unwrap();
    client.close().await;
    recorder.stop().await;
    tape
}

fn playing(tapes: &[&Tape]) -> Args {
    let replay = tapes.iter().map(|tape| tape.path().to_owned()).collect();
    Args { replay, redfish: None, faults: None, pace: PaceName::Brisk, ..running::args() }
}

#[tokio::test]
async fn each_file_is_a_bmc() {
    let (hpe, dell) = (recorded("hpe").await, recorded("dell").await);
    let (said, stop, runs) = running::started(playing(&[&hpe, &dell])).await;
    let lines: Vec<&str> = said.lines().collect();
    assert!(
        lines.len() == 3 && lines[0].contains(" (HPE ") && lines[2].starts_with("log in as anybody; control at "),
        "{said}"
    );
    for (line, id) in [(lines[0], "1"), (lines[1], "System.Embedded.1")] {
        let client = client_at(line.split(' ').next().unwrap(), "whatever");
        assert_eq!(client.system().await.unwrap().id().as_deref(), Some(id));
    }
    stop.send(()).unwrap();
    runs.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_file_that_was_cut_off_is_played_and_told() {
    let tape = recorded("generic").await;
    let whole = tape.bytes();
    std::fs::write(tape.path(), &whole[..whole.len() - 10]).unwrap();
    let (said, stop, runs) = running::started(playing(&[&tape])).await;
    assert!(said.contains("its last line is cut off and left out"), "{said}");
    stop.send(()).unwrap();
    runs.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_bad_file_is_told_with_the_line() {
    let tape = recorded("generic").await;
    let broken = tape.bytes().replacen("\"method\":\"POST\"", "\"method\":\"STEAL\"", 1);
    std::fs::write(tape.path(), broken).unwrap();
    let refused = async |args: Args| run(args, clock(), async {}, |_| ()).await.unwrap_err();
    let error = refused(playing(&[&tape])).await;
    assert!(matches!(error, RunError::Recording(_)) && error.to_string().starts_with("line 4 of "), "{error}");
    std::fs::remove_file(tape.path()).unwrap();
    assert!(refused(playing(&[&tape])).await.to_string().contains("cannot read the recording"));
}

#[tokio::test]
async fn what_is_not_in_it_is_an_error_that_says_so() {
    let tape = recorded("generic").await;
    let (_players, address) = tape.play().await;
    let ask = async |method: Method, path: &str| {
        let request = http().request(method, format!("{address}{path}")).json(&json!({"AssetTag": "x"}));
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, text) = ask(Method::GET, "/redfish/v1/Fabrics?only").await;
    assert!(status == 404 && text.contains("The recording has nothing for GET /redfish/v1/Fabrics?only."), "{text}");
    let (status, text) = ask(Method::PATCH, "/redfish/v1/Systems/1").await;
    assert!(status == 501 && text.contains("The recording has nothing for PATCH /redfish/v1/Systems/1."), "{text}");
    let (status, text) = ask(Method::POST, "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset").await;
    assert!(status == 501 && text.contains("and never with this body"), "{text}");
    // The client of the driver tells it on.
    let error = client_at(&address, "whatever").get("/redfish/v1/Fabrics").await.unwrap_err();
    assert!(error.to_string().contains("The recording has nothing for GET"), "{error}");
}

#[tokio::test]
async fn things_go_wrong_on_demand() {
    let tape = recorded("generic").await;
    let args = Args { faults: Some("503=1#2".parse().unwrap()), ..playing(&[&tape]) };
    let (said, stop, runs) = running::started(args).await;
    let (address, control) = (said.split(' ').next().unwrap(), said.trim().rsplit(' ').next().unwrap());
    let root =
        async || http().get(format!("{address}/redfish/v1/")).send().await.map(|answer| answer.status().as_u16());
    assert_eq!(root().await.unwrap(), 200);
    assert_eq!(root().await.unwrap(), 503);
    let faults = format!("{control}/bmcs/0/faults");
    let asked = async |rule| http().post(&faults).json(&rule).send().await.unwrap();
    assert_eq!(asked(json!({"fault": "drop", "method": "GET"})).await.status(), 200);
    assert!(root().await.is_err());
    let refused = asked(json!({"fault": "power-stuck", "seconds": 5})).await;
    assert_eq!(refused.status(), 400);
    assert!(refused.text().await.unwrap().contains("a recording has no machine"));
    let shown: serde_json::Value = http().get(format!("{control}/bmcs/0")).send().await.unwrap().json().await.unwrap();
    assert_eq!((&shown["requests"], &shown["recording"]), (&json!(3), &json!(tape.path().display().to_string())));
    assert_eq!(asked(json!({"fault": "away", "seconds": 3600})).await.status(), 200);
    assert!(root().await.is_err() && root().await.is_err());
    assert_eq!(http().delete(&faults).send().await.unwrap().status(), 204);
    assert_eq!(root().await.unwrap(), 200);
    stop.send(()).unwrap();
    runs.await.unwrap().unwrap();
    let stuck = Args { faults: Some("power-stuck=5".parse().unwrap()), ..playing(&[&tape]) };
    let refused = run(stuck, clock(), async {}, |_| ()).await.unwrap_err();
    assert!(refused.to_string().contains("leave power-stuck"), "{refused}");
}
