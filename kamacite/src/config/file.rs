//! Reads oslo.config's INI: sections, `name = value`, comments with `#` or `;`, indented lines that go on.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ini::{Ini, ParseOption};

use super::ConfigError;
use crate::cli::Files;

/// Section, name and text of an option that was given.
pub(crate) type Given = (String, String, String);

/// The files to read, in order.
pub(super) fn paths(files: &Files) -> Result<Vec<PathBuf>, ConfigError> {
    let mut paths = files.config_file.clone();
    for folder in &files.config_dir {
        let unreadable = |source| ConfigError::Unreadable { path: folder.clone(), source };
        let mut inside = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|extension| extension == "conf") {
                inside.push(path);
            }
        }
        inside.sort();
        paths.extend(inside);
    }
    Ok(paths)
}

/// What a file gives.
pub(super) fn read(path: &Path) -> Result<Vec<Given>, ConfigError> {
    let text = fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    parse(&text).map_err(|why| malformed(path.to_owned(), &why))
}

pub(super) fn malformed(path: PathBuf, why: &ini::ParseError) -> ConfigError {
    ConfigError::Malformed { path, line: why.line, why: why.msg.to_string() }
}

pub(super) fn parse(text: &str) -> Result<Vec<Given>, ini::ParseError> {
    let options = ParseOption {
        enabled_quote: false,
        enabled_escape: false,
        enabled_indented_mutiline_value: true,
        ..ParseOption::default()
    };
    let file = Ini::load_from_str_opt(text, options)?;
    let mut given = Vec::new();
    for (section, entries) in &file {
        let section = section.unwrap_or("DEFAULT");
        for (name, value) in entries {
            // Lines of a list that goes on stand one under the other.
            let value = value.lines().map(str::trim).collect::<Vec<_>>().join(",");
            given.push((section.to_owned(), name.trim().to_owned(), value));
        }
    }
    Ok(given)
}

/// What the environment gives: `OS_<GROUP>__<OPTION>`, as oslo.config reads it.
pub(super) fn from_environment(variables: impl Iterator<Item = (String, String)>) -> Vec<Given> {
    let option = |(name, value): (String, String)| {
        let (group, option) = name.strip_prefix("OS_")?.split_once("__")?;
        let group = if group == "DEFAULT" { "DEFAULT".to_owned() } else { group.to_lowercase() };
        Some((group, option.to_lowercase(), value))
    };
    variables.filter_map(option).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(group: &str, name: &str, text: &str) -> Given {
        (group.to_owned(), name.to_owned(), text.to_owned())
    }

    #[test]
    fn a_file_is_read_as_oslo_config_reads_it() {
        let text = "[DEFAULT]\n# a remark\nhost=here\nenabled_power_interfaces = fake,\n  redfish\n\n[database]\n\
                    connection = sqlite:////var/lib/x.sqlite?a=b\n";
        let expected = vec![
            given("DEFAULT", "host", "here"),
            given("DEFAULT", "enabled_power_interfaces", "fake,,redfish"),
            given("database", "connection", "sqlite:////var/lib/x.sqlite?a=b"),
        ];
        assert_eq!(parse(text).ok(), Some(expected));
    }

    #[test]
    fn the_environment_names_group_and_option() {
        let variables = [("OS_API__PORT", "7"), ("OS_DEFAULT__HOST", "me"), ("OS_AUTH_TYPE", "none"), ("PATH", "/")];
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(from_environment(variables), [given("api", "port", "7"), given("DEFAULT", "host", "me")]);
    }
}
