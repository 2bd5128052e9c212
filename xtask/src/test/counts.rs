//! How many tests ran, by the test runners' own words?

use std::fmt;
use std::ops::AddAssign;

/// Sums over all test programs of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Tests that did what they should.
    pub(super) passed: usize,
    /// Tests that did not.
    pub(super) failed: usize,
    /// Tests that are marked as ignored.
    pub(super) skipped: usize,
}

/// Who ran the tests: each says in its own form how many there were.
#[derive(Debug, Clone, Copy)]
pub(super) enum Runner {
    /// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; …`
    Libtest,
    /// `3 passed, 1 skipped in 0.52s`, with or without `=` around it
    Pytest,
    /// `# pass 3`, `# fail 0`, a line each
    NodeTest,
}

impl Counts {
    /// Adds what a line says, where it is the runner's closing line.
    pub(super) fn hear(&mut self, runner: Runner, line: &str) {
        let said = match runner {
            Runner::Libtest => line.strip_prefix("test result: ").map(|result| {
                let numbers = result.split_once(". ").map_or(result, |(_, numbers)| numbers);
                pairs(numbers, ';')
            }),
            Runner::Pytest => line
                .trim_matches(['=', ' '])
                .split_once(" in ")
                .map(|(numbers, _)| pairs(numbers, ',')),
            Runner::NodeTest => line
                .strip_prefix("# ")
                .and_then(|pair| pair.split_once(' '))
                .map(|(what, number)| pairs(&format!("{number} {what}"), ',')),
        };
        for (number, what) in said.into_iter().flatten() {
            match what.as_str() {
                "passed" | "pass" => self.passed += number,
                "failed" | "fail" | "error" | "errors" | "cancelled" => self.failed += number,
                "ignored" | "skipped" | "todo" => self.skipped += number,
                _ => {}
            }
        }
    }
}

/// Reads `3 passed; 0 failed` and its like; nothing where any part is no number and a word.
fn pairs(text: &str, between: char) -> Vec<(usize, String)> {
    let pair = |part: &str| {
        let (number, what) = part.trim().split_once(' ')?;
        Some((number.parse().ok()?, what.to_owned()))
    };
    let parts = text.split(between).filter(|part| !part.trim().is_empty());
    parts.map_while(pair).collect()
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed, self.failed, self.skipped
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(runner: Runner, lines: &[&str]) -> String {
        let mut counts = Counts::default();
        lines.iter().for_each(|line| counts.hear(runner, line));
        counts.to_string()
    }

    #[test]
    fn closing_lines_are_summed_and_others_are_not() {
        let lines = [
            "running 4 tests",
            "test a ... ok",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s",
            "test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s",
            "a test said: test result: ok. 7 passed; 0 failed",
        ];
        assert_eq!(heard(Runner::Libtest, &lines), "13 passed, 2 failed, 1 skipped");
    }

    #[test]
    fn pytest_is_understood_with_and_without_its_frame() {
        let lines = [
            "tests/test_a.py ....",
            "collected 4 items in a moment",
            "=== 2 failed, 4 passed, 1 skipped, 3 warnings in 0.52s ===",
            "1 passed, 1 error in 61.20s (0:01:01)",
        ];
        assert_eq!(heard(Runner::Pytest, &lines), "5 passed, 3 failed, 1 skipped");
    }

    #[test]
    fn node_is_understood() {
        let lines = [
            "ok 1 - says # pass 7",
            "    # pass 9",
            "# tests 4",
            "# pass 3",
            "# fail 1",
            "# skipped 0",
        ];
        assert_eq!(heard(Runner::NodeTest, &lines), "3 passed, 1 failed, 0 skipped");
    }
}
