//! The page of supported drivers, from what the tests of drivers ran.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::support::places;

/// Names, to the tests, the folder in which they keep account.
pub const VARIABLE: &str = "KAMACITE_RAN";

/// What else is the page's: the names of those that were driven, in the words of people.
const AGAINST: &[(&str, &str)] = &[
    ("sushy-emulator", "`sushy-emulator` of sushy-tools"),
    ("ipmi_sim", "`ipmi_sim` of OpenIPMI"),
    ("recorded", "recordings"),
    ("scripted", "a scripted BMC"),
    ("", "no hardware"),
];

/// That an operation of an interface went well.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Ran {
    hardware_type: String,
    kind: String,
    interface: String,
    operation: String,
    against: String,
}

/// Where the tests keep account.
pub fn account() -> PathBuf {
    places::target().join("tests").join("ran")
}

/// Where the page is.
pub fn path() -> PathBuf {
    places::root().join("docs/drivers/README.md")
}

/// The page.
///
/// # Errors
/// No account was kept, or it cannot be read.
pub fn page() -> Result<String> {
    let ran = read(&account())?;
    ensure!(!ran.is_empty(), "nothing is known of what the tests ran; run: cargo xtask test");
    Ok(write(&ran))
}

fn read(folder: &Path) -> Result<BTreeSet<Ran>> {
    let mut all = BTreeSet::new();
    let Ok(files) = fs::read_dir(folder) else { return Ok(all) };
    for file in files {
        let file = file?.path();
        let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        for line in text.lines() {
            all.insert(serde_json::from_str(line).with_context(|| format!("reading {}: {line}", file.display()))?);
        }
    }
    Ok(all)
}

/// By kind and name of an interface, then by operation: what it went well with.
type Interfaces<'a> = BTreeMap<(&'a str, &'a str), BTreeMap<&'a str, BTreeSet<&'a str>>>;

fn write(ran: &BTreeSet<Ran>) -> String {
    let mut page = String::from(
        "# Supported drivers\n\nMade by `cargo xtask pages` from what the tests ran; do not edit. Each operation here went well at least \
         once in a run of `cargo xtask test`, by way of the driver's contract, against what stands beside it: emulators of others' \
         making, or the [simulated BMCs](../simulator.md) of the manufacturers that are named.\n",
    );
    let mut types: BTreeMap<&str, Interfaces<'_>> = BTreeMap::new();
    for Ran { hardware_type, kind, interface, operation, against } in ran {
        let interfaces = types.entry(hardware_type).or_default();
        interfaces.entry((kind, interface)).or_default().entry(operation).or_default().insert(against);
    }
    for (hardware_type, interfaces) in types {
        let _ = write!(
            page,
            "\n## [{hardware_type}]({hardware_type}.md)\n\n| interface | operations | went well with |\n|---|---|---|\n"
        );
        for ((kind, interface), operations) in interfaces {
            let mut alike: BTreeMap<&BTreeSet<&str>, Vec<&str>> = BTreeMap::new();
            for (operation, against) in &operations {
                alike.entry(against).or_default().push(operation);
            }
            for (against, operations) in alike {
                let operations: Vec<_> = operations.iter().map(|operation| operation.replace('_', " ")).collect();
                let _ = writeln!(page, "| {kind} `{interface}` | {} | {} |", operations.join(", "), shown(against));
            }
        }
    }
    page
}

fn shown(against: &BTreeSet<&str>) -> String {
    let name = |id: &&str| AGAINST.iter().find(|(known, _)| known == id).map(|(_, name)| *name);
    let known = against.iter().filter_map(name).map(str::to_owned);
    let simulated: Vec<&str> = against.iter().filter(|id| name(id).is_none()).copied().collect();
    let simulated = (!simulated.is_empty()).then(|| format!("simulated {}", simulated.join(", ")));
    known.chain(simulated).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ran(operation: &str, against: &str) -> Ran {
        let [hardware_type, kind, interface] = ["redfish", "power", "redfish"].map(str::to_owned);
        Ran { hardware_type, kind, interface, operation: operation.to_owned(), against: against.to_owned() }
    }

    #[test]
    fn operations_that_went_well_with_the_same_share_a_row() {
        let all = [
            ran("set_power", "dell"),
            ran("set_power", "sushy-emulator"),
            ran("power_state", "dell"),
            ran("power_state", "sushy-emulator"),
            ran("vendor method eject_vmedia", "hpe"),
        ];
        let page = write(&all.into_iter().collect());
        assert!(page.contains("## [redfish](redfish.md)"), "{page}");
        assert!(
            page.contains(
                "| power `redfish` | power state, set power | `sushy-emulator` of sushy-tools; simulated dell |"
            ),
            "{page}"
        );
        assert!(page.contains("| power `redfish` | vendor method eject vmedia | simulated hpe |"), "{page}");
    }

    #[test]
    fn accounts_are_read_and_what_is_none_is_told() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(&folder.path().join("none")).unwrap().is_empty());
        let line = r#"{"hardware_type":"a","kind":"power","interface":"b","operation":"c","against":""}"#;
        fs::write(folder.path().join("1.jsonl"), format!("{line}\n{line}\n")).unwrap();
        assert_eq!(read(folder.path()).unwrap().len(), 1);
        fs::write(folder.path().join("2.jsonl"), "{").unwrap();
        assert!(read(folder.path()).is_err());
    }
}
