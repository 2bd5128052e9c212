//! Is what a path needs now as much as it needed before?

use std::fmt;

use super::count::Counted;

/// How far a count may be from its figure. Counts vary by less than a tenth of this from run to run.
const TOLERANCE: f64 = 0.03;

/// How one path does.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Verdict {
    path: String,
    before: Option<f64>,
    now: Option<f64>,
}

/// Compares each path with its figure.
pub(super) fn judge(known: &[Counted], counted: &[Counted]) -> Vec<Verdict> {
    let of = |all: &[Counted], path: &str| all.iter().find(|one| one.path == path).map(|one| one.instructions);
    let gone = known.iter().filter(|one| of(counted, &one.path).is_none());
    let verdicts = counted.iter().chain(gone).map(|Counted { path, .. }| Verdict {
        path: path.clone(),
        before: of(known, path),
        now: of(counted, path),
    });
    verdicts.collect()
}

impl Verdict {
    /// Whether the path needs more than it may, or its figure is missing or of no path.
    pub(super) fn is_failure(&self) -> bool {
        self.change().is_none_or(|change| change > TOLERANCE)
    }

    /// By how much the path needs more than before, as a part of that.
    fn change(&self) -> Option<f64> {
        Some(self.now? / self.before? - 1.0)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<28}", self.path)?;
        let (before, now) = match (self.before, self.now) {
            (Some(before), Some(now)) => (before, now),
            (None, Some(now)) => return write!(f, "needs {now:.1} instructions and has no figure"),
            (before, None) => return write!(f, "has the figure {:.1} and is no path", before.unwrap_or_default()),
        };
        let percent = (now / before - 1.0) * 100.0;
        write!(f, "{before:>12.1} before {now:>12.1} now  {percent:+.1} %")?;
        if percent > TOLERANCE * 100.0 {
            f.write_str("  needs more than it may")
        } else if percent < TOLERANCE * -100.0 {
            f.write_str("  needs less: accept that, so that it stays so (cargo xtask instructions --accept)")
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(path: &str, instructions: f64) -> Counted {
        Counted {
            path: path.to_owned(),
            instructions,
        }
    }

    fn verdict(before: f64, now: f64) -> Verdict {
        judge(&[one("parse", before)], &[one("parse", now)]).remove(0)
    }

    #[test]
    fn more_than_three_percent_more_fails_and_less_does_not() {
        assert!(verdict(1_000.0, 1_031.0).is_failure());
        assert!(!verdict(1_000.0, 1_029.0).is_failure());
        assert!(!verdict(1_000.0, 500.0).is_failure());
    }

    #[test]
    fn text_names_path_before_now_and_percent() {
        let text = verdict(1_000.0, 1_100.0).to_string();
        for part in ["parse", "1000.0 before", "1100.0 now", "+10.0 %", "more than it may"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(verdict(1_000.0, 900.0).to_string().contains("accept"));
        assert!(!verdict(1_000.0, 1_000.0).to_string().contains("accept"));
    }

    #[test]
    fn a_path_without_a_figure_and_a_figure_without_a_path_fail() {
        let verdicts = judge(&[one("old", 1.0)], &[one("new", 2.0)]);
        assert_eq!(verdicts.len(), 2);
        assert!(verdicts.iter().all(Verdict::is_failure));
    }
}
