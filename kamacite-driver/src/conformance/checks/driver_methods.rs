//! A vendor method of the hardware type answers on healthy hardware, and refuses what does not fit before it sends anything.

use serde_json::{Map, Value};

use super::validation::odd;
use crate::{
    ErrorKind, Verb,
    conformance::{
        Kit, Report,
        operations::{Asked, Operation},
    },
};

pub async fn check(kit: &Kit, report: &mut Report) {
    for operation in kit.operations(report).await {
        let Asked::OfType { method, verb, args } = &operation.asked else { continue };
        let site = kit.site().await;
        if let Some(Err(why)) = site.operate(&operation).await.told(&operation, report) {
            report.wrong(
                &operation,
                format_args!("it fails: {why}"),
                "do it on healthy hardware; if the arguments are not right, see Simulated::example and Kit::example",
            );
        }
        let of = Method { kit, operation: &operation, method, verb: *verb };
        let example = site.machine.example(method).unwrap_or_else(|| args.clone());
        let schema = site.bench.find(&operation.place).and_then(|one| one.driver_method(method));
        let known = schema.and_then(|one| one.spec.args["properties"].as_object().cloned()).unwrap_or_default();
        for argument in known.keys() {
            of.with(argument, None, &example, report).await;
            for value in odd() {
                of.with(argument, Some(value), &example, report).await;
            }
        }
    }
}

/// A method, as the kit calls it.
struct Method<'a> {
    kit: &'a Kit,
    operation: &'a Operation,
    method: &'a str,
    verb: Verb,
}

impl Method<'_> {
    /// With one argument otherwise than in the example, it does its work or refuses; nothing worse happens.
    async fn with(&self, argument: &str, value: Option<Value>, example: &Value, report: &mut Report) {
        let site = self.kit.site().await;
        let about = match &value {
            Some(value) => format!("{}, with {argument} = {value}", self.operation),
            None => format!("{}, without {argument}", self.operation),
        };
        let args = self.args(&site.machine.example(self.method).unwrap_or_else(|| example.clone()), argument, value);
        let answer = site.ask_type(&self.operation.place, self.method, self.verb, args).await;
        let Some(Err(why)) = answer.told(&about, report) else { return };
        if matches!(why.kind(), ErrorKind::Internal | ErrorKind::LockLost) {
            report.wrong(
                &about,
                format_args!("it says {:?}: {why}", why.kind()),
                "an argument is the client's to mend: Error::invalid or Error::missing",
            );
        }
        let is_refused = matches!(why.kind(), ErrorKind::Invalid | ErrorKind::Missing);
        if is_refused && !why.message().contains(argument) {
            report.wrong(
                &about,
                format_args!("it is refused in words that do not name the argument: {why}"),
                "name the argument, so that a person knows what to mend",
            );
        }
        if is_refused && site.requests() > 0 {
            report.wrong(
                &about,
                format_args!("it asks the BMC, and then refuses: {why}"),
                "look at the arguments before anything is sent",
            );
        }
    }

    fn args(&self, example: &Value, argument: &str, value: Option<Value>) -> Value {
        let mut args: Map<String, Value> = example.as_object().cloned().unwrap_or_default();
        match value {
            Some(value) => drop(args.insert(argument.to_owned(), value)),
            None => drop(args.shift_remove(argument)),
        }
        Value::Object(args)
    }
}
