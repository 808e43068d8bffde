//! Every property, option, method, step and argument says what it means: clients can ask for all of it.

use serde_json::Value;

use crate::{
    MethodSpec,
    conformance::{Kit, Report, bench::Place},
};

pub async fn check(kit: &Kit, report: &mut Report) {
    let site = kit.site().await;
    for option in site.bench.options() {
        let about = format!("option [{}]{}", option.group, option.name);
        if let Err(why) = (option.check)(option.default) {
            report.wrong(&about, format_args!("its default is refused: {why}"), "give a default that the option takes");
        }
        if option.help.is_empty() {
            report.wrong(&about, "it has no help", "say what the option does and in which unit");
        }
    }
    for implementation in site.bench.implementations() {
        let place = Place::of(implementation);
        for property in implementation.interface.base().properties() {
            if property.description.trim().is_empty() {
                report.wrong(
                    format_args!("{place}, property {}", property.name),
                    "it has no description",
                    "say what the key means, in Property::required or Property::optional",
                );
            }
        }
        for spec in implementation.node_methods.iter().map(|method| &method.spec) {
            let about = format!("{place}, vendor method {}", spec.name);
            method(&about, spec, report);
            example(&about, &spec.name, &spec.args, kit, report);
        }
        for spec in implementation.driver_methods.iter().map(|method| &method.spec) {
            let about = format!("{place}, driver vendor method {}", spec.name);
            method(&about, spec, report);
            if site.machine.example(&spec.name).is_none() {
                example(&about, &spec.name, &spec.args, kit, report);
            }
        }
        for spec in implementation.steps.iter().map(|step| &step.spec) {
            let about = format!("{place}, {} step {}", spec.kind.as_str(), spec.name);
            feature(&about, &spec.description, &spec.args, report);
            example(&about, &spec.name, &spec.args, kit, report);
        }
    }
}

fn method(about: &str, spec: &MethodSpec, report: &mut Report) {
    if spec.verbs.is_empty() {
        report.wrong(about, "it answers to no verb", "name the verbs: #[passthru(POST)]");
    }
    feature(about, &spec.description, &spec.args, report);
}

fn feature(about: &str, description: &str, args: &Value, report: &mut Report) {
    if description.trim().is_empty() {
        report.wrong(about, "it has no description", "write a doc comment on the function: clients read it");
    }
    for (argument, schema) in args["properties"].as_object().into_iter().flatten() {
        if schema["description"].as_str().is_none_or(str::is_empty) {
            report.wrong(
                about,
                format_args!("its argument {argument} has no description"),
                "write a doc comment on the field of the argument struct",
            );
        }
    }
}

/// What the kit calls, it can call.
fn example(about: &str, name: &str, args: &Value, kit: &Kit, report: &mut Report) {
    let known = kit.examples.iter().map(|(known, _)| known).chain(kit.left_out.iter().map(|(known, _)| known));
    let needs = args["required"].as_array().is_some_and(|required| !required.is_empty());
    if needs && !known.into_iter().any(|known| known == name) {
        report.wrong(
            about,
            "it needs arguments, and the kit has none to call it with",
            "give some with Kit::example, or Simulated::example where the machine has to, or say with Kit::leave_out why it is not to be called",
        );
    }
}
