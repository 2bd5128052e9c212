//! What does Autobahn's report say, counted?

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::Error;

/// The verdicts that are columns of the table; any other one is a failure.
pub(super) const VERDICTS: [&str; 5] = ["OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED", FAILED];
const FAILED: &str = "FAILED";

/// The verdict on each case.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// By the case's number, taken apart so that 1.10 comes after 1.9.
    verdicts: BTreeMap<Vec<u32>, &'static str>,
}

impl Report {
    /// Reads `index.json`: agent, then case, then `behavior` and `behaviorClose`.
    ///
    /// # Errors
    /// Where it is not that, or judges no case: a suite that ran nothing proves nothing.
    pub(super) fn parse(text: &str, agent: &str) -> Result<Self, Error> {
        let malformed = |problem: String| Error::malformed("Autobahn's index.json", problem);
        let json: Value = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        let cases = json.get(agent).and_then(Value::as_object);
        let cases = cases.ok_or_else(|| malformed(format!("has no agent {agent}")))?;
        let mut report = Self::default();
        for (number, case) in cases {
            let parts: Result<Vec<u32>, _> = number.split('.').map(str::parse).collect();
            let parts = parts.map_err(|_| malformed(format!("`{number}` is no case")))?;
            report.verdicts.insert(parts, verdict(case));
        }
        if report.verdicts.is_empty() {
            return Err(malformed("judges no case".to_owned()));
        }
        Ok(report)
    }

    /// The groups of cases, in their order, each with a count for each of [`VERDICTS`].
    pub(super) fn groups(&self) -> BTreeMap<u32, [usize; VERDICTS.len()]> {
        let mut groups = BTreeMap::new();
        for (number, verdict) in &self.verdicts {
            let counts: &mut [usize; VERDICTS.len()] = groups.entry(number[0]).or_default();
            for (count, column) in counts.iter_mut().zip(VERDICTS) {
                *count += usize::from(column == *verdict);
            }
        }
        groups
    }

    /// The numbers of the cases that failed.
    pub(super) fn failed(&self) -> Vec<String> {
        let failed = self.verdicts.iter().filter(|(_, verdict)| **verdict == FAILED);
        failed
            .map(|(number, _)| number.iter().map(u32::to_string).collect::<Vec<_>>().join("."))
            .collect()
    }
}

/// A case is judged twice, on its messages and on how the connection was closed; the worse one
/// counts where it is a failure, else the first.
fn verdict(case: &Value) -> &'static str {
    let judged = |key: &str| {
        let said = case.get(key).and_then(Value::as_str).unwrap_or_default();
        VERDICTS
            .iter()
            .copied()
            .find(|verdict| *verdict == said)
            .unwrap_or(FAILED)
    };
    match judged("behaviorClose") {
        FAILED => FAILED,
        _ => judged("behavior"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(cases: Value) -> Result<Report, Error> {
        Report::parse(&serde_json::json!({"us": cases}).to_string(), "us")
    }

    fn case(behavior: &str, close: &str) -> Value {
        serde_json::json!({"behavior": behavior, "behaviorClose": close})
    }

    #[test]
    fn cases_are_counted_by_group_and_verdict() {
        let report = parse(serde_json::json!({
            "1.1.1": case("OK", "OK"),
            "1.1.2": case("NON-STRICT", "OK"),
            "10.1.1": case("OK", "INFORMATIONAL"),
            "9.1.1": case("UNIMPLEMENTED", "OK"),
        }));
        let report = report.unwrap();
        let groups: Vec<_> = report.groups().into_iter().collect();
        assert_eq!(
            groups,
            [(1, [1, 1, 0, 0, 0]), (9, [0, 0, 0, 1, 0]), (10, [1, 0, 0, 0, 0])]
        );
        assert_eq!(report.failed(), [""; 0]);
    }

    #[test]
    fn bad_close_and_unknown_verdict_are_failures() {
        let report = parse(serde_json::json!({
            "7.1.10": case("OK", "UNCLEAN"),
            "7.1.9": case("WRONG CODE", "OK"),
            "7.2": {},
        }));
        assert_eq!(report.unwrap().failed(), ["7.1.9", "7.1.10", "7.2"]);
    }

    #[test]
    fn report_of_nobody_or_nothing_is_an_error() {
        assert!(parse(serde_json::json!({})).is_err());
        assert!(Report::parse("{}", "us").is_err());
        assert!(Report::parse("no json", "us").is_err());
    }
}
