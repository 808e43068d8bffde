//! `DELETE /v1/chassis/{chassis}`: removes a chassis in which no node stands.

use crate::{
    App,
    answer::Done,
    args,
    fault::Result,
    policy::Policy,
    request::{Caller, Input, Last},
};

/// `DELETE /v1/chassis/{chassis}`
pub async fn delete(app: App, who: Caller, Last(uuid): Last, input: Input) -> Result<Done> {
    input.args(&[])?;
    let uuid = args::uuid("chassis_uuid", &uuid.into())?;
    who.trail.names(&uuid.to_string());
    let chassis = app.chassis(&who, uuid, Policy::ChassisDelete).await?;
    app.conductor.delete_chassis(chassis.uuid).await?;
    Ok(Done::default())
}
