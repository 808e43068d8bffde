//! What a client says beside the path: query parameters and, where the endpoint has named arguments, the body's keys.

use kamacite_model::{Mac, Uuid};
use serde_json::Value;

use crate::{
    fault::{Fault, Result},
    names, python,
};

/// Named arguments, checked against what an endpoint takes, each read by its type.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Args(Vec<(String, Value)>);

impl Args {
    /// The arguments of a query string (or of a form, which is written alike).
    pub fn parse(query: &str) -> Self {
        let mut args = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            args.add(&name, Value::from(value.into_owned()));
        }
        args
    }

    /// Adds an argument; one that is said twice becomes the list of both, which no scalar argument takes.
    pub fn add(&mut self, name: &str, value: Value) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, Value::Array(values))) => values.push(value),
            Some((_, first)) => *first = Value::Array(vec![first.take(), value]),
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Removes an argument and returns it.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }

    /// Every argument, in the order of the request.
    pub fn into_iter(self) -> impl Iterator<Item = (String, Value)> {
        self.0.into_iter()
    }

    /// Refuses arguments that the endpoint does not take.
    pub fn only(self, known: &[&str]) -> Result<Self> {
        let mut strangers: Vec<&str> =
            self.0.iter().map(|(name, _)| name.as_str()).filter(|name| !known.contains(name)).collect();
        if strangers.is_empty() {
            return Ok(self);
        }
        strangers.sort_unstable();
        Err(Fault::invalid(format!("Unexpected arguments: {}", strangers.join(", "))))
    }

    /// Refuses a request that lacks an argument; null counts as said.
    pub fn require(&self, name: &str) -> Result<()> {
        if self.0.iter().any(|(known, _)| known == name) { Ok(()) } else { Err(Fault::missing(name)) }
    }

    /// The value, where one is said that is not null.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// A text.
    pub fn string(&self, name: &str) -> Result<Option<&str>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(Fault::invalid(format!("Expected string for {name}: {}", python::text(other)))),
        }
    }

    /// A truth value in any of its spellings.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>> {
        self.get(name).map(|value| boolean(name, value)).transpose()
    }

    /// A whole number; a fraction is cut off.
    pub fn integer(&self, name: &str) -> Result<Option<i64>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let read = match value {
            Value::Bool(flag) => Some(i64::from(*flag)),
            #[allow(clippy::cast_possible_truncation, reason = "the reference cuts fractions off")]
            Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|float| float as i64)),
            Value::String(text) => whole(text.trim()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        match read {
            Some(number) => Ok(Some(number)),
            None => Err(Fault::invalid(format!("Expected an integer for {name}: {}", python::text(value)))),
        }
    }

    /// A UUID.
    pub fn uuid(&self, name: &str) -> Result<Option<Uuid>> {
        self.get(name).map(|value| uuid(name, value)).transpose()
    }

    /// A hardware address.
    pub fn mac(&self, name: &str) -> Result<Option<Mac>> {
        self.get(name).map(|value| mac(name, value)).transpose()
    }

    /// A UUID or a name.
    pub fn uuid_or_name(&self, name: &str) -> Result<Option<&str>> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if names::is_ident(text) => Ok(Some(text)),
            Some(other) => Err(Fault::invalid(format!("Expected UUID or name for {name}: {}", python::text(other)))),
        }
    }

    /// Items between commas, as they are written.
    ///
    /// Ironic reads some of these in lower case, and then does not find what is written in upper case.
    pub fn exact_list(&self, name: &str) -> Result<Option<Vec<String>>> {
        Ok(match self.get(name) {
            Some(Value::String(text)) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Some(items.map(str::to_owned).collect())
            }
            Some(_) | None => self.list(name)?,
        })
    }

    /// Items between commas, in lower case, each once; or the argument said many times, as it is.
    pub fn list(&self, name: &str) -> Result<Option<Vec<String>>> {
        let mut items: Vec<String> = Vec::new();
        match self.get(name) {
            None => return Ok(None),
            Some(Value::Array(values)) => {
                for value in values {
                    let Value::String(text) = value else {
                        return Err(Fault::invalid(format!("Expected string for {name}: {}", python::text(value))));
                    };
                    items.push(text.clone());
                }
            }
            Some(_) => {
                for item in self.string(name)?.unwrap_or_default().split(',').map(|item| item.trim().to_lowercase()) {
                    if !item.is_empty() && !items.contains(&item) {
                        items.push(item);
                    }
                }
            }
        }
        Ok(Some(items))
    }
}

