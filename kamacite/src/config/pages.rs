//! The table of options as a sample file and as a page of documentation.

use std::fmt::Write;

use kamacite_model::options::OptionSpec;

/// A configuration file with every option, commented out, at its default.
pub fn sample(table: &[OptionSpec]) -> String {
    let mut text = String::new();
    for (group, options) in groups(table) {
        let _ = writeln!(text, "[{group}]\n");
        for option in options {
            for line in wrap(option.help, 110) {
                let _ = writeln!(text, "# {line}");
            }
            let _ = writeln!(text, "# ({})\n#{} = {}\n", option.kind, option.name, option.default);
        }
    }
    text
}

/// The reference of options, in Markdown.
pub fn reference(table: &[OptionSpec]) -> String {
    let mut text = String::from(
        "# Options\n\nGenerated from the table of options by `kamacite config reference`. \
         The names are Ironic's where Ironic has the option; `[kamacite]` holds our own.\n",
    );
    for (group, options) in groups(table) {
        let _ = writeln!(text, "\n## [{group}]\n\n| option | type | default | what it does |\n|---|---|---|---|");
        for option in options {
            let default = if option.default.is_empty() { String::new() } else { format!("`{}`", option.default) };
            let _ = writeln!(text, "| `{}` | {} | {default} | {} |", option.name, option.kind, option.help.trim());
        }
    }
    text
}

fn groups(table: &[OptionSpec]) -> Vec<(&'static str, Vec<&OptionSpec>)> {
    let mut groups: Vec<(&'static str, Vec<&OptionSpec>)> = Vec::new();
    for option in table {
        match groups.last_mut() {
            Some((group, options)) if *group == option.group => options.push(option),
            _ => groups.push((option.group, vec![option])),
        }
    }
    groups
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && lines[last].len() + 1 + word.len() > width {
            lines.push(word.to_owned());
        } else {
            if !lines[last].is_empty() {
                lines[last].push(' ');
            }
            lines[last].push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Service, config::table};

    #[test]
    fn the_page_of_options_in_the_docs_is_the_generated_one() {
        let page = reference(&table(&Service::new()));
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/options.md");
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == page, "docs/options.md is out of date; run: cargo run -- config reference > docs/options.md");
    }
}
