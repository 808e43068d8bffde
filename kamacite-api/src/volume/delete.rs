//! `DELETE /v1/volume/connectors/{connector}` and `DELETE /v1/volume/targets/{target}`: remove one.

use super::part::{self, Part};
use crate::{
    App,
    answer::Done,
    fault::Result,
    policy::Policy,
    request::{Caller, Input, Last},
    versions::Endpoint,
};

/// `DELETE /v1/volume/{parts}/{part}`
pub async fn delete<T: Part>(app: App, who: Caller, Last(ident): Last, input: Input) -> Result<Done> {
    let part: T = read(&app, &who, &ident, &input).await?;
    app.conductor.delete_volume_part(&part, &who.requester).await?;
    Ok(Done::default())
}

/// The one that is to go.
pub async fn read<T: Part>(app: &App, who: &Caller, ident: &str, input: &Input) -> Result<T> {
    Endpoint::VolumeParts.require(who.version)?;
    input.args(&[])?;
    let (part, _) = part::find(app, who, T::KIND.uuid(ident)?, Policy::VolumeDelete).await?;
    Ok(part)
}
