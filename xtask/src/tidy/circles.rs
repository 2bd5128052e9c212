//! Do the modules of a crate import each other in a circle?
//!
//! Looked at are the top-level modules of each crate and the `crate::` and `super::` paths in
//! their files, tests left out: read as text, so that paths made by macros are not seen. A name
//! that the crate's root re-exports counts as an import of the module that it comes from.

use std::collections::{BTreeMap, BTreeSet};

use super::code::words;
use super::finding::Finding;
use super::paths::root_names;
use super::project::{Project, RustFile};

/// Finds a shortest circle through each module that lies on one, unless one told already has it.
pub(super) fn check(project: &Project) -> Vec<Finding> {
    let mut crates: BTreeMap<&str, Vec<Module<'_>>> = BTreeMap::new();
    for file in &project.files {
        if let Some((source, module)) = Module::of(file) {
            crates.entry(source).or_default().push(module);
        }
    }
    crates.values().flat_map(|modules| circles(&imports(modules))).collect()
}

/// A file as a part of its crate.
struct Module<'a> {
    file: &'a RustFile,
    /// The module's path from the crate's root; empty for the root.
    path: Vec<&'a str>,
}

impl<'a> Module<'a> {
    /// Tells the crate's source folder from the module; nothing for files that are no module of
    /// a crate (tests, examples) or only hold tests.
    fn of(file: &'a RustFile) -> Option<(&'a str, Self)> {
        let at = file.path.find("/src/")? + "/src/".len();
        let (source, below) = file.path.split_at(at);
        let mut path: Vec<&str> = below.strip_suffix(".rs")?.split('/').collect();
        if path.contains(&"tests") {
            return None;
        }
        if matches!(path[..], ["lib" | "main"]) || path.last() == Some(&"mod") {
            path.pop();
        }
        Some((source, Self { file, path }))
    }

    /// The code before the tests, which stand last.
    fn code(&self) -> &'a str {
        let code = self.file.code.as_str();
        let tests = code.match_indices("#[cfg(test)]").find(|(at, attribute)| {
            let next = code[at + attribute.len()..].trim_start();
            next.starts_with("mod ") && next.find('{') < next.find(';').or(Some(usize::MAX)) && next.contains('{')
        });
        tests.map_or(code, |(at, _)| &code[..at])
    }
}

/// Which module imports which, and where it does so first.
type Imports<'a> = BTreeMap<&'a str, BTreeMap<&'a str, String>>;

fn imports<'a>(modules: &[Module<'a>]) -> Imports<'a> {
    let tops: BTreeSet<&str> = modules.iter().filter_map(|m| m.path.first().copied()).collect();
    let reexports = reexports(modules, &tops);
    let mut imports: Imports<'a> = BTreeMap::new();
    for module in modules {
        let Some(&from) = module.path.first() else {
            continue;
        };
        for found in root_names(module.code(), module.path.len()) {
            let to = tops.get(found.name).or_else(|| reexports.get(found.name)).copied();
            if let Some(to) = to.filter(|to| *to != from) {
                let place = format!("{}:{}", module.file.path, found.line);
                imports.entry(from).or_default().entry(to).or_insert(place);
            }
        }
    }
    imports
}

/// The names that the root takes out of its modules, by `use module::…` statements.
fn reexports<'a>(modules: &[Module<'a>], tops: &BTreeSet<&'a str>) -> BTreeMap<&'a str, &'a str> {
    let mut names = BTreeMap::new();
    for root in modules.iter().filter(|module| module.path.is_empty()) {
        for statement in root.code().split(';') {
            let mut words = words(statement).map(|(_, word)| word).skip_while(|word| *word != "use");
            let module = words.nth(1).map(|first| match first {
                "self" | "crate" => words.next().unwrap_or(first),
                _ => first,
            });
            if let Some(module) = module.and_then(|module| tops.get(module)) {
                names.extend(words.map(|name| (name, *module)));
            }
        }
    }
    names
}

