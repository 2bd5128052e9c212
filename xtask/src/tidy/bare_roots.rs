//! Do `lib.rs` and `mod.rs` only say what there is?
//!
//! They hold documentation, attributes, `mod`, `use` and `extern crate`, nothing that does
//! something: whoever looks for behaviour looks into a file that is named after it.

use super::finding::Finding;
use super::project::{Project, RustFile};

/// What an item may begin with once attributes and visibility are taken off.
const ALLOWED: [&str; 3] = ["mod ", "use ", "extern crate "];

/// Finds the first item in each such file that is something else.
pub(super) fn check(project: &Project) -> Vec<Finding> {
    project
        .files
        .iter()
        .filter(|file| matches!(file.name(), "lib.rs" | "mod.rs"))
        .filter_map(|file| {
            let line = first_logic(file)?;
            let shown = file.text.lines().nth(line - 1).unwrap_or_default().trim();
            Some(Finding::new(
                format!("{}:{line}", file.path),
                format!("`{shown}` is no `mod` or `use`; move it to a file named after what it does"),
            ))
        })
        .collect()
}

/// The line, counted from 1, on which the first other item begins.
fn first_logic(file: &RustFile) -> Option<usize> {
    let mut rest = file.code.as_str();
    loop {
        rest = without_attributes(rest.trim_start());
        if rest.is_empty() {
            return None;
        }
        let item = without_visibility(rest);
        let end = ends_without_body(item);
        if !ALLOWED.iter().any(|start| item.starts_with(start)) || end.is_none() {
            let before = file.code.len() - rest.len();
            return Some(file.code[..before].matches('\n').count() + 1);
        }
        rest = &item[end? + 1..];
    }
}

/// Where the `;` is that ends this item. The braces of a `use` are part of it, a module's body
/// (no `;` before its `{`) is not.
fn ends_without_body(item: &str) -> Option<usize> {
    let end = item.find(';')?;
    (item.starts_with("use ") || !item[..end].contains('{')).then_some(end)
}

fn without_attributes(mut text: &str) -> &str {
    while let Some(attribute) = text.strip_prefix("#![").or_else(|| text.strip_prefix("#[")) {
        let mut depth = 1;
        let end = attribute.find(|character| {
            depth += match character {
                '[' => 1,
                ']' => -1,
                _ => 0,
            };
            depth == 0
        });
        text = end.map_or("", |end| attribute[end + 1..].trim_start());
    }
    text
}

fn without_visibility(text: &str) -> &str {
    let Some(rest) = text.strip_prefix("pub") else {
        return text;
    };
    let rest = match rest.strip_prefix('(') {
        Some(scope) => scope.split_once(')').map_or(rest, |(_, rest)| rest),
        None => rest,
    };
    rest.trim_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<String> {
        check(&Project::of_files(&[(path, text)]))
            .into_iter()
            .map(|f| f.place)
            .collect()
    }

    #[test]
    fn modules_uses_and_attributes_pass() {
        let text = "//! What.\n#![forbid(unsafe_code)]\n\nmod a;\npub mod b;\n#[cfg(feature = \"x]\")]\n\
                    pub(crate) mod c;\npub use a::{One, two::{Three, Four}};\n#[cfg(test)]\nmod tests;\n\
                    pub(in crate::a) use b::*; // fn f() {}\n";
        assert_eq!(lines("crates/a/src/lib.rs", text), [""; 0]);
    }

    #[test]
    fn function_is_found_with_its_line() {
        let text = "//! What.\nmod a;\nuse a::{B, C};\n\n/// Does.\npub fn f() {}\n";
        assert_eq!(lines("crates/a/src/x/mod.rs", text), ["crates/a/src/x/mod.rs:6"]);
    }

    #[test]
    fn module_with_a_body_is_found() {
        let text = "mod a;\nmod b { use std::io; }\n";
        assert_eq!(lines("crates/a/src/lib.rs", text), ["crates/a/src/lib.rs:2"]);
    }

    #[test]
    fn constant_type_and_macro_are_found() {
        for item in [
            "const A: u8 = 1;",
            "pub struct S;",
            "macro_rules! m { () => {} }",
            "x!();",
        ] {
            assert_eq!(lines("crates/a/src/lib.rs", item).len(), 1, "{item}");
        }
    }

    #[test]
    fn other_files_may_hold_logic() {
        assert_eq!(lines("crates/a/src/main.rs", "fn main() {}"), [""; 0]);
    }
}
