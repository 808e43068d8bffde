//! Writes whose work goes on in the background.

use std::time::Duration;

use redfish::{Client, Error, Limits};
use serde_json::json;

use crate::scripted::{Act, Scripted, ok, quick, status, text};

const PATH: &str = "/redfish/v1/Systems/1/Bios/Settings";
const PATCH: &str = "PATCH /redfish/v1/Systems/1/Bios/Settings";
const MONITOR: &str = "/redfish/v1/TaskService/TaskMonitors/5";
const LOOK: &str = "GET /redfish/v1/TaskService/TaskMonitors/5";

fn accepted() -> Act {
    status(202, json!({"TaskState": "New"})).header("Location", MONITOR).header("Retry-After", "0")
}

fn going_on() -> Act {
    text(202, "").header("Retry-After", "0")
}

async fn bmc() -> Scripted {
    let bmc = Scripted::start().await;
    bmc.on(PATCH, [accepted()]);
    bmc
}

async fn writes(bmc: &Scripted) -> redfish::Result<redfish::Reply> {
    let client = bmc.client();
    client.finish(client.patch(PATH, &json!({})).await?).await
}

#[tokio::test]
async fn the_end_is_waited_for_and_is_the_answer() {
    let bmc = bmc().await;
    bmc.on(LOOK, [going_on(), going_on(), ok(json!({"Id": "Settings"}))]);
    let reply = writes(&bmc).await.unwrap();
    assert_eq!((reply.status, reply.body, bmc.count(LOOK)), (200, Some(json!({"Id": "Settings"})), 3));
    // A task in the place of a monitor, and a monitor that is gone when it is done.
    let task = |state: &str| ok(json!({"TaskState": state})).header("Retry-After", "0");
    bmc.on(LOOK, [task("Running"), task("Completed")]);
    writes(&bmc).await.unwrap();
    bmc.forget(LOOK);
    assert_eq!(writes(&bmc).await.unwrap().status, 204);
    // What is done at once is not waited for.
    bmc.on(PATCH, [text(204, "")]);
    assert_eq!(writes(&bmc).await.unwrap().status, 204);
}

#[tokio::test]
async fn a_failure_is_told_in_the_bmcs_words() {
    let bmc = bmc().await;
    let task = json!({"TaskState": "Exception", "Messages": [{"Message": "The attribute is read-only."}]});
    bmc.on(LOOK, [going_on(), ok(task)]);
    let e = writes(&bmc).await.unwrap_err();
    assert!(matches!(e, Error::TaskFailed { .. }) && !e.is_transient(), "{e}");
    assert!(e.to_string().contains("Exception: The attribute is read-only"), "{e}");
    let quoting = json!({"TaskState": "Killed", "Messages": [{"Message": "Who is admin/correct horse?"}]});
    bmc.on(LOOK, [ok(quoting)]);
    let e = writes(&bmc).await.unwrap_err();
    assert!(e.to_string().contains("admin/***") && !format!("{e:?}").contains("correct horse"), "{e}");
}

#[tokio::test]
async fn work_without_end_is_given_up() {
    let bmc = bmc().await;
    bmc.on(LOOK, [text(202, "").header("Retry-After", "1")]);
    let limits = Limits { longest_task: Duration::from_millis(500), ..quick() };
    let client = Client::new(limits).bmc(bmc.target()).unwrap();
    let reply = client.patch(PATH, &json!({})).await.unwrap();
    let e = client.finish(reply).await.unwrap_err();
    assert!(matches!(e, Error::TaskEndless { .. }) && e.to_string().contains("0.5 s"), "{e}");
}
