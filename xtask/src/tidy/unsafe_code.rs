//! Where does the project go without the compiler's proof?
//!
//! Only in files of this list, each of which ARCHITECTURE.md names with its invariants.

use super::code::words;
use super::finding::Finding;
use super::project::Project;

/// File and reason.
type Allowed = (&'static str, &'static str);

const ALLOWED: &[Allowed] = &[
    (
        "crates/omnibus-uring/src/volley.rs",
        "entries of io_uring point to bytes that only the call's own waiting keeps borrowed",
    ),
    (
        "crates/omnibusd/src/allocator.rs",
        "the allocator's parameters are set by a function of C",
    ),
];

/// Finds `unsafe` elsewhere, and entries of the list that are stale or not in ARCHITECTURE.md.
pub(super) fn check(project: &Project) -> Vec<Finding> {
    check_against(project, ALLOWED)
}

fn check_against(project: &Project, allowed: &[Allowed]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &project.files {
        let line = words(&file.code)
            .find(|(_, word)| *word == "unsafe")
            .map(|(line, _)| line);
        let is_listed = allowed.iter().any(|(path, _)| *path == file.path);
        match (line, is_listed) {
            (Some(line), false) => findings.push(Finding::new(
                format!("{}:{line}", file.path),
                "has `unsafe`; do without, or list the file in xtask/src/tidy/unsafe_code.rs and \
                 name it and its reason in ARCHITECTURE.md",
            )),
            (None, true) => findings.push(Finding::new(
                &file.path,
                "has no `unsafe` any more; take it off the list in xtask/src/tidy/unsafe_code.rs",
            )),
            _ => {}
        }
    }
    for (path, reason) in allowed {
        if !project.architecture.contains(&format!("`{path}`")) {
            let problem = format!("ARCHITECTURE.md does not name this file and why it is unsafe: {reason}");
            findings.push(Finding::new(*path, problem));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &[Allowed] = &[("crates/a/src/raw.rs", "a system call without a safe wrapper")];

    fn project(raw: &str, other: &str, architecture: &str) -> Project {
        let files = [("crates/a/src/raw.rs", raw), ("crates/a/src/other.rs", other)];
        Project {
            architecture: architecture.to_owned(),
            ..Project::of_files(&files)
        }
    }

    const CALL: &str = "fn f() {\n    unsafe { g() }\n}";

    #[test]
    fn listed_and_named_file_passes() {
        let other = "#![forbid(unsafe_code)] // unsafe\nconst A: &str = \"unsafe\";";
        let project = project(CALL, other, "see `crates/a/src/raw.rs`");
        assert_eq!(check_against(&project, LIST), []);
    }

    #[test]
    fn unlisted_file_is_found_with_its_line() {
        let findings = check_against(&project(CALL, CALL, "`crates/a/src/raw.rs`"), LIST);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "crates/a/src/other.rs:2");
    }

    #[test]
    fn entry_that_is_stale_or_not_in_the_document_is_found() {
        assert_eq!(check_against(&project("", "", "`crates/a/src/raw.rs`"), LIST).len(), 1);
        assert_eq!(check_against(&project(CALL, "", "nothing"), LIST).len(), 1);
    }
}
