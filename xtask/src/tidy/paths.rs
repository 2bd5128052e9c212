//! Which paths through its own crate does a file name?
//!
//! Every `crate::…` and `super::…` of the file, groups taken apart, as far as the first name
//! after the crate's root: that is the top-level module, or what the root re-exports.

use super::code::is_word;

/// A name directly below the crate's root that a file uses.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RootName<'a> {
    /// The line on which the path begins, counted from 1.
    pub(super) line: usize,
    /// The first name after the root.
    pub(super) name: &'a str,
}

/// Returns the names below the root that this code uses.
///
/// `depth` is how many modules lie between the file and the root: 0 for `lib.rs`, 1 for `a.rs`
/// and `a/mod.rs`, 2 for `a/b.rs`. Inline modules are not counted, so that a `super::` in one
/// reads one step too far out: such a path ends above the root and is left out.
pub(super) fn root_names(code: &str, depth: usize) -> Vec<RootName<'_>> {
    let mut names = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        let before = code[..start].trim_end();
        let is_visibility = before.ends_with("(in");
        if !code[..start].ends_with(is_word) && !is_visibility {
            add_tree(code, start, start + "crate::".len(), &mut names);
        }
    }
    for (start, _) in code.match_indices("super::") {
        if code[..start].ends_with(is_word) || code[..start].ends_with("super::") {
            continue;
        }
        let mut end = start;
        let mut steps = 0;
        while let Some(rest) = code[end..].strip_prefix("super::") {
            end = code.len() - rest.len();
            steps += 1;
        }
        if steps == depth {
            add_tree(code, start, end, &mut names);
        }
    }
    names
}

/// Adds the first names of the tree `name::…` or `{tree, tree}` that begins at `at`.
fn add_tree<'a>(code: &'a str, start: usize, at: usize, names: &mut Vec<RootName<'a>>) {
    let line = code[..start].matches('\n').count() + 1;
    let rest = code[at..].trim_start();
    let Some(group) = rest.strip_prefix('{') else {
        names.extend(first_word(rest).map(|name| RootName { line, name }));
        return;
    };
    let mut depth = 1;
    let mut branch = 0;
    for (offset, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && character == ',') {
            names.extend(first_word(&group[branch..offset]).map(|name| RootName { line, name }));
            branch = offset + 1;
        }
        if depth == 0 {
            break;
        }
    }
}

/// The word that this text begins with, without white space before it.
fn first_word(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
    (end > 0).then(|| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(code: &str, depth: usize) -> Vec<&str> {
        root_names(code, depth).into_iter().map(|found| found.name).collect()
    }

    #[test]
    fn uses_and_expressions_are_read() {
        let code = "use crate::a::B;\nfn f() { crate::c::d(); }\nuse crate::{e, f::{g, h}, I as J};";
        assert_eq!(names(code, 1), ["a", "c", "e", "f", "I"]);
        assert_eq!(root_names(code, 1)[1].line, 2);
    }

    #[test]
    fn super_counts_where_it_reaches_the_root() {
        let code = "use super::a;\nuse super::super::{b, c};";
        assert_eq!(names(code, 1), ["a"]);
        assert_eq!(names(code, 2), ["b", "c"]);
        assert_eq!(names(code, 3), [""; 0]);
    }

    #[test]
    fn visibility_and_other_crates_are_not_paths() {
        assert_eq!(
            names("pub(crate) fn f() {}\npub(in crate::a) use x;\nmy_crate::b();", 1),
            [""; 0]
        );
    }
}
