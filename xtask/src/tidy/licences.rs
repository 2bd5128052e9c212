//! May we ship every dependency under its licence?
//!
//! An SPDX expression passes where a choice in it is allowed as a whole: one side of each `OR`,
//! both sides of each `AND`. The old `MIT/Apache-2.0` reads as `OR`.

use super::finding::Finding;
use super::project::Project;

/// Licences that ask for no more than their text and, for the last, their own files' source.
const ALLOWED: [&str; 16] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
    "MPL-2.0",
];

/// Finds packages whose licence is absent, unreadable or not allowed.
pub(super) fn check(project: &Project) -> Vec<Finding> {
    project
        .packages
        .iter()
        .filter_map(|package| {
            let problem = match package.licence.as_deref() {
                None => "states no licence; use another crate".to_owned(),
                Some(licence) => match is_allowed(licence) {
                    Some(true) => return None,
                    Some(false) => format!(
                        "is under {licence}, which is not allowed; use another crate, or say in \
                         xtask/src/tidy/licences.rs why it may be shipped"
                    ),
                    None => format!("has the licence `{licence}`, which cannot be read"),
                },
            };
            Some(Finding::new(format!("{} {}", package.name, package.version), problem))
        })
        .collect()
}

/// Evaluates an expression; nothing where it is not one.
fn is_allowed(expression: &str) -> Option<bool> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words: Vec<&str> = spaced.split_whitespace().rev().collect();
    let value = either(&mut words)?;
    words.is_empty().then_some(value)
}

/// `all (OR all)*`; the words are a stack, the next one on top.
fn either(words: &mut Vec<&str>) -> Option<bool> {
    let mut value = all(words)?;
    while words.last() == Some(&"OR") {
        words.pop();
        value |= all(words)?;
    }
    Some(value)
}

/// `one (AND one)*`, which binds closer than `OR`.
fn all(words: &mut Vec<&str>) -> Option<bool> {
    let mut value = one(words)?;
    while words.last() == Some(&"AND") {
        words.pop();
        value &= one(words)?;
    }
    Some(value)
}

/// `( either )`, or a licence with its exception.
fn one(words: &mut Vec<&str>) -> Option<bool> {
    match words.pop()? {
        "(" => {
            let value = either(words)?;
            (words.pop()? == ")").then_some(value)
        }
        "OR" | "AND" | "WITH" | ")" => None,
        licence if words.last() == Some(&"WITH") => {
            words.pop();
            let whole = format!("{licence} WITH {}", words.pop()?);
            Some(ALLOWED.contains(&whole.as_str()))
        }
        licence => Some(ALLOWED.contains(&licence)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::metadata::Package;
    use super::*;

    #[test]
    fn choices_and_conjunctions_are_weighed() {
        for allowed in [
            "MIT",
            "MIT OR GPL-3.0-only",
            "GPL-2.0-only/MIT",
            "ISC AND (Apache-2.0 OR ISC)",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert_eq!(is_allowed(allowed), Some(true), "{allowed}");
        }
        for refused in ["GPL-3.0-only", "MIT AND GPL-3.0-only", "MIT WITH Odd-exception"] {
            assert_eq!(is_allowed(refused), Some(false), "{refused}");
        }
    }

    #[test]
    fn what_is_no_expression_is_not_read_as_one() {
        for text in ["", "MIT OR", "(MIT", "MIT Apache-2.0", "WITH x"] {
            assert_eq!(is_allowed(text), None, "{text}");
        }
    }

    #[test]
    fn package_under_another_licence_or_none_is_found() {
        let package = |licence: Option<&str>| Package {
            licence: licence.map(str::to_owned),
            ..Package::default()
        };
        let packages = [Some("MIT"), Some("AGPL-3.0-only"), Some("???"), None].map(package);
        assert_eq!(check(&Project::of_packages(packages.to_vec())).len(), 3);
    }
}
