//! Work that goes on after the answer (DSP0266, "Asynchronous operations"): tasks, and monitors to wait at.

use kamacite_model::Timestamp;
use serde_json::{Value, json};

use super::{Call, Outcome, ROOT, Refusal, collections::collection, link, resource};
use crate::{
    bmc::Bmc,
    http::Response,
    machine::{Event, Part, after},
};

/// Older ones make room.
const MOST: usize = 16;

/// The tasks of a BMC, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Tasks(Vec<Task>);

#[derive(Debug)]
struct Task {
    id: u32,
    name: &'static str,
    began: Timestamp,
    ends: Timestamp,
    /// The firmware it leaves behind, until it has.
    then: Option<(Part, Box<str>)>,
}

/// Begins a task that takes so many milliseconds: 202, with the monitor as `Location`.
pub(crate) fn start(
    bmc: &mut Bmc,
    name: &'static str,
    takes_ms: u32,
    then: Option<(Part, Box<str>)>,
    now: Timestamp,
) -> Response {
    let task = Task { id: bmc.redfish.next(), name, began: now, ends: after(now, takes_ms), then };
    let response = accepted(&task, now);
    let tasks = &mut bmc.redfish.tasks.0;
    if tasks.len() >= MOST {
        tasks.remove(0);
    }
    tasks.push(task);
    response
}

/// Does what tasks that are over were for.
pub(crate) fn finish(bmc: &mut Bmc, now: Timestamp) {
    let over = bmc.redfish.tasks.0.iter_mut().filter(|task| task.ends <= now);
    let done: Vec<_> = over.filter_map(|task| task.then.take()).collect();
    for (part, version) in done {
        // No machine refuses firmware.
        let _ = bmc.event(Event::Firmware(part, version), now);
    }
}

/// `GET /redfish/v1/TaskService`
pub(crate) fn service(_: &Bmc, call: &Call<'_>) -> Option<Value> {
    let own = json!({
        "ServiceEnabled": true,
        "CompletedTaskOverWritePolicy": "Oldest",
        "LifeCycleEventOnTaskStateChange": false,
        "Status": {"State": "Enabled", "Health": "OK"},
        "Tasks": link(format!("{}/Tasks", call.path)),
    });
    Some(resource(call.path, "#TaskService.v1_2_1.TaskService", "TaskService", "Task Service", own))
}

/// `GET /redfish/v1/TaskService/Tasks`
pub(crate) fn list(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    let ids = bmc.redfish.tasks.0.iter().map(|task| task.id.to_string());
    Some(collection(bmc, call, "TaskCollection", "Tasks", ids))
}

/// `GET /redfish/v1/TaskService/Tasks/{id}`
pub(crate) fn one(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    Some(shape(named(bmc, call.id)?, call.now))
}

/// `DELETE /redfish/v1/TaskService/Tasks/{id}`
pub(crate) fn delete(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    bmc.redfish.tasks.0.retain(|task| task.id.to_string() != call.id);
    Ok(Response::empty(204))
}

/// `GET /redfish/v1/TaskService/TaskMonitors/{id}`: 202 while it goes on, then what the operation would have answered.
pub(crate) fn monitor(bmc: &Bmc, call: &Call<'_>) -> Outcome {
    let task = named(bmc, call.id).ok_or_else(|| Refusal::not_found(call.path))?;
    if call.now < task.ends {
        return Ok(accepted(task, call.now));
    }
    Ok(Refusal::new(200, "Success", "The request was carried out.").into_response())
}

fn named<'a>(bmc: &'a Bmc, id: &str) -> Option<&'a Task> {
    bmc.redfish.tasks.0.iter().find(|task| task.id.to_string() == id)
}

fn accepted(task: &Task, now: Timestamp) -> Response {
    let monitor = format!("{ROOT}/TaskService/TaskMonitors/{}", task.id);
    Response::json(202, shape(task, now)).with("Location", monitor).with("Retry-After", "1")
}

fn shape(task: &Task, now: Timestamp) -> Value {
    let over = task.ends <= now;
    let whole = task.ends.duration_since(task.began).as_millis().max(1);
    let passed = now.duration_since(task.began).as_millis().clamp(0, whole);
    let mut own = json!({
        "TaskState": if over { "Completed" } else { "Running" },
        "TaskStatus": "OK",
        "PercentComplete": passed * 100 / whole,
        "StartTime": task.began.to_string(),
        "TaskMonitor": format!("{ROOT}/TaskService/TaskMonitors/{}", task.id),
        "Messages": [],
    });
    if over {
        own["PercentComplete"] = 100.into();
        own["EndTime"] = task.ends.to_string().into();
    }
    let id = task.id.to_string();
    resource(&format!("{ROOT}/TaskService/Tasks/{id}"), "#Task.v1_7_3.Task", &id, task.name, own)
}
