//! Does every file say at its top which question it answers.

use super::finding::Finding;
use super::project::Project;

/// Finds files whose first line is not a `//!` that says something.
pub(super) fn check(project: &Project) -> Vec<Finding> {
    project
        .files
        .iter()
        .filter(|file| !opens_well(&file.text))
        .map(|file| Finding::new(&file.path, "does not open with `//!` and the question that it answers"))
        .collect()
}

fn opens_well(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    first
        .strip_prefix("//! ")
        .is_some_and(|question| !question.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_without_a_question_is_found() {
        let project = Project::of_files(&[
            ("crates/a/src/good.rs", "//! What is good.\n"),
            ("crates/a/src/code.rs", "use std::io;\n//! What is late.\n"),
            ("crates/a/src/bare.rs", "//!\n//! What is late.\n"),
            ("crates/a/src/empty.rs", ""),
        ]);
        let places: Vec<String> = check(&project).into_iter().map(|f| f.place).collect();
        assert_eq!(places.len(), 3);
        assert!(!places.contains(&"crates/a/src/good.rs".to_owned()));
    }
}
