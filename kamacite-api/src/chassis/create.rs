//! `POST /v1/chassis`: makes a chassis.

use kamacite_model::{Chassis, Json, Timestamp, Uuid};

use super::{document, view};
use crate::{
    App,
    answer::Created,
    fault::Result,
    policy::Policy,
    request::{Caller, Input},
    shown::{Document, Shown},
    versions::ChassisField,
};

/// `POST /v1/chassis`
pub async fn create(app: App, who: Caller, input: Input) -> Result<Created<Document>> {
    let (said, _) = input.document(&[])?;
    let said = document::check("chassis", &said)?;
    app.allow(&who, Policy::ChassisCreate)?;
    let chassis = app.conductor.create_chassis(read(said)?).await?;
    let location = who.links.v1(&format!("chassis/{}", chassis.uuid));
    Ok(Created { location, document: view::document(&chassis, &who.links, &Shown::All) })
}

fn read(said: Json) -> Result<Chassis> {
    let mut chassis = Chassis::new(Uuid::new_v4(), Timestamp::UNIX_EPOCH);
    for (name, value) in said {
        if let Some(field) = ChassisField::named(&name) {
            document::set(&mut chassis, field, value)?;
        }
    }
    Ok(chassis)
}
