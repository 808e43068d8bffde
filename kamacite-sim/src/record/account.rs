//! Who walks: the account that is named, and where its password comes from.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use kamacite_model::Secret;
use tokio::sync::oneshot;

use super::{Args, RecordError};

/// Who walks.
pub(super) struct Account {
    pub username: String,
    pub password: Secret<String>,
}

/// The account to walk with, if one is named.
pub(super) async fn account(
    args: &Args,
    from_environment: Option<Secret<String>>,
) -> Result<Option<Account>, RecordError> {
    let Some(username) = args.username.clone() else { return Ok(None) };
    let password = match &args.password_file {
        Some(path) => Secret::new(of_file(path).await?),
        None => from_environment
            .filter(|password| !password.expose().is_empty())
            .ok_or_else(|| RecordError::NoPassword { username: username.clone() })?,
    };
    Ok(Some(Account { username, password }))
}

/// Read on a thread that nobody waits for: it may be a terminal, and a person may think better of it.
async fn of_file(path: &Path) -> Result<String, RecordError> {
    let (tell, told) = oneshot::channel();
    let file = path.to_owned();
    std::thread::spawn(move || tell.send(first_line(file)));
    let line = told.await.unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()));
    let line = line.map_err(|source| RecordError::PasswordFile { path: path.to_owned(), source })?;
    let password = line.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(RecordError::EmptyPassword { path: path.to_owned() });
    }
    Ok(password.to_owned())
}

fn first_line(file: PathBuf) -> io::Result<String> {
    let mut line = String::new();
    BufReader::new(File::open(file)?).read_line(&mut line)?;
    Ok(line)
}
