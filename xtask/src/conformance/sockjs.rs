//! What does SockJS's own suite say about our transports?
//!
//! The suite is not ours to keep: whoever runs it says where it lies, a checkout of
//! `sockjs/sockjs-protocol`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::cache;
use crate::error::Error;
use crate::program::Program;
use crate::workspace::Workspace;

use super::document::{self, SOCKJS};
use super::echo::Echo;
use super::judged;
use super::python27;

/// What the suite asks for and no browser of today does: a draft of WebSocket that RFC 6455 replaced.
const OBSOLETE: [&str; 1] = ["Websocket.test_haproxy"];

/// The judged crate.
const PACKAGE: &str = "omnibus-front";

/// Tests of one class: how many passed, and which did not.
#[derive(Debug, Default, PartialEq, Eq)]
struct Class {
    passed: usize,
    failed: Vec<String>,
}

/// Runs the suite in `folder` against the echo example and writes the counts into the document.
///
/// # Errors
/// Where a test fails that is not obsolete, or the suite can't be run.
pub(super) fn judge(workspace: &Workspace, folder: &Path) -> Result<(), Error> {
    let cache = cache::folder()?;
    let place = python27::environment(workspace, &cache, "sockjs-protocol")?;
    let echo = Echo::of_sockjs(workspace)?;
    // It reports where errors go, and its obsolete test fails.
    let report = Program::new("sh")
        .args(["-c", "\"$0\" -W ignore sockjs-protocol.py -v 2>&1 || true"])
        .arg(place.join("suite/bin/python"))
        .env("SOCKJS_URL", format!("http://{}", echo.address()))
        .folder(folder)
        .output()?;
    drop(echo);
    let classes = classes(&report);
    let commit = Program::new("git")
        .args(["describe", "--always", "--tags"])
        .folder(folder)
        .output()
        .unwrap_or_else(|_| "of unknown version".to_owned());
    let table = format!(
        "`cargo xtask conformance --sockjs PATH`: {}, judged by sockjs-protocol {}.\n\n{}",
        judged::version(workspace, PACKAGE)?,
        commit.trim(),
        table(&classes)
    );
    document::write(&workspace.path("docs/conformance.md"), SOCKJS, &table)?;
    println!("{table}");
    let failed: Vec<&String> = classes.values().flat_map(|class| &class.failed).collect();
    let failed: Vec<&str> = failed
        .into_iter()
        .map(String::as_str)
        .filter(|name| !OBSOLETE.contains(name))
        .collect();
    match (classes.is_empty(), failed.is_empty()) {
        (true, _) => Err(Error::malformed(
            "sockjs-protocol",
            format!("no test has run:\n{report}"),
        )),
        (_, true) => Ok(()),
        (_, false) => Err(Error::malformed(
            "sockjs-protocol",
            format!("{} failed:\n{report}", failed.join(", ")),
        )),
    }
}

/// Reads what the suite says of each test: `name (__main__.Class) ... ok`, perhaps with a line of
/// its description before the dots.
fn classes(report: &str) -> BTreeMap<String, Class> {
    let mut classes: BTreeMap<String, Class> = BTreeMap::new();
    let mut current = None;
    for line in report.lines() {
        if let Some((name, rest)) = line.split_once(" (__main__.")
            && let Some((class, _)) = rest.split_once(')')
            && name.starts_with("test_")
        {
            current = Some((class.to_owned(), name.to_owned()));
        }
        if let Some((_, verdict)) = line.rsplit_once(" ... ")
            && let Some((class, name)) = current.take()
        {
            let counts = classes.entry(class.clone()).or_default();
            match verdict {
                "ok" => counts.passed += 1,
                _ => counts.failed.push(format!("{class}.{name}")),
            }
        }
    }
    classes
}

fn table(classes: &BTreeMap<String, Class>) -> String {
    let mut text = "| class | passed | failed |\n|---|---:|---|\n".to_owned();
    let mut row = |name: &str, passed: usize, failed: &str| {
        writeln!(text, "| {name} | {passed} | {failed} |").expect("a string takes all that is written to it");
    };
    for (name, class) in classes {
        row(name, class.passed, &explained(&class.failed));
    }
    let failed: usize = classes.values().map(|class| class.failed.len()).sum();
    row(
        "all",
        classes.values().map(|class| class.passed).sum(),
        &failed.to_string(),
    );
    text
}

fn explained(failed: &[String]) -> String {
    let names = failed.iter().map(|name| match OBSOLETE.contains(&name.as_str()) {
        true => format!("{name}: obsolete, a draft that RFC 6455 replaced"),
        false => name.clone(),
    });
    names.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_counted_by_class_also_those_that_describe_themselves() {
        let report = "test_a (__main__.One) ... ok\n\
                      test_b (__main__.One)\n\
                      See another test. ... ok\n\
                      test_haproxy (__main__.Websocket) ... FAIL\n\
                      ======\n\
                      FAIL: test_haproxy (__main__.Websocket)\n";
        let classes = classes(report);
        assert_eq!(classes["One"].passed, 2);
        assert_eq!(classes["Websocket"].failed, OBSOLETE);
        assert!(table(&classes).ends_with("| all | 2 | 1 |\n"));
    }
}
