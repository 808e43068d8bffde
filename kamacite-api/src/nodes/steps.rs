//! Steps as clients ask for them: their shape, and the reference's words for what is wrong with it.

use kamacite_conductor::UserStep;
use serde_json::{Map, Value};

use crate::{
    fault::{Fault, Result},
    python,
    schema::{self, Property, Type},
};

/// What the steps are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Manual cleaning.
    Clean,
    /// Deploying.
    Deploy,
    /// Servicing.
    Service,
}

/// Interfaces that have steps, as the reference lists them.
pub const INTERFACES: [&str; 7] = ["vendor", "power", "management", "firmware", "deploy", "bios", "raid"];

const STEP: &[Property] = &[
    Property::new("interface", &[]),
    Property::new("step", &[Type::String]),
    Property::new("args", &[Type::Object]),
    Property::new("order", &[]),
    Property::new("execute_on_child_nodes", &[Type::Boolean]),
    Property::new("limit_child_node_execution", &[Type::Array]),
];

const DEPLOY_STEP: &[Property] = &[
    Property::new("args", &[Type::Object]),
    Property::new("interface", &[Type::String]),
    Property::new("priority", &[]),
    Property::new("step", &[Type::String]),
];

/// Reads steps.
pub fn read(purpose: Purpose, steps: &[Value]) -> Result<Vec<UserStep>> {
    let read = |(at, step)| read_step(purpose, at, step);
    let outcome: Result<Vec<UserStep>, String> = steps.iter().enumerate().map(read).collect();
    outcome.map_err(|fault| Fault::invalid(format!("Invalid {}_steps: {fault}", purpose.as_str())))
}

fn read_step(purpose: Purpose, at: usize, step: &Value) -> Result<UserStep, String> {
    let Value::Object(said) = step else {
        return Err(schema::type_fault(step, &[Type::Object]).unwrap_or_default());
    };
    let known = purpose.properties();
    if let Some(fault) = schema::missing(said, purpose.required()).or_else(|| schema::unexpected(said, known)) {
        return Err(fault);
    }
    for property in known {
        let Some(value) = said.get(property.name) else { continue };
        if let Some((rule, fault)) = fault_of(*property, value) {
            return Err(purpose.explain(at, property.name, rule, &fault, value));
        }
    }
    let mut other: Map<String, Value> = said.clone();
    let mut take = |name: &str| other.shift_remove(name);
    let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
    let (interface, step) = (text(take("interface")), text(take("step")));
    let args = take("args").and_then(|args| args.as_object().cloned());
    let priority = take("priority").and_then(|priority| number(&priority)).and_then(|n| u32::try_from(n).ok());
    Ok(UserStep { interface, step, args, priority, other })
}

/// The rule that a value breaks, and what is said of it.
fn fault_of(property: Property, value: &Value) -> Option<(&'static str, String)> {
    if let Some(fault) = schema::type_fault(value, property.types) {
        return Some(("type", fault));
    }
    match property.name {
        "interface" if !INTERFACES.iter().any(|known| value == known) => {
            Some(("enum", format!("{} is not one of {}", python::repr(value), python::repr_list(INTERFACES))))
        }
        "step" if value == "" => Some(("minLength", "'' should be non-empty".to_owned())),
        "order" | "priority" if number(value).is_none() => {
            Some(("anyOf", format!("{} is not valid under any of the given schemas", python::repr(value))))
        }
        _ => None,
    }
}

/// A number, not negative, or a text that is one.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str().filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?.parse().ok())
}

