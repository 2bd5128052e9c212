//! How does the report become a part of the documentation?
//!
//! Each table stands between two markers of its own, so that what people write around it stays.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::error::Error;

use super::report::{Report, VERDICTS};

/// A table's place in the document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Who writes it.
    command: &'static str,
    /// What a document without the markers begins it with.
    heading: &'static str,
}

/// Where Autobahn's counts stand.
pub(super) const AUTOBAHN: Place = Place {
    command: "cargo xtask conformance",
    heading: "# Conformance\n\n## WebSocket: Autobahn\n\n",
};

/// Where the counts of SockJS's suite stand.
pub(super) const SOCKJS: Place = Place {
    command: "cargo xtask conformance --sockjs",
    heading: "## SockJS: sockjs-protocol\n\n",
};

/// What was run.
#[derive(Debug)]
pub(super) struct Versions {
    /// The code that was judged.
    pub(super) ours: String,
    /// The suite that judged it.
    pub(super) suite: String,
    /// The command that does it again.
    pub(super) command: String,
}

/// Writes the counts as a table in Markdown, one row a group and a sum.
pub(super) fn table(report: &Report, versions: &Versions) -> String {
    let Versions { ours, suite, command } = versions;
    let mut text = format!("`{command}`: {ours}, judged by {suite}.\n\n| group |");
    for verdict in VERDICTS {
        write!(text, " {verdict} |").expect(STRING);
    }
    text.push_str(&format!("\n|---|{}\n", "---:|".repeat(VERDICTS.len())));
    let mut sums = [0; VERDICTS.len()];
    for (group, counts) in report.groups() {
        row(&mut text, &format!("{group} {}", name(group)), &counts);
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    row(&mut text, "all", &sums);
    text
}

const STRING: &str = "a string takes all that is written to it";

fn row(text: &mut String, name: &str, counts: &[usize]) {
    write!(text, "| {name} |").expect(STRING);
    for count in counts {
        write!(text, " {count} |").expect(STRING);
    }
    text.push('\n');
}

/// The suite's names for its groups.
fn name(group: u32) -> &'static str {
    match group {
        1 => "framing",
        2 => "pings and pongs",
        3 => "reserved bits",
        4 => "opcodes",
        5 => "fragmentation",
        6 => "UTF-8",
        7 => "close",
        9 => "limits and performance",
        10 => "automatic fragmentation",
        12 => "compression, payloads",
        13 => "compression, parameters",
        _ => "other",
    }
}

/// Puts the table between the markers of the document, which is made where it is absent.
pub(super) fn write(document: &Path, place: Place, table: &str) -> Result<(), Error> {
    let old = match document.is_file() {
        true => fs::read_to_string(document).map_err(Error::file(document))?,
        false => String::new(),
    };
    if let Some(folder) = document.parent() {
        fs::create_dir_all(folder).map_err(Error::file(folder))?;
    }
    fs::write(document, with_table(&old, place, table)).map_err(Error::file(document))
}

fn with_table(old: &str, place: Place, table: &str) -> String {
    let Place { command, heading } = place;
    let (begin, end) = (
        format!("<!-- begin: written by `{command}` -->"),
        format!("<!-- end: written by `{command}` -->"),
    );
    let part = format!("{begin}\n\n{table}\n{end}");
    let parts = old.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&end)?;
        Some((before, after))
    });
    match parts {
        Some((before, after)) => format!("{before}{part}{after}"),
        None if old.is_empty() => format!("{heading}{part}\n"),
        None => format!("{old}\n{heading}{part}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_has_a_row_for_each_group_and_the_sum() {
        let index = r#"{"us": {
            "1.1": {"behavior": "OK", "behaviorClose": "OK"},
            "1.2": {"behavior": "OK", "behaviorClose": "OK"},
            "6.1": {"behavior": "NON-STRICT", "behaviorClose": "OK"}
        }}"#;
        let versions = Versions {
            ours: "us 1".to_owned(),
            suite: "suite 2".to_owned(),
            command: "run it".to_owned(),
        };
        let text = table(&Report::parse(index, "us").unwrap(), &versions);
        let rows: Vec<&str> = text.lines().skip(4).collect();
        assert_eq!(
            rows,
            [
                "| 1 framing | 2 | 0 | 0 | 0 | 0 |",
                "| 6 UTF-8 | 0 | 1 | 0 | 0 | 0 |",
                "| all | 2 | 1 | 0 | 0 | 0 |"
            ]
        );
        assert!(text.starts_with("`run it`: us 1, judged by suite 2."));
    }

    #[test]
    fn second_run_replaces_the_first_and_leaves_the_rest() {
        let first = with_table("", AUTOBAHN, "| one |");
        let around = format!("{first}\nWritten by hand.\n");
        let second = with_table(&around, AUTOBAHN, "| two |");
        assert!(second.starts_with(AUTOBAHN.heading) && second.ends_with("Written by hand.\n"));
        assert!(second.contains("| two |") && !second.contains("| one |"));
    }

    #[test]
    fn document_without_markers_keeps_its_text() {
        let text = with_table("# Mine\n", SOCKJS, "| one |");
        assert!(text.starts_with("# Mine\n\n## SockJS: sockjs-protocol\n\n<!-- begin"));
    }

    #[test]
    fn the_two_tables_leave_each_other_alone() {
        let both = with_table(&with_table("", AUTOBAHN, "| one |"), SOCKJS, "| two |");
        let again = with_table(&both, AUTOBAHN, "| three |");
        assert!(again.contains("| three |") && again.contains("| two |") && !again.contains("| one |"));
    }
}
