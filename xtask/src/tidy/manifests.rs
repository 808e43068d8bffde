//! Every crate takes its lints and its metadata from the workspace, and says in a sentence what it is.

use toml::{Table, Value};

use super::files::File;

/// What a crate inherits.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];

/// A line for each manifest that goes its own way.
pub fn check(files: &[File]) -> Vec<String> {
    let manifests = files.iter().filter(|file| file.path.ends_with("/Cargo.toml"));
    manifests.flat_map(|file| one(file).into_iter().map(|what| format!("{}: {what}", file.path))).collect()
}

fn one(file: &File) -> Vec<String> {
    let Ok(manifest) = file.text.parse::<Table>() else { return vec!["is no TOML".to_owned()] };
    let of_workspace = |value: Option<&Value>| value.and_then(|value| value.get("workspace")).is_some();
    // What stands for a crate of somebody else's is of its own workspace.
    if manifest.contains_key("workspace") {
        return Vec::new();
    }
    let package = manifest.get("package");
    let field = |name: &str| package.and_then(|package| package.get(name));
    let mut wrong: Vec<String> = Vec::new();
    if !of_workspace(manifest.get("lints")) {
        wrong.push("needs `[lints] workspace = true`".to_owned());
    }
    let own = INHERITED.iter().filter(|name| !of_workspace(field(name)));
    wrong.extend(own.map(|name| format!("needs `{name}.workspace = true`")));
    if field("description").and_then(Value::as_str).is_none_or(str::is_empty) {
        wrong.push("needs a description: the crate in a sentence".to_owned());
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_that_goes_its_own_way_is_found() {
        let text = "[package]\nname = \"a\"\nversion = \"2.0.0\"\nedition.workspace = true\nrust-version.workspace = true\n\
                    license.workspace = true\npublish.workspace = true\n";
        assert_eq!(
            check(&[File::of("a/Cargo.toml", text), File::of("Cargo.toml", "[workspace]\n")]),
            [
                "a/Cargo.toml: needs `[lints] workspace = true`",
                "a/Cargo.toml: needs `version.workspace = true`",
                "a/Cargo.toml: needs a description: the crate in a sentence",
            ]
        );
    }
}
