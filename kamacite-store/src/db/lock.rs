//! The lock file that keeps a second process away from an embedded database.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use super::with_suffix;
use crate::{Error, Result};

/// How long to wait for a store of this same process that was dropped and is still at its last commit.
const PATIENCE: Duration = Duration::from_secs(1);

/// The exclusive right to a database file, until it is dropped.
#[derive(Debug)]
pub(crate) struct DatabaseLock {
    database: PathBuf,
    _file: File,
}

impl DatabaseLock {
    /// Takes the lock of `database`, in `<database>.lock`, and writes this process's id into it. Makes the database file,
    /// empty and for its owner only, where there is none; SQLite gives its other files the same rights.
    ///
    /// May block for a second.
    #[allow(clippy::disallowed_methods, reason = "blocking is allowed here")]
    pub(crate) fn take(database: &Path) -> Result<Self> {
        // One file has one lock, whatever links lead to it.
        let made = open_private(database).and_then(|_| database.canonicalize());
        let database = made.map_err(|source| trouble(database, source))?;
        let path = with_suffix(&database, ".lock");
        let trouble = |source| trouble(&path, source);
        let mut file = open_private(&path).map_err(trouble)?;
        let asked = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(trouble(source)),
                Err(TryLockError::WouldBlock) => {
                    let holder = holder(&mut file).map_err(trouble)?;
                    if holder != Some(std::process::id()) || asked.elapsed() > PATIENCE {
                        return Err(Error::DatabaseInUse { lock: path, holder });
                    }
                    thread::sleep(Duration::from_millis(2));
                }
            }
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(trouble)?;
        writeln!(file, "{}", std::process::id()).map_err(trouble)?;
        Ok(Self { database, _file: file })
    }

    /// The file itself.
    pub(crate) fn database(&self) -> &Path {
        &self.database
    }
}

fn trouble(path: &Path, source: std::io::Error) -> Error {
    Error::File { path: path.to_owned(), source: Arc::new(source) }
}

fn holder(file: &mut File) -> std::io::Result<Option<u32>> {
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    Ok(text.trim().parse().ok())
}

fn open_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