/// A whole number of any length: those that are too large or too small are the largest and the smallest there is.
fn whole(text: &str) -> Option<i64> {
    use std::num::IntErrorKind as Kind;
    match text.parse() {
        Ok(number) => Some(number),
        Err(why) => match why.kind() {
            Kind::PosOverflow => Some(i64::MAX),
            Kind::NegOverflow => Some(i64::MIN),
            _ => None,
        },
    }
}

/// A truth value in any of its spellings.
pub fn boolean(name: &str, value: &Value) -> Result<bool> {
    if let Value::Bool(flag) = value {
        return Ok(*flag);
    }
    let text = python::text(value);
    match text.trim().to_lowercase().as_str() {
        "1" | "t" | "true" | "on" | "y" | "yes" => Ok(true),
        "0" | "f" | "false" | "off" | "n" | "no" => Ok(false),
        _ => Err(Fault::invalid(format!(
            "Invalid {name}: Unrecognized value '{text}', acceptable values are: '0', '1', 'f', 'false', 'n', 'no', \
             'off', 'on', 't', 'true', 'y', 'yes'"
        ))),
    }
}

/// A hardware address.
pub fn mac(name: &str, value: &Value) -> Result<Mac> {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Fault::invalid(format!("Expected valid MAC address for {name}: {}", python::text(value))))
}

/// A UUID.
pub fn uuid(name: &str, value: &Value) -> Result<Uuid> {
    value
        .as_str()
        .and_then(|text| Uuid::try_parse(text).ok())
        .ok_or_else(|| Fault::invalid(format!("Expected UUID for {name}: {}", python::text(value))))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn refused<T: std::fmt::Debug>(answer: Result<T>, words: &str) {
        assert_eq!(answer.unwrap_err().text(), words);
    }

    #[test]
    fn a_query_is_read_by_type() {
        let args = Args::parse("limit=5&maintenance=Yes&fields=UUID,+name,uuid&name=a%20b");
        assert_eq!(args.integer("limit").unwrap(), Some(5));
        assert_eq!(args.boolean("maintenance").unwrap(), Some(true));
        assert_eq!(args.list("fields").unwrap().unwrap(), ["uuid", "name"]);
        assert_eq!(args.string("name").unwrap(), Some("a b"));
        assert_eq!(args.string("absent").unwrap(), None);
    }

    #[test]
    fn what_does_not_fit_is_refused_in_the_references_words() {
        refused(Args::parse("limit=abc").integer("limit"), "Expected an integer for limit: abc");
        assert_eq!(Args::parse("limit=99999999999999999999").integer("limit").unwrap(), Some(i64::MAX));
        refused(Args::parse("limit=").integer("limit"), "Expected an integer for limit: ");
        refused(Args::parse("limit=1&limit=2").integer("limit"), "Expected an integer for limit: ['1', '2']");
        refused(Args::parse("marker=nope").uuid("marker"), "Expected UUID for marker: nope");
        refused(
            Args::parse("maintenance=maybe").boolean("maintenance"),
            "Invalid maintenance: Unrecognized value 'maybe', acceptable values are: '0', '1', 'f', 'false', 'n', 'no', \
             'off', 'on', 't', 'true', 'y', 'yes'",
        );
        refused(Args::parse("b=1&a=2&c=3").only(&["c"]), "Unexpected arguments: a, b");
        refused(Args::default().require("target"), "Missing mandatory parameter: target");
        refused(Args::parse("node=a%20b").uuid_or_name("node"), "Expected UUID or name for node: a b");
    }

    #[test]
    fn an_argument_said_twice_is_a_list_of_both() {
        let mut args = Args::parse("target=z");
        args.add("target", json!("w"));
        refused(args.string("target"), "Expected string for target: ['z', 'w']");
        assert_eq!(Args::parse("fields=uuid&fields=Name").list("fields").unwrap().unwrap(), ["uuid", "Name"]);
    }

    #[test]
    fn body_values_keep_their_types() {
        let mut args = Args::default();
        args.add("target", json!(5));
        args.add("timeout", json!(1.5));
        args.add("enabled", json!(1));
        args.add("nothing", Value::Null);
        refused(args.string("target"), "Expected string for target: 5");
        assert_eq!(args.integer("timeout").unwrap(), Some(1));
        assert_eq!(args.boolean("enabled").unwrap(), Some(true));
        assert_eq!(args.string("nothing").unwrap(), None);
        assert!(args.require("nothing").is_ok());
    }
}
