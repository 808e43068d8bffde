//! `DELETE /v1/allocations/{allocation}`: removes an allocation and frees its node.

use crate::{
    App,
    answer::Done,
    fault::Result,
    policy::Policy,
    request::{Caller, Input, Last},
    versions::Endpoint,
};

/// `DELETE /v1/allocations/{allocation}`
pub async fn delete(app: App, who: Caller, Last(ident): Last, input: Input) -> Result<Done> {
    Endpoint::ChangeAllocations.require(who.version)?;
    input.args(&[])?;
    let allocation = app.allocation(&who, &ident, Policy::AllocationDelete).await?;
    app.conductor.delete_allocation(allocation.uuid, &who.requester).await?;
    Ok(Done::default())
}
