//! Files that appear whole or not at all, readable by their owner only.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use kamacite_model::{Timestamp, Uuid};

use super::{BackupError, Existing};
use crate::db::{BESIDE, with_suffix};

/// How the names of files end that are not yet in their place.
pub(super) const PART: &str = ".part";

/// A file under a name that nobody looks for, until it is put where it belongs. It goes when it is not.
pub(super) struct Draft {
    path: PathBuf,
    done: bool,
}

impl Draft {
    /// An empty one beside `to`, for its owner only: what a database holds is secret.
    pub(super) fn beside(to: &Path) -> Result<Self, BackupError> {
        // SQLite takes a name that begins with `file:` for a URL, and an absolute one never does.
        let to = std::path::absolute(to).map_err(BackupError::file("finding", to))?;
        let path = with_suffix(&to, &format!(".{}{PART}", Uuid::new_v4()));
        create_private(&path).map_err(BackupError::file("writing", &path))?;
        Ok(Self { path, done: false })
    }

    /// Where it is now.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts it in its place, on disk when this returns.
    pub(super) fn publish(mut self, to: &Path, existing: Existing) -> Result<(), BackupError> {
        File::open(&self.path).and_then(|file| file.sync_all()).map_err(BackupError::file("writing", &self.path))?;
        match existing {
            Existing::Replace => self.rename(to)?,
            Existing::Keep => {
                // Who makes the name has it; a link would do as well, and not every file system has links.
                create_private(to).map_err(|source| match source.kind() {
                    io::ErrorKind::AlreadyExists => BackupError::Exists { path: to.to_owned() },
                    _ => BackupError::file("writing", to)(source),
                })?;
                self.rename(to).inspect_err(|_| drop(fs::remove_file(to)))?;
            }
        }
        sync_folder(to)
    }

    fn rename(&mut self, to: &Path) -> Result<(), BackupError> {
        fs::rename(&self.path, to).map_err(BackupError::file("writing", to))?;
        self.done = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.done {
            let _ = fs::remove_file(&self.path);
        }
        // SQLite's own, if it was looked at and left something.
        for suffix in BESIDE {
            let _ = fs::remove_file(with_suffix(&self.path, suffix));
        }
    }
}

/// Puts on disk which names a file's folder has.
pub(super) fn sync_folder(of: &Path) -> Result<(), BackupError> {
    let folder = folder(of);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(BackupError::file("writing", folder))
}

/// The folder that a file is in.
pub(super) fn folder(of: &Path) -> &Path {
    of.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// A moment as a part of a file's name, such that names sort as moments do.
pub(super) fn stamp(moment: Timestamp) -> String {
    moment.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Whether a text is what [`stamp`] makes.
pub(super) fn is_stamp(text: &str) -> bool {
    const LIKE: &[u8] = b"00000000T000000Z";
    let is_like = |(byte, like): (u8, &u8)| if *like == b'0' { byte.is_ascii_digit() } else { byte == *like };
    text.len() == LIKE.len() && text.bytes().zip(LIKE).all(is_like)
}

/// Whether two paths lead to one file, or would if there were one.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    matches!((real(one), real(other)), (Some(one), Some(other)) if one == other)
}

/// Where a path leads without links; a file that is not there has its name in its folder.
fn real(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().or_else(|| Some(folder(path).canonicalize().ok()?.join(path.file_name()?)))
}

/// Whether a path leads to a database or to what stands beside it, or may come to stand there.
pub(super) fn belongs_to(database: &Path, path: &Path) -> bool {
    // SQLite puts them beside the file itself, whatever links lead to it.
    let Some(database) = &real(database) else { return false };
    is_same(database, path) || BESIDE.iter().any(|suffix| is_same(&with_suffix(database, suffix), path))
}

fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_known_again() {
        assert!(is_stamp(&stamp(Timestamp::UNIX_EPOCH)));
        for other in ["", "19700101T000000", "19700101 000000Z", "19700101T00000aZ", "019700101T000000Z"] {
            assert!(!is_stamp(other), "{other}");
        }
    }
}
