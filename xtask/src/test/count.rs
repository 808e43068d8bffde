//! Counts tests from what the test runners print.

use regex::Regex;

/// How many tests there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Went well.
    pub passed: u64,
    /// Did not, or ran too long.
    pub failed: u64,
    /// Are there and did not run.
    pub ignored: u64,
}

/// Finds the lines that sum up.
pub struct Counter {
    summary: Regex,
    part: Regex,
}

impl Tally {
    /// Adds another one.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

impl Counter {
    /// A counter for the lines of libtest and of cargo-nextest.
    pub fn new() -> Result<Self, regex::Error> {
        Ok(Self {
            // libtest: `test result: FAILED. 3 passed; 1 failed; 2 ignored; ...`
            // nextest: `     Summary [   0.012s] 5/6 tests run: 4 passed (1 slow), 1 failed, 2 skipped`
            summary: Regex::new(r"^(?:test result: \w+\.|\s*Summary \[.*\].* tests? run:) (.*)$")?,
            part: Regex::new(r"(\d+) (passed|failed|ignored|skipped|timed out|exec failed)\b")?,
        })
    }

    /// What a line counts; nothing if it is not one that sums up.
    pub fn count(&self, line: &str) -> Tally {
        let mut tally = Tally::default();
        let Some(parts) = self.summary.captures(line).and_then(|found| found.get(1)) else { return tally };
        for part in self.part.captures_iter(parts.as_str()) {
            let number: u64 = part[1].parse().unwrap_or_default();
            match &part[2] {
                "passed" => tally.passed += number,
                "ignored" | "skipped" => tally.ignored += number,
                _ => tally.failed += number,
            }
        }
        tally
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, passed: u64, failed: u64, ignored: u64) {
        assert_eq!(Counter::new().unwrap().count(line), Tally { passed, failed, ignored }, "{line}");
    }

    #[test]
    fn lines_that_sum_up() {
        check(
            "test result: ok. 28 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 5.85s",
            28,
            0,
            0,
        );
        check("test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out", 3, 1, 2);
        check("     Summary [   0.012s] 1 test run: 1 passed, 0 skipped", 1, 0, 0);
        check(
            "     Summary [  12.345s] 7 tests run: 4 passed (2 slow, 1 leaky), 1 failed, 2 timed out, 3 skipped",
            4,
            3,
            3,
        );
        check("     Summary [  12.345s] 5/7 tests run: 4 passed, 1 exec failed, 0 skipped", 4, 1, 0);
    }

    #[test]
    fn lines_that_do_not() {
        check("running 5 tests", 0, 0, 0);
        check("test tells_that_3_passed ... ok", 0, 0, 0);
        check("        PASS [   0.005s] xtask tests::two 2 passed", 0, 0, 0);
    }
}
