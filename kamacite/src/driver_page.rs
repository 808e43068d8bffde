//! `kamacite driver reference`: what the program knows of a hardware type, as a part of a page of documentation.

use std::{collections::BTreeMap, fmt::Write};

use kamacite_driver::{Driver, HardwareType, Implementation, MethodSpec, Mode, Services};
use kamacite_model::{InterfaceKind, options::Options};
use serde_json::Value;

use crate::{Service, clock, serve::StartError};

/// Properties, interfaces, vendor methods, steps and options of a hardware type, in Markdown.
///
/// # Errors
/// There is no such hardware type; the error names those there are.
pub(crate) fn reference(service: &Service, name: &str) -> Result<String, StartError> {
    let drivers = service.build(&Services::new(clock::system(), Options::default()));
    let types = || drivers.iter().flat_map(|driver| driver.types.iter().map(move |one| (driver, one)));
    let found = types().find(|(_, one)| &*one.name == name);
    let Some((driver, hardware_type)) = found else {
        let known = types().map(|(_, one)| one.name.to_string()).collect();
        return Err(StartError::NoSuchType { name: name.to_owned(), known });
    };
    let mut page = format!("## Reference\n\nMade by `kamacite driver reference {name}`; do not edit.\n");
    properties(driver, &mut page);
    interfaces(&drivers, hardware_type, &mut page);
    methods(driver, hardware_type, &mut page);
    steps(driver, &mut page);
    options(driver, &mut page);
    for (headline, chapter) in &driver.chapters {
        let _ = write!(page, "\n### {headline}\n\n{}", chapter());
    }
    Ok(page)
}

fn properties(driver: &Driver, page: &mut String) {
    let mut all = BTreeMap::new();
    for of in &driver.implementations {
        for property in of.interface.base().properties() {
            all.entry((!property.required, property.name.clone())).or_insert(property);
        }
    }
    if all.is_empty() {
        return;
    }
    *page += "\n### Properties\n\n| key of `driver_info` | needed | what it says |\n|---|---|---|\n";
    for property in all.values() {
        let needed = if property.required { "yes" } else { "" };
        let _ = writeln!(page, "| `{}` | {needed} | {} |", property.name, cell(&property.description));
    }
}

fn interfaces(drivers: &[Driver], of: &HardwareType, page: &mut String) {
    *page += "\n### Interfaces\n\nMost preferred first. A node of this type takes ";
    *page += if of.takes_anything { "any enabled interface" } else { "those that are enabled" };
    *page += ".\n\n| kind | in this program | known by name, and not in it |\n|---|---|---|\n";
    let is_there = |kind: InterfaceKind, name: &str| {
        let mut all = drivers.iter().flat_map(|driver| &driver.implementations);
        all.any(|one| one.interface.kind() == kind && &*one.name == name)
    };
    for kind in InterfaceKind::ALL.iter().copied() {
        let (there, missing): (Vec<&str>, Vec<&str>) =
            of.supported[kind].iter().map(|name| &**name).partition(|name| is_there(kind, name));
        let _ = writeln!(page, "| {kind} | {} | {} |", code(&there), code(&missing));
    }
}

fn methods(driver: &Driver, of: &HardwareType, page: &mut String) {
    for implementation in &driver.implementations {
        let on_nodes: Vec<_> = implementation.node_methods.iter().map(|method| &method.spec).collect();
        method_table(&format!("Vendor methods of `{}`", implementation.name), &on_nodes, page);
        let on_type: Vec<_> = implementation.driver_methods.iter().map(|method| &method.spec).collect();
        let headline =
            format!("Vendor methods of the hardware type `{}`, by vendor `{}`", of.name, implementation.name);
        method_table(&headline, &on_type, page);
    }
}

fn method_table(headline: &str, methods: &[&MethodSpec], page: &mut String) {
    if methods.is_empty() {
        return;
    }
    let _ = write!(
        page,
        "\n### {headline}\n\n| method | verb | client waits | lock | arguments | what it does |\n|---|---|---|---|---|---|\n"
    );
    for method in methods {
        let verbs: Vec<_> = method.verbs.iter().map(|verb| verb.as_str()).collect();
        let waits = match method.mode {
            Mode::Sync if method.attach => "yes, for a file",
            Mode::Sync => "yes",
            Mode::Async => "no",
        };
        let lock = if method.exclusive { "yes" } else { "" };
        let _ = writeln!(
            page,
            "| `{}` | {} | {waits} | {lock} | {} | {} |",
            method.name,
            verbs.join(", "),
            arguments(&method.args),
            cell(&method.description)
        );
    }
}

fn steps(driver: &Driver, page: &mut String) {
    let all = driver.implementations.iter().flat_map(|of| of.steps.iter().map(move |step| (of, &step.spec)));
    let mut rows = all.peekable();
    if rows.peek().is_none() {
        return;
    }
    *page += "\n### Steps\n\nOne with priority 0 runs only when asked for.\n\n\
              | step | kind | priority | arguments | what it does |\n|---|---|---|---|---|\n";
    for (of, step) in rows {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} |",
            step_name(of, &step.name),
            step.kind.as_str(),
            step.priority,
            arguments(&step.args),
            cell(&step.description)
        );
    }
}

fn step_name(of: &Implementation, name: &str) -> String {
    format!("`{}.{name}` of `{}`", of.interface.kind(), of.name)
}

fn options(driver: &Driver, page: &mut String) {
    if driver.options.is_empty() {
        return;
    }
    *page += "\n### Options\n\n| option | type | default | what it does |\n|---|---|---|---|\n";
    for option in &driver.options {
        let default = if option.default.is_empty() { String::new() } else { format!("`{}`", option.default) };
        let (group, name, kind) = (option.group, option.name, option.kind);
        let _ = writeln!(page, "| `[{group}]{name}` | {kind} | {default} | {} |", cell(option.help));
    }
}

/// Arguments by name, those that are needed in bold.
fn arguments(schema: &Value) -> String {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(|name| name.as_str()).collect();
    let names = schema["properties"].as_object().into_iter().flat_map(|properties| properties.keys());
    let all = names.map(|name| match required.contains(&name.as_str()) {
        true => format!("**`{name}`**"),
        false => format!("`{name}`"),
    });
    all.collect::<Vec<_>>().join(", ")
}

fn code(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A text that fits into a cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hardware_type_has_a_page_that_ends_with_what_the_program_knows() {
        let service = Service::new();
        let drivers = service.build(&Services::new(clock::system(), Options::default()));
        for name in drivers.iter().flat_map(|driver| driver.types.iter().map(|one| &one.name)) {
            let made = reference(&service, name).unwrap_or_else(|why| panic!("{name}: {why}"));
            let path = format!("{}/../docs/drivers/{name}.md", env!("CARGO_MANIFEST_DIR"));
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(kept.ends_with(&made), "docs/drivers/{name}.md is out of date; run: cargo xtask pages");
        }
    }

    #[test]
    fn a_type_that_is_not_there_is_told_with_those_that_are() {
        let why = reference(&Service::new(), "redfsh").err().map(|why| why.to_string()).unwrap_or_default();
        assert!(why.contains("\"redfsh\"") && why.contains("redfish"), "{why}");
    }

    #[test]
    fn arguments_are_named() {
        let schema = serde_json::json!({"properties": {"bar": {}, "foo": {}}, "required": ["foo"]});
        assert_eq!(arguments(&schema), "`bar`, **`foo`**");
        assert_eq!(arguments(&Value::Null), "");
    }
}
