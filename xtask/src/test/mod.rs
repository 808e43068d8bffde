//! `cargo xtask test`: the one test command. It installs what is missing, runs everything, and counts.

mod checks;
mod count;
mod needs;
mod run;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use checks::Check;
use count::Tally;
use run::Outcome;

use crate::supported;

/// How the tests are run.
#[derive(clap::Args)]
pub struct Args {
    /// Install nothing; say what is missing, and fail.
    #[arg(long)]
    no_install: bool,
}

/// How long everything may take, so that a test that hangs does not hold up who waits.
const ALL: Duration = Duration::from_secs(55 * 60);

/// How long one check may take.
const ONE: Duration = Duration::from_secs(25 * 60);

/// Runs every check, also after one has failed; true if all went well.
///
/// # Errors
/// Something is missing and may not or cannot be installed.
pub async fn main(args: Args) -> Result<bool> {
    // Asked first: once a build has replaced this program, the answer is no longer a path.
    let own = std::env::current_exe().context("finding this program")?;
    let tools = needs::meet(!args.no_install)?;
    // What the last run's tests ran says nothing of this one's.
    if supported::account().exists() {
        std::fs::remove_dir_all(supported::account()).context("forgetting what the last tests ran")?;
    }
    let began = Instant::now();
    let mut done = Vec::new();
    for check in checks::all(&own, &tools) {
        let limit = ONE.min(ALL.saturating_sub(began.elapsed()));
        let outcome = tokio::select! {
            outcome = run::run(&check, limit) => outcome?,
            // Returning drops the check, which ends it.
            _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        };
        done.push((check, outcome));
    }
    Ok(report(&done, began.elapsed()))
}

/// Prints the table and the closing line; true if all went well.
fn report(done: &[(Check, Outcome)], took: Duration) -> bool {
    println!("\n{:<24} {:>7}  result", "check", "seconds");
    for (check, outcome) in done {
        let result = outcome.trouble.as_deref().map_or("ok".to_owned(), |trouble| format!("FAILED: {trouble}"));
        println!("{:<24} {:>7}  {result}", check.name, outcome.took.as_secs());
    }
    println!("{:<24} {:>7}", "all", took.as_secs());
    let tally = total(done);
    if tally.ignored > 0 {
        println!("{} tests are marked #[ignore] and did not run", tally.ignored);
    }
    println!("{} passed, {} failed", tally.passed, tally.failed);
    tally.failed == 0
}

/// What the tests counted. A check that failed and counts no failed test of its own is one more that failed.
fn total(done: &[(Check, Outcome)]) -> Tally {
    let mut total = Tally::default();
    for (_, outcome) in done {
        total.add(outcome.tally);
        if outcome.trouble.is_some() && outcome.tally.failed == 0 {
            total.failed += 1;
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(trouble: Option<&str>, passed: u64, failed: u64) -> (Check, Outcome) {
        let tally = Tally { passed, failed, ignored: 0 };
        let outcome = Outcome { trouble: trouble.map(str::to_owned), took: Duration::ZERO, tally };
        (Check::new("check", "true", [""]), outcome)
    }

    #[track_caller]
    fn check(outcomes: &[(Check, Outcome)], expected: (u64, u64)) {
        let total = total(outcomes);
        assert_eq!((total.passed, total.failed), expected);
    }

    #[test]
    fn tests_are_counted_and_so_is_a_check_that_failed_without_any() {
        check(&[done(None, 7, 0), done(None, 0, 0)], (7, 0));
        check(&[done(Some("exit status: 101"), 7, 2), done(None, 1, 0)], (8, 2));
        check(&[done(None, 7, 0), done(Some("exit status: 1"), 0, 0)], (7, 1));
    }
}
