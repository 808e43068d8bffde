//! The folder that the demo's database and log live in, and that nobody finds afterwards.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// As many left-overs of killed demos with our process number as there can reasonably be.
const TRIES: u32 = 100;

/// A new folder that only we may look into. It goes with everything inside when it is dropped.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// A folder where temporary ones belong.
    pub(super) fn create() -> io::Result<Self> {
        Self::inside(&std::env::temp_dir())
    }

    fn inside(parent: &Path) -> io::Result<Self> {
        let name = format!("kamacite-demo-{}", std::process::id());
        let names = std::iter::once(name.clone()).chain((1..TRIES).map(|number| format!("{name}-{number}")));
        let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
        for name in names {
            let path = parent.join(name);
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                // Whatever is there is not ours, be it a link that somebody has put there.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Where something inside is.
    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Removes it, and says if it cannot.
    pub(super) fn remove(self) -> io::Result<()> {
        fs::remove_dir_all(&self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // For who leaves early; it may be gone already.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn it_is_ours_alone_and_goes_with_everything_inside() {
        let parent = Folder::create().unwrap();
        let (one, other) = (Folder::inside(&parent.0).unwrap(), Folder::inside(&parent.0).unwrap());
        assert_ne!(one.0, other.0);
        assert_eq!(fs::metadata(&one.0).unwrap().permissions().mode() & 0o777, 0o700);
        fs::write(one.join("kamacite.log"), "line").unwrap();
        let path = one.0.clone();
        one.remove().unwrap();
        assert!(!path.exists() && other.0.exists());
    }
}
