//! Is what ARCHITECTURE.md names there?
//!
//! Paths in backticks exist, and of a pair `name` in `path` the file has the name: a function or a
//! type in Rust, a word elsewhere. So an invariant can't lose its test unseen.

use std::collections::BTreeSet;
use std::fs;

use super::code::{code_only, is_word, words};
use super::finding::Finding;
use super::project::Project;

/// A text in backticks that begins with one of these is meant as a path.
const FOLDERS: [&str; 10] = [
    ".ci/",
    "bench/",
    "clients/",
    "crates/",
    "docs/",
    "examples/",
    "fuzz/",
    "spec/",
    "tests/",
    "xtask/",
];

/// What stands between the backticks of a name and those of the path that has it.
const IN: &str = " in ";

/// Finds paths that lead nowhere, pairs that don't hold, and a project without the document.
pub(super) fn check(project: &Project) -> Vec<Finding> {
    if project.architecture.is_empty() {
        return vec![Finding::new(
            "ARCHITECTURE.md",
            "is missing; it is the map that others read",
        )];
    }
    let text = &project.architecture;
    let gone = paths(text)
        .into_iter()
        .filter(|path| !project.root.join(path).exists())
        .map(|path| format!("names `{path}`, which does not exist"));
    let lost = pairs(text)
        .into_iter()
        .filter(|(name, path)| !has(project, path, name))
        .map(|(name, path)| format!("names `{name}` in `{path}`, which has no such name"));
    gone.chain(lost)
        .map(|problem| Finding::new("ARCHITECTURE.md", problem))
        .collect()
}

/// The paths in backticks.
fn paths(text: &str) -> BTreeSet<&str> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(|text| is_path(text))
        .collect()
}

/// The pairs of a name in backticks and the path in backticks that has it. A line may end between
/// them; what has spaces in it is a command and no name.
fn pairs(text: &str) -> BTreeSet<(&str, &str)> {
    let parts: Vec<&str> = text.split('`').collect();
    let quoted_and_next = parts.windows(3).skip(1).step_by(2);
    quoted_and_next
        .filter(|parts| parts[1].replace('\n', " ") == IN)
        .map(|parts| (parts[0], parts[2]))
        .filter(|(name, path)| is_path(path) && name.chars().all(|c| is_word(c) || c == ':'))
        .collect()
}

/// Patterns (`crates/*`, `<name>`, `…`) are no paths.
fn is_path(quoted: &str) -> bool {
    FOLDERS.iter().any(|folder| quoted.starts_with(folder)) && !quoted.contains(['*', '<', '{', '…', ' ', '\n'])
}

/// Whether a file has a name; of `Type::name` the last part counts. A file that can't be read has
/// none.
fn has(project: &Project, path: &str, name: &str) -> bool {
    let text = fs::read_to_string(project.root.join(path)).unwrap_or_default();
    let name = name.rsplit("::").next().unwrap_or(name);
    if !path.ends_with(".rs") {
        return words(&text).any(|(_, word)| word == name);
    }
    let code = code_only(&text);
    let words: Vec<&str> = words(&code).map(|(_, word)| word).collect();
    match name.starts_with(char::is_lowercase) {
        true => words.windows(2).any(|pair| pair == ["fn", name]),
        false => words.contains(&name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The problems of a document, in a project that has two files in `docs/` and one in `crates/`.
    fn problems(architecture: &str) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("docs/here.md", "the word turn"),
            ("docs/empty.md", ""),
            (
                "crates/a.rs",
                "struct Turn;\nfn it_holds() { helped() }\n// fn it_is_told() {}",
            ),
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let project = Project {
            root: root.path().to_owned(),
            architecture: architecture.to_owned(),
            ..Project::default()
        };
        check(&project).into_iter().map(|finding| finding.problem).collect()
    }

    #[test]
    fn paths_are_told_from_code_and_patterns() {
        let text = "`crates/a/src/b.rs` and `Hub::new`, `crates/*`, `docs/x.md`, crates/c.rs";
        assert_eq!(
            paths(text).into_iter().collect::<Vec<_>>(),
            ["crates/a/src/b.rs", "docs/x.md"]
        );
    }

    #[test]
    fn path_that_leads_nowhere_is_found() {
        let problems = problems("`docs/here.md` `docs/gone.md`");
        assert_eq!(problems.len(), 1);
        assert!(problems[0].contains("docs/gone.md"));
    }

    #[test]
    fn pairs_that_hold_pass() {
        for text in [
            "| 1 | `it_holds` in `crates/a.rs`, `docs/empty.md` |",
            "(`Turn` in `crates/a.rs`)",
            "(`Turn::it_holds` in\n`crates/a.rs`)",
            "`turn` in `docs/here.md`",
            "`cargo xtask tidy` in `docs/empty.md`",
        ] {
            assert_eq!(problems(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn name_that_its_file_does_not_have_is_found() {
        for text in [
            "`it_holds` in `docs/empty.md`",
            "`it_is_told` in `crates/a.rs`",
            "`helped` in `crates/a.rs`",
            "`Turns` in `crates/a.rs`",
            "`Turn::is_over` in\n`crates/a.rs`",
            "`turns` in `docs/here.md`",
        ] {
            let problems = problems(text);
            assert_eq!(problems.len(), 1, "{text}");
            assert!(problems[0].ends_with("which has no such name"), "{text}");
        }
    }

    #[test]
    fn project_without_the_document_is_found() {
        assert_eq!(check(&Project::default()).len(), 1);
    }
}
