//! Decision records: numbered without gaps, with the same headings.

use super::files::File;

const FOLDER: &str = "docs/decisions/";

/// How each record starts out.
const TEMPLATE: &str = "docs/decisions/template.md";

const SECTIONS: &[&str] = &["## Context", "## Decision", "## Consequences"];

/// A line for each record that is not like the others.
pub fn check(files: &[File]) -> Vec<String> {
    let records = files.iter().filter(|file| file.path.starts_with(FOLDER) && file.path != TEMPLATE);
    let numbered = records.zip(1..);
    numbered
        .flat_map(|(file, number)| one(file, number).into_iter().map(|what| format!("{}: {what}", file.path)))
        .collect()
}

fn one(file: &File, number: usize) -> Vec<String> {
    let mut wrong = Vec::new();
    if !file.path[FOLDER.len()..].starts_with(&format!("{number:04}-")) || !file.is("md") {
        wrong.push(format!("the next record is called {number:04}-some-words.md"));
    }
    if !file.text.starts_with(&format!("# {number:04}: ")) {
        wrong.push(format!("starts with `# {number:04}: ` and what was decided"));
    }
    let headings: Vec<&str> = file.text.lines().filter(|line| line.starts_with("## ")).collect();
    if headings != SECTIONS {
        wrong.push(format!("has these sections, in this order: {}", SECTIONS.join(", ")));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(path: &str, number: &str) -> File {
        File::of(path, &format!("# {number}: We do\n\n## Context\n\n## Decision\n\n## Consequences\n"))
    }

    #[test]
    fn records_are_numbered_without_gaps() {
        let (first, template) = (record("docs/decisions/0001-a.md", "0001"), File::of(TEMPLATE, ""));
        let third = record("docs/decisions/0003-b.md", "0003");
        assert_eq!(
            check(&[first, third, template]),
            [
                "docs/decisions/0003-b.md: the next record is called 0002-some-words.md",
                "docs/decisions/0003-b.md: starts with `# 0002: ` and what was decided",
            ]
        );
    }

    #[test]
    fn a_record_says_why_what_and_what_then() {
        let record = File::of("docs/decisions/0001-a.md", "# 0001: We do\n\n## Decision\n");
        assert_eq!(
            check(&[record]),
            ["docs/decisions/0001-a.md: has these sections, in this order: ## Context, ## Decision, ## Consequences"]
        );
    }
}
