//! Where things are in this checkout.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Result, bail};

/// The root of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The directory for everything that is built or downloaded; `CARGO_TARGET_DIR` moves it.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The program, as built last: the newer of the release and the debug build.
///
/// # Errors
/// Neither exists.
pub fn kamacite() -> Result<PathBuf> {
    let built = |profile: &str| {
        let path = target().join(profile).join("kamacite");
        let time: SystemTime = path.metadata().and_then(|meta| meta.modified()).ok()?;
        Some((time, path))
    };
    match built("release").max(built("debug")) {
        Some((_, path)) => Ok(path),
        None => bail!("there is no kamacite program yet; build it with: cargo build --release -p kamacite"),
    }
}
