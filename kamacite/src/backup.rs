//! `kamacite backup` and `kamacite restore`: the database as one file, made while the service runs, and put back.

use std::{fmt::Write as _, path::PathBuf};

use kamacite_store::{
    Database,
    backup::{self, BackupError, Content, Existing, Restored},
};

use crate::{
    Service,
    cli::Files,
    clock,
    config::{self, CONNECTION},
    logging,
    serve::{self, StartError},
};

/// What to copy where.
#[derive(clap::Args)]
pub(crate) struct BackupArgs {
    /// The file to write: the whole database, secrets included, readable by its owner only.
    file: PathBuf,
    /// Replaces the file if it is there.
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    files: Files,
}

/// What to put back.
#[derive(clap::Args)]
pub(crate) struct RestoreArgs {
    /// The file to put in the place of the database; it is left as it is.
    file: PathBuf,
    #[command(flatten)]
    files: Files,
}

/// Copies the database, whether a service has it open or not; tells what was done.
///
/// # Errors
/// Whatever keeps it from being copied, with the remedy.
pub(crate) fn back_up(service: &Service, args: &BackupArgs) -> Result<String, StartError> {
    let database = database(service, &args.files)?;
    let existing = if args.overwrite { Existing::Replace } else { Existing::Keep };
    let content = serve::runtime()?.block_on(backup::back_up(&database, &args.file, existing))?;
    Ok(format!("{} is backed up to {}: {}\n", database.display(), content.path.display(), summary(&content)))
}

/// Puts a copy in the place of the database, which no service may have open; tells what was done.
///
/// # Errors
/// Whatever keeps it from being put there, with the remedy.
pub(crate) fn restore(service: &Service, args: &RestoreArgs) -> Result<String, StartError> {
    let database = database(service, &args.files)?;
    let restored = backup::restore(&args.file, &database, clock::system().now());
    let Restored { content, kept } = serve::runtime()?.block_on(restored)?;
    let mut text =
        format!("{} is restored from {}: {}\n", content.path.display(), args.file.display(), summary(&content));
    if let Some(kept) = kept {
        let _ = writeln!(text, "what was there before is kept as {}", kept.display());
    }
    if !content.under_way.is_empty() {
        text.push_str("when the service starts, it goes on with what was under way when the backup was made:\n");
    }
    for work in &content.under_way {
        let _ = match &work.node {
            Some(node) => writeln!(text, "  {} of node {node}", work.name),
            None => writeln!(text, "  {}", work.name),
        };
    }
    Ok(text)
}

/// The file that the configuration names.
fn database(service: &Service, files: &Files) -> Result<PathBuf, StartError> {
    logging::start_for_a_person();
    let options = config::load(service, files)?.options;
    match Database::from_url(&options.get(&CONNECTION))? {
        Database::Sqlite { path } => Ok(path),
        Database::Memory => Err(BackupError::InMemory.into()),
    }
}

fn summary(content: &Content) -> String {
    let Content { schema, nodes, under_way, bytes, path: _ } = content;
    format!("schema version {schema}, nodes: {nodes}, operations under way: {}, {bytes} bytes", under_way.len())
}
