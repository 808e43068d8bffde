//! A password in a file that nobody else can read and that is gone after use.

use std::{
    fs::{OpenOptions, remove_file},
    io::{Result, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use kamacite_driver::model::Uuid;

/// The file; it lives as long as this does.
pub struct PasswordFile(PathBuf);

impl PasswordFile {
    /// A new file, of mode 600, in the folder for temporary files.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(password: &[u8]) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("kamacite-{}", Uuid::new_v4()));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        // From here on it is removed whatever happens.
        let this = Self(path);
        // `ipmitool` takes an empty file for none at all.
        file.write_all(if password.is_empty() { b"\0" } else { password })?;
        Ok(this)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for PasswordFile {
    fn drop(&mut self) {
        if let Err(why) = remove_file(&self.0) {
            tracing::warn!(path = %self.0.display(), %why, "a password file could not be removed; remove it");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn it_is_for_its_owner_only_and_does_not_stay() {
        let file = PasswordFile::new(b"hunter2").unwrap();
        let path = file.path().to_owned();
        assert_eq!(std::fs::read(&path).unwrap(), b"hunter2");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        drop(file);
        assert!(!path.exists());
    }
}
