//! `cargo xtask tidy`: what this repository keeps to and no compiler checks.

mod decisions;
mod exceptions;
mod files;
mod links;
mod manifests;
mod sizes;
mod words;

use anyhow::Result;

use files::File;

/// Checks every file of the repository; true if all is tidy.
///
/// # Errors
/// A file cannot be read.
pub fn main() -> Result<bool> {
    let files = files::all()?;
    let untidy = untidy(&files);
    untidy.iter().for_each(|line| println!("{line}"));
    println!("{} files, {} things untidy", files.len(), untidy.len());
    Ok(untidy.is_empty())
}

/// A line for each thing that is not tidy.
fn untidy(files: &[File]) -> Vec<String> {
    let checks = [sizes::check, words::check, manifests::check, decisions::check, links::check, opening];
    checks.iter().flat_map(|check| check(files)).collect()
}

/// A source file opens by saying what it is.
fn opening(files: &[File]) -> Vec<String> {
    let silent = files.iter().filter(|file| file.is("rs") && !file.text.starts_with("//! "));
    silent.map(|file| format!("{}: the first line says what the file is: `//! ...`", file.path)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        let untidy = untidy(&files::all().unwrap());
        assert!(untidy.is_empty(), "{}", untidy.join("\n"));
    }

    #[test]
    fn a_source_file_without_an_opening_line_is_found() {
        let files = [File::of("a.rs", "//! Adds.\n"), File::of("b.rs", "use std;\n"), File::of("c.md", "# C\n")];
        assert_eq!(opening(&files), ["b.rs: the first line says what the file is: `//! ...`"]);
    }
}
