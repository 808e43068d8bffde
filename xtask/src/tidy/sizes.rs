//! Files and functions that grew too long to be read in one go.

use super::{
    exceptions::{FILES, FUNCTIONS},
    files::File,
};

/// The most lines of a source file.
pub const FILE: usize = 600;

/// The most lines of a function, from its `fn` to its last brace.
pub const FUNCTION: usize = 80;

/// A line for each that is too long, and for each exception that is not needed any more.
pub fn check(files: &[File]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut met = Vec::new();
    let mut functions_met = Vec::new();
    for file in files.iter().filter(|file| file.is("rs")) {
        let lines = file.text.lines().count();
        if lines > FILE {
            met.push(file.path.as_str());
            if !FILES.iter().any(|(path, _)| *path == file.path) {
                wrong.push(format!("{}: {lines} lines, the most are {FILE}", file.path));
            }
        }
        for (line, name, lines) in functions(file).into_iter().filter(|(_, _, lines)| *lines > FUNCTION) {
            functions_met.push((file.path.as_str(), name));
            if !FUNCTIONS.iter().any(|(path, function, _)| *path == file.path && *function == name) {
                wrong.push(format!("{}:{line}: {name} has {lines} lines, the most are {FUNCTION}", file.path));
            }
        }
    }
    let unmet = FILES.iter().filter(|(path, _)| !met.contains(path)).map(|(path, _)| (*path).to_owned());
    let functions_unmet = FUNCTIONS.iter().filter(|(path, name, _)| !functions_met.contains(&(*path, *name)));
    let unmet = unmet.chain(functions_unmet.map(|(path, name, _)| format!("{name} of {path}")));
    wrong
        .extend(unmet.map(|what| format!("{what} is no longer too long: take it out of xtask/src/tidy/exceptions.rs")));
    wrong
}

/// Where each function starts, its name, and how many lines it has. Formatted code is enough to tell: a function ends
/// at the first brace that stands as far to the right as it began.
fn functions(file: &File) -> Vec<(usize, &str, usize)> {
    let mut found = Vec::new();
    let mut open: Vec<(String, usize, &str)> = Vec::new();
    for (number, line) in file.lines() {
        if let Some(name) = named(line) {
            let indent = &line[..line.len() - line.trim_start().len()];
            if !line.ends_with(';') && !line.ends_with('}') {
                open.push((format!("{indent}}}"), number, name));
            }
        } else if let Some((_, start, name)) = open.pop_if(|(end, _, _)| line == end) {
            found.push((start, name, number + 1 - start));
        }
    }
    found
}

/// The name of the function whose declaration this line begins.
fn named(line: &str) -> Option<&str> {
    let mut words = line.trim_start();
    while let Some(rest) = BEFORE_FN.iter().find_map(|word| words.strip_prefix(word)) {
        words = rest;
    }
    let name = words.strip_prefix("fn ")?;
    Some(name.split(['(', '<']).next().unwrap_or(name))
}

/// What may stand before `fn`.
const BEFORE_FN: &[&str] = &["pub ", "pub(crate) ", "pub(super) ", "const ", "async ", "unsafe ", "extern \"C\" "];

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str, lines: usize) -> String {
        format!("    pub(crate) async fn {name}<T>(\n{}    }}\n", "        1;\n".repeat(lines - 2))
    }

    #[test]
    fn a_long_function_is_found_where_it_starts() {
        let text = format!("impl X {{\n{}\n{}}}\nfn c() {{}}\n", function("a", FUNCTION), function("b", FUNCTION + 1));
        assert_eq!(check(&[File::of("x.rs", &text)]), ["x.rs:83: b has 81 lines, the most are 80"]);
    }

    #[test]
    fn a_function_inside_another_has_its_own_length() {
        let file = File::of(
            "x.rs",
            "fn outer() {\n    fn inner() {\n        1;\n    }\n    fn declared();\n    inner();\n}\n",
        );
        assert_eq!(functions(&file), [(2, "inner", 3), (1, "outer", 7)]);
    }

    #[test]
    fn a_long_file_is_found() {
        let files = [File::of("x.rs", &"//\n".repeat(FILE + 1)), File::of("y.rs", &"//\n".repeat(FILE))];
        assert_eq!(check(&files), ["x.rs: 601 lines, the most are 600"]);
    }
}
