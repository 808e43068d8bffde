//! A test: what is routed is in the document, and what is in the document is routed.
//!
//! Axum does not tell its routes, so they are read where they are written: every `.route("...", ...)` of this crate. A handler
//! that answers `Result<()>` only ever refuses, and is no operation.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A verb on a path; the names of the path's parameters are left out. `ANY` is whatever verb.
type Route = (String, String);

/// Routes that are no operations of their own, and why.
const NOT_TOLD: &[(&str, &str, &str)] = &[
    ("PATCH", "/v1/ports/detail", "the port of that name"),
    ("DELETE", "/v1/ports/detail", "the port of that name"),
    ("PATCH", "/v1/portgroups/detail", "the group of that name"),
    ("DELETE", "/v1/portgroups/detail", "the group of that name"),
    ("PATCH", "/v1/chassis/detail", "the chassis of that name, of which there is none"),
    ("DELETE", "/v1/chassis/detail", "the chassis of that name, of which there is none"),
];

/// Operations whose routes are written in another way.
const ROUTED_OTHERWISE: &[(&str, &str)] = &[("GET", "/v1")];

#[test]
fn what_is_routed_is_told_and_what_is_told_is_routed() {
    let routed = routed();
    assert!(routed.len() > 90, "only {} routes were found; are they written in another way now?", routed.len());
    let told: BTreeSet<Route> = super::operations().iter().map(|one| (one.verb.to_owned(), bare(one.path))).collect();
    let mut wrong = Vec::new();
    for (verb, path) in &routed {
        let is_told = if verb == ANY {
            told.iter().any(|(_, of)| of == path)
        } else {
            told.contains(&(verb.clone(), path.clone()))
        };
        if !is_told && !NOT_TOLD.iter().any(|(of, at, _)| of == verb && at == path) {
            let folder = match path.split('/').collect::<Vec<_>>().as_slice() {
                [_, "kamacite", ..] => "kamacite_v1",
                [_, _, noun, ..] => *noun,
                [..] => "root",
            };
            wrong.push(format!(
                "{verb} {path} is routed and not told: add a row to `operations` in kamacite-api/src/{folder}/openapi.rs (of a new \
                 noun, see NOUNS in kamacite-api/src/openapi/mod.rs)"
            ));
        }
    }
    for (verb, path) in &told {
        let is_routed = [verb.as_str(), ANY].iter().any(|verb| routed.contains(&((*verb).to_owned(), path.clone())));
        if !is_routed && !ROUTED_OTHERWISE.contains(&(verb, path)) {
            wrong.push(format!("{verb} {path} is told and not routed: take its row away, or mend its path"));
        }
    }
    assert!(wrong.is_empty(), "{}\nThen renew docs/openapi.json: cargo xtask pages", wrong.join("\n"));
}

const ANY: &str = "ANY";

/// Every route that is written in this crate.
fn routed() -> BTreeSet<Route> {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut routes = BTreeSet::new();
    for file in &files {
        let text = fs::read_to_string(file).unwrap_or_default();
        for written in text.split(".route(").skip(1) {
            let written = inside(written);
            let Some(path) = written.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) else {
                continue;
            };
            let handlers = handlers(written).into_iter().filter(|(_, handler)| !only_refuses(file, &files, handler));
            routes.extend(handlers.map(|(verb, _)| (verb.to_uppercase(), bare(path))));
        }
    }
    routes
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && path.file_name() != Some("routes.rs".as_ref())
        {
            files.push(path);
        }
    }
}

/// The text up to the bracket that closes the one before it.
fn inside(text: &str) -> &str {
    let mut open = 1_usize;
    let closes = |c: char| {
        open = match c {
            '(' => open + 1,
            ')' => open - 1,
            _ => open,
        };
        open == 0
    };
    text.find(closes).map_or(text, |end| &text[..end])
}

/// The verbs of a route with their handlers, as written.
fn handlers(route: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for verb in ["get", "post", "put", "patch", "delete", "any"] {
        for (at, _) in route.match_indices(&format!("{verb}(")) {
            // What ends in `::get` or `_get` is no verb.
            if route[..at].ends_with(|c: char| c == ':' || c == '_' || c.is_alphanumeric()) {
                continue;
            }
            let written = inside(&route[at + verb.len() + 1..]);
            // Of a closure, what it calls; whatever type it is for.
            let called = written.rsplit('|').next().unwrap_or_default();
            let called = called.split('(').next().unwrap_or_default();
            found.push((verb, called.split("::<").next().unwrap_or_default().trim().to_owned()));
        }
    }
    found
}

/// Whether a handler, by its path, answers `Result<()>`.
fn only_refuses(file: &Path, files: &[PathBuf], handler: &str) -> bool {
    let (module, name) = handler.rsplit_once("::").map_or((None, handler), |(module, name)| (Some(module), name));
    let folder = file.parent().unwrap_or(file);
    let home = match module {
        None => file.to_owned(),
        Some("super") => folder.join("mod.rs"),
        Some(module) => {
            let beside = folder.join(format!("{module}.rs"));
            let homes = [Path::new(module).join("mod.rs"), Path::new("src").join(format!("{module}.rs"))];
            let elsewhere = || files.iter().find(|file| homes.iter().any(|home| file.ends_with(home)));
            if beside.exists() { beside } else { elsewhere().cloned().unwrap_or(beside) }
        }
    };
    let source = fs::read_to_string(&home).unwrap_or_default();
    if let Some((from, name)) = source.lines().find_map(|line| renamed(line, name)) {
        return only_refuses(&home, files, &format!("{from}::{name}"));
    }
    let begins = [format!("async fn {name}("), format!("async fn {name}<")];
    let head = begins.iter().find_map(|begin| source.split(begin).nth(1)?.split('{').next());
    head.is_some_and(|head| head.split_whitespace().collect::<String>().contains("->Result<()>"))
}

/// Where a handler is, and under which name, that a module hands on under another.
fn renamed<'a>(line: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let (path, of) = line.strip_prefix("pub use ")?.strip_suffix(';')?.split_once(" as ")?;
    if of == name { path.rsplit_once("::") } else { None }
}

/// A path without the names of its parameters.
fn bare(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}
