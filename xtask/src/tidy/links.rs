//! Links between the pages of the documentation, and from them to the code: each leads to a file or folder that is there.

use std::path::{Component, Path, PathBuf};

use regex::Regex;

use super::files::File;
use crate::support::places;

/// A line for each link of a page that leads nowhere.
pub fn check(files: &[File]) -> Vec<String> {
    let Ok(link) = Regex::new(r"\]\(([^)\s]+)\)") else { return Vec::new() };
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.is("md")) {
        for (number, line) in file.lines() {
            let targets = link.captures_iter(line).filter_map(|found| found.get(1));
            let dead = targets.filter(|target| !leads_somewhere(&file.path, target.as_str()));
            wrong.extend(dead.map(|target| format!("{}:{number}: no such file: {}", file.path, target.as_str())));
        }
    }
    wrong
}

fn leads_somewhere(page: &str, target: &str) -> bool {
    let path = target.split('#').next().unwrap_or_default();
    // Other sites are not ours to check, and a heading is looked for by who reads.
    path.is_empty() || path.contains("://") || places::root().join(beside(page, path)).exists()
}

/// The place in the repository of a path that is written beside a page.
fn beside(page: &str, path: &str) -> PathBuf {
    let mut place = Path::new(page).parent().map(Path::to_path_buf).unwrap_or_default();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => drop(place.pop()),
            Component::Normal(name) => place.push(name),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_a_file_or_folder() {
        let text =
            "[a](../../Cargo.toml) [b](../../xtask/src) [c](https://example.org/x) [d](#here)\n\n[e](gone.md#top)\n";
        assert_eq!(
            check(&[File::of("docs/decisions/x.md", text)]),
            ["docs/decisions/x.md:3: no such file: gone.md#top"]
        );
    }
}
