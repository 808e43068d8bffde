//! Words that are not left behind: reminders to oneself, and places that exist on one machine only.

use super::files::File;

/// What is looked for, and what to do about it. Written in two halves, lest they be found here.
const FORBIDDEN: &[(&str, &str)] = &[
    (concat!("TO", "DO"), "do it, or write down what is missing where users read it"),
    (concat!("FIX", "ME"), "mend it"),
    (concat!("XX", "X"), "say what is meant"),
    (concat!("dbg", "!("), "take it out again"),
    (concat!("/ho", "me/"), MACHINE),
    (concat!("/Us", "ers/"), MACHINE),
    (concat!("/ro", "ot/"), MACHINE),
    (concat!("/wo", "rk/"), MACHINE),
];

const MACHINE: &str = "a place on one machine; start from the repository or a temporary folder";

/// A line for each forbidden word.
pub fn check(files: &[File]) -> Vec<String> {
    let hits = files.iter().flat_map(|file| FORBIDDEN.iter().flat_map(|(word, remedy)| one(file, word, remedy)));
    hits.collect()
}

fn one(file: &File, word: &str, remedy: &str) -> Vec<String> {
    let line = |at: usize| file.text[..at].matches('\n').count() + 1;
    let hits = file.text.match_indices(word).filter(|(at, _)| stands_alone(&file.text, *at, word));
    hits.map(|(at, _)| format!("{}:{}: {word}: {remedy}", file.path, line(at))).collect()
}

/// Whether the word that begins at `at` is no part of a longer one.
fn stands_alone(text: &str, at: usize, word: &str) -> bool {
    let inside = |a: Option<char>, b: Option<char>| a.is_some_and(is_letter) && b.is_some_and(is_letter);
    let (before, after) = (text[..at].chars().next_back(), text[at + word.len()..].chars().next());
    !inside(before, word.chars().next()) && !inside(word.chars().next_back(), after)
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many words of the text are complained of.
    #[track_caller]
    fn check_text(text: &str, expected: usize) {
        let wrong = check(&[File::of("a.rs", text)]);
        assert_eq!(wrong.len(), expected, "{text}: {wrong:?}");
    }

    #[test]
    fn reminders_and_machine_places_are_found() {
        check_text(concat!("// TO", "DO: later\n"), 1);
        check_text(concat!("fn f() {\n    dbg", "!(1);\n    // FIX", "ME\n}\n"), 2);
        check_text(concat!("let path = \"/ho", "me/ann/kamacite\";"), 1);
        check_text(concat!("see /wo", "rk/notes"), 1);
    }

    #[test]
    fn what_only_looks_alike_is_not() {
        check_text("todo!()\nTODOS\n/network/\n/homework\nXXXX\n", 0);
    }

    #[test]
    fn the_line_is_told() {
        let wrong = check(&[File::of("a.rs", concat!("//! A.\n\n// FIX", "ME\n"))]);
        assert!(wrong[0].starts_with("a.rs:3: "), "{wrong:?}");
    }
}
