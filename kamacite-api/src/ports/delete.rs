//! `DELETE /v1/ports/{port}`: removes a port.

use crate::{
    App,
    answer::Done,
    args,
    fault::Result,
    policy::Policy,
    request::{Caller, Input, Last},
};

/// `DELETE /v1/ports/{port}`, which takes a UUID only.
pub async fn delete(app: App, who: Caller, Last(ident): Last, input: Input) -> Result<Done> {
    input.args(&[])?;
    args::uuid("port_uuid", &ident.as_str().into())?;
    let (port, _) = app.port(&who, &ident, Policy::PortDelete).await?;
    app.conductor.delete_port(&port, &who.requester).await?;
    Ok(Done::default())
}
