//! `report`: a method that answers with a file.

use kamacite_driver::{Attachment, Result, SharedTask, passthru};

use super::FakeExtra;

/// Hands out a report on the node, for people to read.
#[passthru(GET, sync)]
pub async fn report(fake: &FakeExtra, task: &SharedTask) -> Result<Attachment> {
    let node = task.node();
    let power = node.power_state.map_or("unknown", |power| power.as_str());
    let body = format!(
        "node {}\nstate {}\npower {power}\nreported {}\n",
        node.uuid,
        node.provision_state,
        fake.services.now()
    );
    Ok(Attachment {
        content_type: "text/plain; charset=utf-8".to_owned(),
        file_name: Some(format!("report-{}.txt", node.uuid)),
        body: body.into_bytes(),
    })
}
