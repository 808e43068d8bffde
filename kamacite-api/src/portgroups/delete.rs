//! `DELETE /v1/portgroups/{portgroup}`: removes a group of ports that is empty.

use super::check_ident;
use crate::{
    App,
    answer::Done,
    fault::Result,
    policy::Policy,
    request::{Caller, Input, Last},
};

/// `DELETE /v1/portgroups/{portgroup}`
pub async fn delete(app: App, who: Caller, Last(ident): Last, input: Input) -> Result<Done> {
    check_ident(&who, &ident)?;
    input.args(&[])?;
    let (group, _) = app.portgroup_with_suffix(&who, &ident, Policy::PortgroupDelete).await?;
    app.conductor.delete_portgroup(&group, &who.requester).await?;
    Ok(Done::default())
}
