//! Runs one check: shows what it prints as it comes, counts its tests, and ends it when it takes too long.

use std::{
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    task::JoinHandle,
};

use super::{
    checks::Check,
    count::{Counter, Tally},
};

/// How a check went.
pub struct Outcome {
    /// What went wrong, if anything did.
    pub trouble: Option<String>,
    /// How long it took.
    pub took: Duration,
    /// The tests it counted.
    pub tally: Tally,
}

/// Runs a check.
///
/// # Errors
/// The system does not tell how it ended.
pub async fn run(check: &Check, limit: Duration) -> Result<Outcome> {
    println!("\n== {}: {}", check.name, check.line());
    let began = Instant::now();
    let mut command = Command::from(check.command());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            let trouble = format!("starting {}: {error}", check.program.display());
            return Ok(Outcome { trouble: Some(trouble), took: began.elapsed(), tally: Tally::default() });
        }
    };
    let mut group = Group::new(child);
    let counter = Arc::new(Counter::new()?);
    let out = group.child.stdout.take().map(|stream| follow(stream, counter.clone(), |line| println!("{line}")));
    let err = group.child.stderr.take().map(|stream| follow(stream, counter, |line| eprintln!("{line}")));
    let ended = tokio::time::timeout(limit, group.child.wait()).await;
    // Whatever it left behind holds the pipes open; it goes now.
    drop(group);
    let mut tally = Tally::default();
    for stream in [out, err].into_iter().flatten() {
        tally.add(stream.await?);
    }
    Ok(Outcome { trouble: trouble(ended.ok().transpose()?, tally, limit), took: began.elapsed(), tally })
}

fn trouble(ended: Option<ExitStatus>, tally: Tally, limit: Duration) -> Option<String> {
    match ended {
        None => Some(format!("did not end within {} s", limit.as_secs())),
        Some(status) if !status.success() && tally.failed > 0 => Some(format!("{} tests ({status})", tally.failed)),
        Some(status) if !status.success() => Some(status.to_string()),
        Some(_) => None,
    }
}

/// Shows each line and adds up what it counts.
fn follow(stream: impl AsyncRead + Send + Unpin + 'static, counter: Arc<Counter>, show: fn(&str)) -> JoinHandle<Tally> {
    tokio::spawn(async move {
        let mut tally = Tally::default();
        let mut lines = BufReader::new(stream);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end();
            show(text);
            tally.add(counter.count(text));
            line.clear();
        }
        tally
    })
}

/// A child process and all it starts. Dropping it ends the whole group.
struct Group {
    child: Child,
    // Kept, for tokio forgets it once the child has ended; what it left running still belongs to the group.
    id: Option<Pid>,
}

impl Group {
    fn new(child: Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Self { child, id }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.id {
            // An error means that the group is gone already.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    async fn shell(script: &str, limit: Duration) -> Outcome {
        run(&Check::new("a shell", "sh", ["-c", script]), limit).await.unwrap()
    }

    #[tokio::test]
    async fn tests_are_counted_on_both_streams() {
        let script =
            "echo 'test result: ok. 2 passed; 0 failed'; echo 'test result: FAILED. 1 passed; 1 failed' >&2; exit 101";
        let outcome = shell(script, Duration::from_secs(60)).await;
        assert_eq!(outcome.tally, Tally { passed: 3, failed: 1, ignored: 0 });
        assert_eq!(outcome.trouble.unwrap(), "1 tests (exit status: 101)");
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_a_check_that_failed() {
        let check = Check::new("nothing", "/no/such/program", [""]);
        let outcome = run(&check, Duration::from_secs(60)).await.unwrap();
        assert!(outcome.trouble.unwrap().starts_with("starting /no/such/program: "));
    }

    #[tokio::test]
    async fn what_a_check_leaves_running_is_ended() {
        let began = Instant::now();
        let outcome = shell("sleep 300 & true", Duration::from_secs(60)).await;
        assert_eq!(outcome.trouble, None);
        assert!(began.elapsed() < Duration::from_secs(60));
    }

    #[tokio::test]
    async fn a_check_that_hangs_is_ended_with_all_it_started() {
        let began = Instant::now();
        let outcome = shell("sleep 300 & sleep 300", Duration::from_millis(50)).await;
        assert!(outcome.trouble.unwrap().starts_with("did not end within"));
        assert!(began.elapsed() < Duration::from_secs(60));
    }
}