impl Purpose {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Deploy => "deploy",
            Self::Service => "service",
        }
    }

    /// What a step may say.
    pub const fn properties(self) -> &'static [Property] {
        match self {
            Self::Clean | Self::Service => STEP,
            Self::Deploy => DEPLOY_STEP,
        }
    }

    /// What it must say.
    pub const fn required(self) -> &'static [&'static str] {
        match self {
            Self::Clean | Self::Service => &["interface", "step"],
            Self::Deploy => &["interface", "step", "args", "priority"],
        }
    }

    /// A fault with the rule that was broken, as the reference's schema library prints it.
    fn explain(self, at: usize, name: &str, rule: &str, fault: &str, value: &Value) -> String {
        let shape = match (self, name) {
            (Self::Clean | Self::Service, "interface") => interface_rule("'description': 'driver interface'"),
            (Self::Deploy, "interface") => interface_rule("'type': 'string'"),
            (Self::Clean | Self::Service, "step") => {
                "{'description': 'name of clean step', 'type': 'string', 'minLength': 1}".to_owned()
            }
            (Self::Deploy, "step") => "{'type': 'string', 'minLength': 1}".to_owned(),
            (Self::Clean | Self::Service, "args") => {
                "{'description': 'additional args', 'type': 'object', 'properties': {}}".to_owned()
            }
            (Self::Deploy, "args") => "{'type': 'object'}".to_owned(),
            _ => return fault.to_owned(),
        };
        let value = python::repr(value);
        format!(
            "{fault}\n\nFailed validating '{rule}' in schema['items']['properties']['{name}']:\n    {shape}\n\n\
             On instance[{at}]['{name}']:\n    {value}"
        )
    }
}

fn interface_rule(first: &str) -> String {
    let known: Vec<String> = INTERFACES.iter().map(|name| format!("'{name}'")).collect();
    format!("{{{first},\n     'enum': [{}]}}", known.join(",\n              "))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn refuse(purpose: Purpose, step: Value, words: &str) {
        assert_eq!(read(purpose, &[step]).unwrap_err().text(), words);
    }

    #[test]
    fn steps_are_read() {
        let steps =
            read(Purpose::Clean, &[json!({"interface": "raid", "step": "apply", "args": {"a": 1}, "order": "3"})])
                .unwrap();
        assert_eq!((&*steps[0].interface, &*steps[0].step), ("raid", "apply"));
        assert_eq!(steps[0].args, json!({"a": 1}).as_object().cloned());
        assert_eq!(steps[0].other["order"], "3");
        let deploy = json!({"interface": "deploy", "step": "x", "args": {}, "priority": "90"});
        assert_eq!(read(Purpose::Deploy, &[deploy]).unwrap()[0].priority, Some(90));
    }

    #[test]
    fn what_is_no_step_is_refused() {
        refuse(Purpose::Clean, json!(5), "Invalid clean_steps: 5 is not of type 'object'");
        refuse(
            Purpose::Service,
            json!({"interface": "deploy"}),
            "Invalid service_steps: 'step' is a required property",
        );
        refuse(
            Purpose::Deploy,
            json!({"interface": "deploy", "step": "x", "args": {}, "priority": -1}),
            "Invalid deploy_steps: -1 is not valid under any of the given schemas",
        );
        refuse(
            Purpose::Clean,
            json!({"interface": "deploy", "step": ""}),
            "Invalid clean_steps: '' should be non-empty\n\nFailed validating 'minLength' in \
             schema['items']['properties']['step']:\n    {'description': 'name of clean step', 'type': 'string', \
             'minLength': 1}\n\nOn instance[0]['step']:\n    ''",
        );
        refuse(
            Purpose::Clean,
            json!({"interface": "nope", "step": "x"}),
            "Invalid clean_steps: 'nope' is not one of ['vendor', 'power', 'management', 'firmware', 'deploy', 'bios', \
             'raid']\n\nFailed validating 'enum' in schema['items']['properties']['interface']:\n    {'description': \
             'driver interface',\n     'enum': ['vendor',\n              'power',\n              'management',\n              \
             'firmware',\n              'deploy',\n              'bios',\n              'raid']}\n\nOn \
             instance[0]['interface']:\n    'nope'",
        );
    }
}