/// The circles, so many that every module on any of them is named once at least.
fn circles(imports: &Imports<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for start in imports.keys() {
        if told.contains(start) {
            continue;
        }
        if let Some(circle) = shortest_circle(imports, start) {
            told.extend(&circle);
            findings.push(finding(imports, &circle));
        }
    }
    findings
}

/// The shortest way from a module back to itself, breadth first.
fn shortest_circle<'a>(imports: &Imports<'a>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut ways = vec![vec![start]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let last = way.last().copied().unwrap_or(start);
            for next in imports.get(last).into_iter().flat_map(BTreeMap::keys) {
                if *next == start {
                    return Some(way);
                }
                if seen.insert(*next) {
                    longer.push(way.iter().copied().chain([*next]).collect());
                }
            }
        }
        ways = longer;
    }
    None
}

fn finding(imports: &Imports<'_>, circle: &[&str]) -> Finding {
    let ends = circle.iter().zip(circle.iter().cycle().skip(1));
    let steps: Vec<String> = ends
        .filter_map(|(from, to)| {
            let place = imports.get(from)?.get(to)?;
            Some(format!("`{from}` imports `{to}` ({place})"))
        })
        .collect();
    let place = imports.get(circle[0]).and_then(|to| to.get(circle[1])).cloned();
    Finding::new(
        place.unwrap_or_default(),
        format!("{}; move what they share below both", steps.join(", ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(files: &[(&str, &str)]) -> Vec<String> {
        check(&Project::of_files(files))
            .into_iter()
            .map(|finding| finding.problem)
            .collect()
    }

    #[test]
    fn downward_imports_pass() {
        let files = [
            ("crates/x/src/lib.rs", "mod a;\nmod b;\npub use a::A;"),
            (
                "crates/x/src/a.rs",
                "use crate::b::B;\n#[cfg(test)]\nmod tests { use crate::c::C; }",
            ),
            ("crates/x/src/b.rs", "pub struct B;"),
            ("crates/x/src/c.rs", "use crate::a::A;"),
            ("crates/x/src/b/tests.rs", "use crate::a::A;"),
        ];
        assert_eq!(problems(&files), [""; 0]);
    }

    #[test]
    fn circle_of_two_is_found_once_with_both_places() {
        let files = [
            ("crates/x/src/a.rs", "\nuse crate::b::B;"),
            ("crates/x/src/b/mod.rs", "use super::a::A;"),
        ];
        let problems = problems(&files);
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].contains("`a` imports `b` (crates/x/src/a.rs:2)"),
            "{problems:?}"
        );
        assert!(
            problems[0].contains("`b` imports `a` (crates/x/src/b/mod.rs:1)"),
            "{problems:?}"
        );
    }

    #[test]
    fn circle_of_three_through_a_nested_file_is_found() {
        let files = [
            ("crates/x/src/a.rs", "use crate::b::B;"),
            ("crates/x/src/b/deep.rs", "fn f() { crate::c::g() }"),
            ("crates/x/src/c.rs", "use crate::{a::A, d};"),
            ("crates/x/src/d.rs", ""),
        ];
        assert_eq!(problems(&files).len(), 1);
    }

    #[test]
    fn reexport_does_not_hide_a_circle() {
        let files = [
            (
                "crates/x/src/lib.rs",
                "mod a;\nmod b;\npub use self::a::{A, Other};\npub use b::B;",
            ),
            ("crates/x/src/a.rs", "use crate::B;"),
            ("crates/x/src/b.rs", "use crate::Other;"),
        ];
        assert_eq!(problems(&files).len(), 1);
    }

    #[test]
    fn modules_of_two_crates_are_kept_apart() {
        let files = [
            ("crates/x/src/a.rs", "use crate::b::B;"),
            ("crates/y/src/b.rs", "use crate::a::A;"),
        ];
        assert_eq!(problems(&files), [""; 0]);
    }

    #[test]
    fn paths_in_comments_and_strings_do_not_count() {
        let files = [
            ("crates/x/src/a.rs", "use crate::b::B;"),
            (
                "crates/x/src/b.rs",
                "//! See crate::a::A.\nconst T: &str = \"crate::a\";",
            ),
        ];
        assert_eq!(problems(&files), [""; 0]);
    }
}
