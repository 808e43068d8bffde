//! Starts child processes that never outlive the command, even those that fork.

use std::{
    fs::File,
    io,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process_group};

/// A child process and all it forks. Dropping it ends the whole group.
pub struct Running {
    name: String,
    child: Child,
    log: PathBuf,
}

/// Starts a program in a process group of its own, its output going to the file `log`.
///
/// # Errors
/// The log cannot be written, or the program cannot be started.
pub fn start(name: &str, command: &mut Command, log: &Path) -> Result<Running> {
    let file = create(log)?;
    let output = file.try_clone()?;
    spawn(name, command.stdout(output).stderr(file), log)
}

/// Runs a program to its end, as [`start`] does, and returns what it printed on standard output; the rest goes to the log.
///
/// # Errors
/// The log cannot be written, or the program cannot be started, or ends with another code than 0.
pub async fn output(name: &str, command: &mut Command, log: &Path) -> Result<String> {
    let said = log.with_extension("out");
    let mut running = spawn(name, command.stdout(create(&said)?).stderr(create(log)?), log)?;
    let status = loop {
        match running.ended() {
            Some(status) => break status,
            None => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    };
    ensure!(status.success(), "{name} failed ({status}):\n{}", running.last_words());
    std::fs::read_to_string(&said).with_context(|| format!("reading {}", said.display()))
}

fn create(file: &Path) -> Result<File> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    File::create(file).with_context(|| format!("writing {}", file.display()))
}

fn spawn(name: &str, command: &mut Command, log: &Path) -> Result<Running> {
    use std::os::unix::process::CommandExt;

    let child = command
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .with_context(|| format!("starting {name} ({})", command.get_program().display()))?;
    Ok(Running { name: name.to_owned(), child, log: log.to_path_buf() })
}

/// Runs a program to its end.
///
/// # Errors
/// It cannot be started, or ends with another code than 0; its last output is part of the error.
pub fn run(name: &str, command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("starting {name}"))?;
    let said = [output.stdout, output.stderr].concat();
    ensure!(output.status.success(), "{name} failed ({}):\n{}", output.status, tail(&String::from_utf8_lossy(&said)));
    Ok(())
}

/// A TCP port on 127.0.0.1 that nobody uses just now.
///
/// # Errors
/// The system has none left.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

impl Running {
    /// The name it was started under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its process id, which is also the number of its group.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, or `None` while it runs.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// The last lines it wrote, and where the rest is.
    pub fn last_words(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        format!("{}\n(the whole log: {})", tail(&String::from_utf8_lossy(&text)), self.log.display())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The group, not the child: Ironic's parent process restarts its worker when that alone is ended.
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // An error means that the group is gone already.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn output_is_what_was_printed_and_a_failure_tells_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let run = async |script: &str| {
            output("sh", Command::new("sh").args(["-c", script]), &folder.path().join("logs/sh.log")).await
        };
        assert_eq!(run("echo said; echo aside >&2").await.unwrap(), "said\n");
        let error = run("echo why >&2; exit 3").await.unwrap_err().to_string();
        assert!(error.starts_with("sh failed (exit status: 3):\nwhy"), "{error}");
    }
}
