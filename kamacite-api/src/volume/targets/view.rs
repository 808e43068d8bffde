//! A target as clients see it.

use kamacite_model::VolumeTarget;
use serde_json::{Value, json};

use crate::{
    App,
    masking::{Guarded, Secrets},
    policy::Policy,
    request::Caller,
    shown::{Document, Shown},
    time::Moment,
    versions::VolumeTargetField,
};

/// What stands in for the properties where they must not be seen.
const REDACTED: &str = "** Value redacted: Requires permission baremetal:volume:view_target_properties access. \
                        Permission denied. **";

/// The target's document. Its properties may say how to get at the volume, so they are not for everybody; secrets in them
/// are for nobody.
pub fn document(app: &App, who: &Caller, target: &VolumeTarget, shown: &Shown) -> Document {
    use VolumeTargetField as F;
    let uuid = target.uuid.to_string();
    let fields = F::ALL.iter().map(|field| match field {
        F::Links => (field.as_str(), json!(who.links.pair("volume/targets", &uuid, ""))),
        F::Properties => (field.as_str(), properties(app, who, target)),
        _ => (field.as_str(), value(target, *field)),
    });
    Document::new(fields, shown)
}

fn properties(app: &App, who: &Caller, target: &VolumeTarget) -> Value {
    match app.allow(who, Policy::VolumeViewTargetProperties) {
        Ok(()) => json!(Guarded { info: &target.properties, secrets: Secrets::Masked, also: &[] }),
        Err(_) => json!({"redacted_contents": REDACTED}),
    }
}

/// What a target has in a field, whoever asks; links depend on who does, and so does how much of the properties is seen.
pub fn value(target: &VolumeTarget, field: VolumeTargetField) -> Value {
    use VolumeTargetField as F;
    match field {
        F::Uuid => json!(target.uuid),
        F::CreatedAt => json!(Moment(target.created_at)),
        F::UpdatedAt => json!(target.updated_at.map(Moment)),
        F::BootIndex => json!(target.boot_index),
        F::VolumeId => json!(target.volume_id),
        F::VolumeType => json!(target.volume_type),
        F::Properties => json!(target.properties),
        F::Extra => json!(target.extra),
        F::NodeUuid => json!(target.node),
        F::Links => Value::Null,
    }
}
