//! Does every file that ARCHITECTURE.md names exist.

use std::collections::BTreeSet;

use super::finding::Finding;
use super::project::Project;

/// A text in backticks that begins with one of these is meant as a path.
const FOLDERS: [&str; 12] = [
    ".ci/",
    "bench/",
    "clients/",
    "console/",
    "crates/",
    "deploy/",
    "docs/",
    "examples/",
    "fuzz/",
    "spec/",
    "tests/",
    "xtask/",
];

/// Finds paths in backticks that lead nowhere, and a project without the document.
pub(super) fn check(project: &Project) -> Vec<Finding> {
    if project.architecture.is_empty() {
        return vec![Finding::new(
            "ARCHITECTURE.md",
            "is missing; it is the map that others read",
        )];
    }
    named(&project.architecture)
        .into_iter()
        .filter(|path| !project.root.join(path).exists())
        .map(|path| {
            let problem = format!("names `{path}`, which does not exist");
            Finding::new("ARCHITECTURE.md", problem)
        })
        .collect()
}

/// The paths in backticks; patterns (`crates/*`, `<name>`, `…`) are no paths.
fn named(text: &str) -> BTreeSet<&str> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(|quoted| FOLDERS.iter().any(|folder| quoted.starts_with(folder)))
        .filter(|quoted| !quoted.contains(['*', '<', '{', '…', ' ', '\n']))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn paths_are_told_from_code_and_patterns() {
        let text = "`crates/a/src/b.rs` and `Hub::new`, `crates/*`, `docs/x.md`, crates/c.rs";
        assert_eq!(
            named(text).into_iter().collect::<Vec<_>>(),
            ["crates/a/src/b.rs", "docs/x.md"]
        );
    }

    #[test]
    fn path_that_leads_nowhere_is_found() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("docs")).unwrap();
        fs::write(root.path().join("docs/here.md"), "").unwrap();
        let project = Project {
            root: root.path().to_owned(),
            architecture: "`docs/here.md` `docs/gone.md`".to_owned(),
            ..Project::default()
        };
        let findings = check(&project);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].problem.contains("docs/gone.md"));
    }

    #[test]
    fn project_without_the_document_is_found() {
        assert_eq!(check(&Project::default()).len(), 1);
    }
}
