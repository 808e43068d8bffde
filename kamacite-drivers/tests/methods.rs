//! Every vendor method and step that is built in, on file: a change of one needs a line of the changelog.
//!
//! `methods.json` has an entry for each: its verbs, its arguments and what else clients rely on. An entry that changed since
//! the file was begun carries in `told` the line of `CHANGELOG.md` that tells of its last change; one that is gone stays,
//! with its line and nothing else. With `KAMACITE_RENEW` in the environment the test renews the file, and refuses an entry
//! for whose change there is no line yet: one under Unreleased that names the method between backticks, and is another than
//! that of the change before.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, missing_docs, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};

use kamacite_driver::{
    ErrorKind, Implementation, Json, MethodSpec, Mode, Services,
    conformance::ManualClock,
    model::options::Options,
    serde_json::{self, Value, json},
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/methods.json");
const CHANGELOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../CHANGELOG.md");

/// By what it is, for example `redfish vendor method eject_vmedia`.
type Entries = BTreeMap<String, Value>;

/// What is built in now.
fn now() -> Entries {
    let services = Services::new(ManualClock::new(), Options::default());
    let drivers = kamacite_drivers::builtin().into_iter().flat_map(|driver| driver(&services).implementations);
    drivers.flat_map(|one| entries(&one)).collect()
}

fn entries(one: &Implementation) -> Vec<(String, Value)> {
    let place = format!("{} {}", one.name, one.interface.kind());
    let on_nodes = one.node_methods.iter().map(|found| {
        let refused = refused(&found.spec.args, |args| found.check(args).err().map(|why| why.kind()));
        (format!("{place} method {}", found.spec.name), method(&found.spec, refused))
    });
    let on_types = one.driver_methods.iter().map(|found| {
        let refused = refused(&found.spec.args, |args| found.check(args).err().map(|why| why.kind()));
        (format!("{place} driver method {}", found.spec.name), method(&found.spec, refused))
    });
    let steps = one.steps.iter().map(|found| {
        let spec = &found.spec;
        let shown = json!({
            "priority": spec.priority, "abortable": spec.abortable, "requires_ramdisk": spec.requires_ramdisk,
            "resume": spec.resume, "description": spec.description, "args": spec.args,
        });
        (format!("{place} {} step {}", spec.kind.as_str(), spec.name), shown)
    });
    on_nodes.chain(on_types).chain(steps).collect()
}

fn method(spec: &MethodSpec, refused: Value) -> Value {
    json!({
        "verbs": spec.verbs.iter().map(|verb| verb.as_str()).collect::<Vec<_>>(),
        "sync": spec.mode == Mode::Sync, "exclusive": spec.exclusive, "attach": spec.attach,
        "description": spec.description, "args": spec.args, "refused": refused,
    })
}

/// With which code a client is refused who says nothing, something unknown, or something of another type, by argument.
fn refused(schema: &Value, check: impl Fn(Json) -> Option<ErrorKind>) -> Value {
    let code = |args: Json| match check(args) {
        None => json!("taken"),
        Some(kind) => json!(format!("{} {kind:?}", code_of(kind))),
    };
    let with = |name: &str, value: Value| code(Json::from_iter([(name.to_owned(), value)]));
    let known = schema["properties"].as_object();
    let odd =
        known.into_iter().flatten().map(|(name, _)| (format!("{name} of another type"), with(name, json!([[{}]]))));
    let all =
        [("nothing".to_owned(), code(Json::new())), ("something unknown".to_owned(), with("no_such_thing", json!(1)))];
    Value::Object(all.into_iter().chain(odd).collect())
}

/// The status that clients see, as `ErrorKind` documents it.
fn code_of(kind: ErrorKind) -> u16 {
    match kind {
        ErrorKind::Invalid | ErrorKind::Missing | ErrorKind::Unsupported => 400,
        ErrorKind::NotFound => 404,
        ErrorKind::Conflict | ErrorKind::LockLost => 409,
        ErrorKind::Hardware | ErrorKind::Internal => 500,
        ErrorKind::Busy => 503,
    }
}

/// The entries of a changelog's section on what is not released, each in one line.
fn unreleased(changelog: &str) -> Vec<String> {
    let section = changelog.split_once("## Unreleased").map_or("", |(_, after)| after);
    let section = section.split_once("\n## ").map_or(section, |(section, _)| section);
    section.split("\n- ").skip(1).map(line).collect()
}

fn line(entry: &str) -> String {
    entry.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An entry without the line of the changelog.
fn surface(entry: &Value) -> Value {
    let mut entry = entry.clone();
    if let Some(entry) = entry.as_object_mut() {
        entry.remove("told");
    }
    entry
}

/// The file as it should be, or the entries that nothing tells of.
fn renewed(on_file: &Entries, now: &Entries, changelog: &str) -> Result<Entries, Vec<String>> {
    let (mut new, mut silent) = (Entries::new(), Vec::new());
    let names: BTreeSet<&String> = on_file.keys().chain(now.keys()).collect();
    for name in names {
        let (was, is) = (on_file.get(name), now.get(name).cloned().unwrap_or(json!({})));
        if was.is_some_and(|was| surface(was) == is) {
            new.insert(name.clone(), was.cloned().unwrap_or_default());
            continue;
        }
        let before = was.and_then(|was| was["told"].as_str());
        let called = format!("`{}`", name.rsplit(' ').next().unwrap_or_default());
        let tells = |line: &&String| line.contains(&called) && Some(line.as_str()) != before;
        match unreleased(changelog).iter().find(tells) {
            Some(line) => {
                let mut entry = is;
                entry["told"] = json!(line);
                new.insert(name.clone(), entry);
            }
            None => silent.push(name.clone()),
        }
    }
    if silent.is_empty() { Ok(new) } else { Err(silent) }
}

/// What is wrong with the file.
fn wrong(on_file: &Entries, now: &Entries, changelog: &str) -> Vec<String> {
    let names: BTreeSet<&String> = on_file.keys().chain(now.keys()).collect();
    let nothing = json!({});
    let changed = names
        .into_iter()
        .filter(|name| on_file.get(*name).map(surface).as_ref() != Some(now.get(*name).unwrap_or(&nothing)));
    let all = line(changelog);
    let untold = on_file.iter().filter(|(_, entry)| entry["told"].as_str().is_some_and(|told| !all.contains(told)));
    let untold = untold
        .map(|(name, _)| format!("{name}: CHANGELOG.md has its line no more; put it back, or renew with another"));
    changed.map(|name| format!("{name} changed")).chain(untold).collect()
}

fn read(text: &str) -> Entries {
    serde_json::from_str(text).expect("methods.json is an object of entries")
}

#[test]
fn what_clients_rely_on_changes_with_a_line_of_the_changelog() {
    let changelog = std::fs::read_to_string(CHANGELOG).unwrap();
    let text = std::fs::read_to_string(FILE).unwrap_or_default();
    let now = now();
    if std::env::var_os("KAMACITE_RENEW").is_some() {
        let new = if text.is_empty() { Ok(now) } else { renewed(&read(&text), &now, &changelog) };
        let new = new.unwrap_or_else(|silent| {
            panic!(
                "CHANGELOG.md says nothing new, under Unreleased and with the name between backticks, of:\n  {}",
                silent.join("\n  ")
            )
        });
        std::fs::write(FILE, serde_json::to_string_pretty(&new).unwrap() + "\n").unwrap();
        return;
    }
    let wrong = wrong(&read(&text), &now, &changelog);
    assert!(
        wrong.is_empty(),
        "vendor methods or steps are not as on file:\n  {}\nclients rely on them: add an entry to CHANGELOG.md that names each \
         between backticks, then renew the file with: KAMACITE_RENEW=1 cargo test -p kamacite-drivers --test methods",
        wrong.join("\n  ")
    );
}

fn of(entries: &[(&str, Value)]) -> Entries {
    entries.iter().map(|(name, entry)| ((*name).to_owned(), entry.clone())).collect()
}

#[test]
fn a_change_without_a_line_is_refused_and_a_line_serves_once() {
    let old = of(&[("acme vendor method blink", json!({"verbs": ["POST"]}))]);
    let new = of(&[("acme vendor method blink", json!({"verbs": ["PUT"]}))]);
    let log = |lines: &str| format!("# Changelog\n\n## Unreleased\n\n{lines}\n## 0.1.0\n\n- `blink` is there.\n");
    assert_eq!(wrong(&old, &new, &log("")), ["acme vendor method blink changed"]);
    assert_eq!(renewed(&old, &new, &log("")), Err(vec!["acme vendor method blink".to_owned()]));
    let told = renewed(&old, &new, &log("- `blink` answers to PUT\n  now.\n")).unwrap();
    assert_eq!(told["acme vendor method blink"]["told"], "`blink` answers to PUT now.");
    assert_eq!(wrong(&told, &new, &log("- `blink` answers to PUT now.\n")), Vec::<String>::new());
    assert_eq!(wrong(&told, &new, &log("")).len(), 1, "the line is gone");
    // The next change needs another line; so does the end of a method.
    assert!(renewed(&told, &old, &log("- `blink` answers to PUT now.\n")).is_err());
    let gone = renewed(&told, &Entries::new(), &log("- `blink` answers to PUT now.\n- `blink` is gone.\n")).unwrap();
    assert_eq!(gone["acme vendor method blink"], json!({"told": "`blink` is gone."}));
    assert_eq!(wrong(&gone, &Entries::new(), &log("- `blink` is gone.\n")), Vec::<String>::new());
}
