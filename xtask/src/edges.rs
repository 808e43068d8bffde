//! `cargo xtask edges`: which crate may use which; an arrow points only down.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::support::metadata::{self, Package};

/// A crate of this workspace.
struct Row {
    name: &'static str,
    /// Above whatever it uses.
    floor: u8,
    /// The crates of this workspace it may use. Tests and examples of a crate may use any.
    uses: &'static [&'static str],
}

const fn row(name: &'static str, floor: u8, uses: &'static [&'static str]) -> Row {
    Row { name, floor, uses }
}

/// The house, from the roof down. A new arrow wants a reason: what a crate does not know of is what makes it simple.
#[rustfmt::skip]
const HOUSE: &[Row] = &[
    // It only assembles, so it sees everything.
    row("kamacite", 5, &["kamacite-api", "kamacite-conductor", "kamacite-driver", "kamacite-drivers", "kamacite-model", "kamacite-sim", "kamacite-store"]),
    // No concrete driver, no BMC; of the store only what reads.
    row("kamacite-api", 4, &["kamacite-conductor", "kamacite-driver", "kamacite-model", "kamacite-store", "meter"]),
    // What a third party's driver sees, and the protocols: no conductor, no store, no HTTP server.
    row("kamacite-drivers", 4, &["ipmi", "kamacite-driver", "kamacite-model", "redfish"]),
    // No concrete driver.
    row("kamacite-conductor", 3, &["kamacite-driver", "kamacite-model", "kamacite-store", "meter"]),
    row("kamacite-driver", 2, &["governor", "kamacite-driver-macros", "kamacite-model"]),
    row("kamacite-store", 2, &["kamacite-model", "meter"]),
    row("ipmi", 2, &[]),
    row("redfish", 2, &["governor"]),
    row("governor", 1, &["meter"]),
    // What is counted anywhere; how it is told, only the API knows.
    row("meter", 0, &[]),
    row("kamacite-driver-macros", 0, &[]),
    row("kamacite-model", 0, &[]),
    // Aside: the other end of the wire, so the vocabulary and protocols only.
    row("kamacite-sim", 3, &["ipmi", "kamacite-model", "redfish"]),
    // Aside: it drives the program from outside.
    row("xtask", 0, &[]),
];

/// Checks the manifests of the workspace; true if every arrow is allowed.
///
/// # Errors
/// The manifests cannot be read.
pub fn main() -> Result<bool> {
    let wrong = wrong_edges(&metadata::members()?);
    wrong.iter().for_each(|line| println!("{line}"));
    println!("{} crates, {} wrong edges", HOUSE.len(), wrong.len());
    Ok(wrong.is_empty())
}

/// A line for each thing that is not as the table says.
fn wrong_edges(members: &[Package]) -> Vec<String> {
    let names: BTreeSet<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let gone = HOUSE.iter().filter(|row| !names.contains(row.name));
    let mut wrong = upwards(HOUSE);
    wrong.extend(gone.map(|row| format!("{} has a row in xtask/src/edges.rs and is not in the workspace", row.name)));
    for member in members {
        let Some(row) = HOUSE.iter().find(|row| row.name == member.name) else {
            wrong.push(format!("{} needs a row in xtask/src/edges.rs: its floor, and what it may use", member.name));
            continue;
        };
        let normal = member.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"));
        let ours = normal.map(|dependency| dependency.name.as_str()).filter(|name| names.contains(name));
        let forbidden = ours.filter(|name| !row.uses.contains(name));
        wrong.extend(forbidden.map(|name| format!("{} may not use {name} (xtask/src/edges.rs)", member.name)));
    }
    wrong
}

/// A line for each arrow of the table that does not point down.
fn upwards(house: &[Row]) -> Vec<String> {
    let arrows = house.iter().flat_map(|row| row.uses.iter().map(move |used| (row, *used)));
    let up = arrows.filter(|(row, used)| house.iter().any(|other| other.name == *used && other.floor >= row.floor));
    up.map(|(row, used)| format!("{} may not use {used}, which is not on a lower floor", row.name)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::support::metadata::Dependency;

    fn package(name: &str, uses: &[(&str, Option<&str>)]) -> Package {
        let dependency = |(name, kind): &(&str, Option<&str>)| Dependency {
            name: (*name).to_owned(),
            kind: kind.map(str::to_owned),
        };
        Package { name: name.to_owned(), dependencies: uses.iter().map(dependency).collect() }
    }

    #[test]
    fn the_workspace_keeps_to_the_table() {
        let wrong = wrong_edges(&metadata::members().unwrap());
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn an_arrow_of_the_table_points_down() {
        let house = [row("a", 1, &["b", "c"]), row("b", 1, &[]), row("c", 0, &["a"])];
        assert_eq!(
            upwards(&house),
            ["a may not use b, which is not on a lower floor", "c may not use a, which is not on a lower floor"]
        );
    }

    #[test]
    fn a_new_arrow_is_found_and_one_of_tests_is_not() {
        let mut members: Vec<Package> = HOUSE.iter().map(|row| package(row.name, &[])).collect();
        assert!(wrong_edges(&members).is_empty());
        let uses = [("kamacite-store", None), ("kamacite-conductor", Some("dev")), ("serde", None)];
        members.retain(|member| member.name != "kamacite-driver");
        members.push(package("kamacite-driver", &uses));
        members.push(package("kamacite-new", &[]));
        assert_eq!(
            wrong_edges(&members),
            [
                "kamacite-driver may not use kamacite-store (xtask/src/edges.rs)",
                "kamacite-new needs a row in xtask/src/edges.rs: its floor, and what it may use",
            ]
        );
    }
}
