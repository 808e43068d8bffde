//! `ping`, `announce`, `manual`: methods of the hardware type, which have no node.

use kamacite_driver::{
    Attachment, Caller, Json, Result, Verb, args, driver_passthru,
    serde_json::{Value, json},
};

use super::FakeExtra;

/// Answers with the verb, who asked and what was said.
#[driver_passthru(GET, POST, PUT, PATCH, DELETE, sync)]
pub async fn ping(_: &FakeExtra, caller: &Caller, verb: Verb, args: Json) -> Result<Value> {
    Ok(json!({ "verb": verb, "user": caller.user, "said": args }))
}

/// Writes a message to the log.
#[driver_passthru(POST)]
pub async fn announce(_: &FakeExtra, caller: &Caller, args: Announcement) -> Result<()> {
    tracing::info!(user = caller.user.as_deref(), message = args.message, "an announcement");
    Ok(())
}

/// What to announce.
#[args(closed)]
pub struct Announcement {
    /// The message.
    message: String,
}

/// Hands out the manual of the fake hardware.
#[driver_passthru(GET, sync)]
pub async fn manual(_: &FakeExtra, _: &Caller) -> Result<Attachment> {
    Ok(Attachment {
        content_type: "text/markdown; charset=utf-8".to_owned(),
        file_name: Some("fake-hardware.md".to_owned()),
        body: include_bytes!("../../../../docs/drivers/fake-hardware.md").to_vec(),
    })
}
