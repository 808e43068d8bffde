//! `label`: a method that does different things for different verbs.

use kamacite_driver::{Error, ExclusiveTask, Result, Verb, args, passthru};

use super::FakeExtra;

const KEY: &str = "fake_label";

/// Reads, sets or removes the label on the machine.
#[passthru(GET, PUT, DELETE, sync)]
pub async fn label(_: &FakeExtra, task: &mut ExclusiveTask, verb: Verb, args: Label) -> Result<Option<String>> {
    match verb {
        Verb::GET => Ok(task.node().driver_internal_info.text(KEY).map(str::to_owned)),
        Verb::DELETE => task.forget(KEY).await.map(|()| None),
        Verb::PUT | Verb::POST | Verb::PATCH => {
            let label = args.label.ok_or_else(|| Error::missing("Parameter 'label' not passed to method 'label'."))?;
            task.remember(KEY, label.clone()).await?;
            Ok(Some(label))
        }
    }
}

/// What to write on it.
#[args(closed)]
pub struct Label {
    /// The label; needed to set one.
    label: Option<String>,
}
