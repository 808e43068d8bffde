//! `PATCH /v1/allocations/{allocation}`: changes the name of an allocation, or what clients keep with it.

use kamacite_model::{Allocation, Json};
use kamacite_store::AllocationChange;
use serde_json::Value;

use super::{
    document::{self, PATCHABLE, is_said},
    view,
};
use crate::{
    App,
    answer::Json as Answer,
    fault::{Fault, Result},
    json_patch::{self, Operation},
    names,
    policy::Policy,
    python,
    request::{Caller, Input, Last},
    shown::{Document, Shown},
    versions::{AllocationField, Endpoint},
};

/// `PATCH /v1/allocations/{allocation}`
pub async fn patch(app: App, who: Caller, Last(ident): Last, input: Input) -> Result<Answer<Document>> {
    Endpoint::UpdateAllocation.require(who.version)?;
    let (said, _) = input.document(&[])?;
    let patch = json_patch::read_by_schema(&said)?;
    let before = app.allocation(&who, &ident, Policy::AllocationUpdate).await?;
    json_patch::check_roots(&patch, &PATCHABLE)?;
    check_name(&patch)?;
    let change = apply(&before, &patch)?;
    let allocation = app.conductor.update_allocation(before.uuid, change).await?;
    Ok(Answer(view::document(&allocation, &who.links, who.version, &Shown::All)))
}

/// Refuses what is no name. What says nothing is left to the check of the whole.
fn check_name(patch: &[Operation]) -> Result<()> {
    let is_empty = |value: &Value| value.as_object().is_some_and(|map| map.is_empty());
    let says = |value: &&Value| is_said(value) && **value != false && **value != 0 && !is_empty(value);
    for name in json_patch::values_of(patch, "name").filter(says) {
        if !name.as_str().is_some_and(names::is_logical_name) {
            let text = format!("Cannot update allocation with invalid name '{}'", python::text(name));
            return Err(Fault::invalid(text));
        }
    }
    Ok(())
}

/// What the patch changes.
fn apply(before: &Allocation, patch: &[Operation]) -> Result<AllocationChange> {
    let fields = [AllocationField::Name, AllocationField::Extra];
    let original: Json = fields.iter().map(|field| (field.as_str().to_owned(), view::value(before, *field))).collect();
    let patched = json_patch::apply_all(original, patch)?;
    document::check_patched(&patched)?;
    let name = patched.get("name").and_then(Value::as_str).map(str::to_owned);
    let extra = patched.get("extra").and_then(Value::as_object).cloned().unwrap_or_default();
    Ok(AllocationChange {
        name: (name != before.name).then_some(name),
        extra: (extra != before.extra).then_some(extra),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kamacite_model::{Timestamp, Uuid};
    use serde_json::json;

    use super::*;

    fn change(patch: Value) -> Result<AllocationChange> {
        let mut before = Allocation::new(Uuid::nil(), Timestamp::UNIX_EPOCH);
        before.name = Some("a".to_owned());
        before.extra.insert("x".to_owned(), json!(1));
        let patch = json_patch::read_by_schema(&patch)?;
        json_patch::check_roots(&patch, &PATCHABLE)?;
        check_name(&patch)?;
        apply(&before, &patch)
    }

    #[test]
    fn what_is_not_touched_stays() {
        assert_eq!(change(json!([])).unwrap(), AllocationChange::default());
        let renamed = change(json!([{"op": "replace", "path": "/name", "value": "b"}])).unwrap();
        assert_eq!(renamed, AllocationChange { name: Some(Some("b".to_owned())), extra: None });
        let emptied = change(json!([{"op": "remove", "path": "/extra"}])).unwrap();
        assert_eq!(emptied, AllocationChange { name: None, extra: Some(Json::new()) });
        let nameless = change(json!([{"op": "remove", "path": "/name"}])).unwrap();
        assert_eq!(nameless.name, Some(None));
    }

    #[track_caller]
    fn refused(patch: Value, words: &str) {
        assert_eq!(change(patch).unwrap_err().text(), words);
    }

    #[test]
    fn only_name_and_extra_are_changed() {
        refused(
            json!([{"op": "replace", "path": "/state", "value": "x"}]),
            "Cannot patch /state. Only the following can be updated: name, extra",
        );
        refused(
            json!([{"op": "replace", "path": "name", "value": "x"}]),
            "Cannot patch name. Only the following can be updated: name, extra",
        );
        refused(
            json!([{"op": "replace", "path": "x/name", "value": "no name"}]),
            "Cannot patch x/name. Only the following can be updated: name, extra",
        );
        refused(
            json!([{"op": "replace", "path": "/name", "value": true}]),
            "Cannot update allocation with invalid name 'True'",
        );
        refused(
            json!([{"op": "replace", "path": "/name", "value": {"a": 1}}]),
            "Cannot update allocation with invalid name '{'a': 1}'",
        );
        refused(
            json!([{"op": "replace", "path": "/name", "value": 0}]),
            "Schema error for patch: 0 is not of type 'string', 'null'",
        );
        refused(
            json!([{"op": "replace", "path": "/extra", "value": 5}]),
            "Schema error for patch: 5 is not of type 'object', 'null'",
        );
    }
}
