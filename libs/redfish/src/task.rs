//! Work that goes on in the background after a write was answered (DSP0266, "Asynchronous operations").

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::bmc::{Bmc, Reply};
use crate::error::{Error, Result, Verb};
use crate::message;

/// The first wait between two looks, where the BMC asks for none; it doubles up to [`LONGEST_LOOK`].
const FIRST_LOOK: Duration = Duration::from_secs(1);
const LONGEST_LOOK: Duration = Duration::from_secs(10);
/// Also where a BMC asks to be looked at again at once.
const SHORTEST_LOOK: Duration = Duration::from_millis(100);

/// How a task stands (DSP0268, Task `TaskState`).
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    /// It goes on.
    Running,
    /// It has ended well.
    Done,
    /// It has not.
    Failed(String),
}

impl Bmc {
    /// Waits until what a write began has ended, where its answer was 202; any other answer is the end already.
    ///
    /// # Errors
    ///
    /// [`Error::TaskFailed`], [`Error::TaskEndless`] after the patience of the client ([`crate::Limits::longest_task`]),
    /// and those of asking.
    pub async fn finish(&self, reply: Reply) -> Result<Reply> {
        let named = || reply.body.as_ref()?.pointer("/@odata.id")?.as_str();
        let monitor = match (reply.status, reply.location.as_deref().or_else(named)) {
            (202, Some(monitor)) => monitor.to_owned(),
            // One that names nothing to look at cannot be waited for.
            _ => return Ok(reply),
        };
        let asked = self.asked(Verb::Get, &monitor)?;
        let limit = self.limits().longest_task;
        let end = Instant::now() + limit;
        let (mut wait, mut asked_for) = (FIRST_LOOK, reply.retry_after);
        loop {
            let pause = asked_for.unwrap_or(wait).clamp(SHORTEST_LOOK, LONGEST_LOOK);
            if Instant::now() + pause > end {
                return Err(Error::TaskEndless { asked, limit });
            }
            tokio::time::sleep(pause).await;
            let now = match self.look(&asked).await {
                Ok(now) => now,
                // Some take the monitor away as soon as the work is done.
                Err(Error::NotFound { .. }) => return Ok(Reply { status: 204, body: None, location: None, ..reply }),
                Err(e) => return Err(e),
            };
            match standing(now.status, now.body.as_ref()) {
                Standing::Running => {}
                Standing::Done => return Ok(now),
                Standing::Failed(state) => {
                    let message = self.scrub(now.body.as_ref().map(message::of_task).unwrap_or_default());
                    return Err(Error::TaskFailed { asked, state: state.into(), message });
                }
            }
            (wait, asked_for) = ((wait * 2).min(LONGEST_LOOK), now.retry_after);
        }
    }
}

fn standing(status: u16, body: Option<&Value>) -> Standing {
    let state = body.and_then(|body| body.get("TaskState")).and_then(Value::as_str);
    match state {
        Some("Completed") => Standing::Done,
        Some(state @ ("Exception" | "Killed" | "Cancelled")) => Standing::Failed(state.to_owned()),
        // Also what the standard does not name.
        Some(_) => Standing::Running,
        None if status == 202 => Standing::Running,
        None => Standing::Done,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(status: u16, body: Value, expected: Standing) {
        assert_eq!(standing(status, Some(&body)), expected, "{status} {body}");
    }

    #[test]
    fn a_task_tells_itself_or_by_the_status() {
        check(202, json!({}), Standing::Running);
        check(202, json!({"TaskState": "Running"}), Standing::Running);
        check(200, json!({"TaskState": "Running"}), Standing::Running);
        check(200, json!({"TaskState": "Waiting for Godot"}), Standing::Running);
        check(202, json!({"TaskState": "Completed"}), Standing::Done);
        check(200, json!({"Id": "1"}), Standing::Done);
        check(200, json!({"TaskState": "Exception"}), Standing::Failed("Exception".to_owned()));
        assert_eq!(standing(204, None), Standing::Done);
    }
}
