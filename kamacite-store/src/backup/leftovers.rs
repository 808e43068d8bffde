//! What a process that was killed in the middle of a copy has left beside a database.

use std::{fs, path::Path};

use kamacite_model::Uuid;

use super::place::{PART, belongs_to, folder, is_stamp};
use crate::db::BESIDE;

/// Removes the drafts of copies that were to replace a database, or to be kept of it before its schema is changed. Its lock must be
/// held: whoever replaces or changes the database holds it while a draft is made. What cannot be removed stays: it is in nobody's way but the disk's. So does `dear`, from
/// which somebody restores the database.
pub(super) fn remove_of(database: &Path, dear: Option<&Path>) {
    let Some(own) = database.file_name().and_then(|name| name.to_str()) else { return };
    for entry in fs::read_dir(folder(database)).into_iter().flatten().flatten() {
        if !entry.file_name().to_str().is_some_and(|name| is_leftover(own, name)) {
            continue;
        }
        let path = entry.path();
        if dear.is_some_and(|dear| belongs_to(dear, &path)) {
            continue;
        }
        match fs::remove_file(&path) {
            Ok(()) => tracing::info!(file = %path.display(), "a copy that was never finished is removed"),
            Err(error) => tracing::warn!(file = %path.display(), %error, "a copy that was never finished stays"),
        }
    }
}

/// Whether a name beside a database is that of such a draft, or of what SQLite puts beside one. Copies that somebody has made
/// under another name may be under way, whoever has the lock.
fn is_leftover(database: &str, name: &str) -> bool {
    let Some(rest) = name.strip_prefix(database) else { return false };
    let rest = BESIDE.iter().find_map(|suffix| rest.strip_suffix(suffix)).unwrap_or(rest);
    let Some((of, uuid)) = rest.strip_suffix(PART).and_then(|rest| rest.rsplit_once('.')) else { return false };
    let is_ours = uuid.parse::<Uuid>().is_ok_and(|parsed| parsed.to_string() == uuid);
    is_ours && (of.is_empty() || is_before_upgrade(of))
}

/// Whether this follows the database's name in that of a copy from before its schema is changed.
fn is_before_upgrade(of: &str) -> bool {
    let parts = of.strip_prefix(".schema-").and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(schema, stamp)| schema.parse::<u32>().is_ok() && is_stamp(stamp))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_are_made_here_are_leftovers() {
        let part = "d2f7a3a6-1b0e-4c62-9d53-0d1f8e1f6a11.part";
        for ours in [
            format!("k.sqlite.{part}"),
            format!("k.sqlite.{part}-journal"),
            format!("k.sqlite.schema-1-20231114T221320Z.{part}"),
            format!("k.sqlite.schema-12-20231114T221320Z.{part}-wal"),
        ] {
            assert!(is_leftover("k.sqlite", &ours), "{ours}");
        }
        for other in [
            "k.sqlite".to_owned(),
            "k.sqlite-wal".to_owned(),
            "k.sqlite.part".to_owned(),
            "k.sqlite.mine.part".to_owned(),
            "k.sqlite.schema-1-20231114T221320Z".to_owned(),
            "k.sqlite.before-restore-20231114T221320Z".to_owned(),
            format!("k.sqlite.copy.{part}"),
            format!("k.sqlite.schema-1-yesterday.{part}"),
            format!("k.sqlite.schema-one-20231114T221320Z.{part}"),
            format!("k.sqlite.{part}.copy"),
            format!("k.sqlite.{}", part.replace('-', "")),
            format!("k.sqlite2.{part}"),
            format!("other.sqlite.{part}"),
        ] {
            assert!(!is_leftover("k.sqlite", &other), "{other}");
        }
    }
}
