//! `kamacite completions` and `kamacite man`: what shells and readers of manuals are told of the command line.

use std::{fs, io, path::PathBuf};

use clap::{Command, ValueEnum};

use crate::serve::StartError;

/// The shells that are known.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// Where the manual goes.
#[derive(clap::Args)]
pub(crate) struct ManArgs {
    /// Writes a page for the program and one for each of its commands into this folder, instead of printing the first.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// The completions of a command line.
pub(crate) fn completions(mut command: Command, shell: Shell) -> String {
    let shell = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, "kamacite", &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// The manual page of a command line, in roff; nothing where pages are written into a folder.
///
/// # Errors
/// The folder cannot be written.
pub(crate) fn manual(command: Command, args: &ManArgs) -> Result<String, StartError> {
    // Its page would be the help itself.
    let command = command.disable_help_subcommand(true);
    let trouble = |source| StartError::System { what: "folder of manual pages", source };
    match &args.folder {
        Some(folder) => {
            fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder)).map_err(trouble)?;
            Ok(String::new())
        }
        None => page(command).map_err(trouble),
    }
}

fn page(command: Command) -> io::Result<String> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command).render(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
