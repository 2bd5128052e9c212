//! Does every file say at its top which question it answers?

use super::finding::Finding;
use super::project::Project;

/// Finds files that don't open with a `//!` whose first sentence is a question.
pub(super) fn check(project: &Project) -> Vec<Finding> {
    project
        .files
        .iter()
        .filter(|file| !opens_well(&file.text))
        .map(|file| Finding::new(&file.path, "does not open with `//!` and the question that it answers"))
        .collect()
}

/// A question may be longer than a line, and more may follow it.
fn opens_well(text: &str) -> bool {
    let paragraph: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//! ")).collect();
    first_sentence(&paragraph.join(" ")).ends_with('?')
}

/// A sentence ends where a space or nothing follows its mark, so that `lib.rs` ends none.
fn first_sentence(paragraph: &str) -> &str {
    let end = paragraph.find(". ").into_iter().chain(paragraph.find("? ")).min();
    end.map_or(paragraph, |end| &paragraph[..=end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> bool {
        !check(&Project::of_files(&[("crates/a/src/a.rs", text)])).is_empty()
    }

    #[test]
    fn file_that_opens_with_its_question_passes() {
        for text in [
            "//! What is good?\n",
            "//! What is in `lib.rs`?\n//!\n//! Little.\n",
            "//! What is long, so that it\n//! needs two lines? It ends here.\n",
            "//! What is asked? (RFC 6455, section 5)\nuse std::io;\n",
        ] {
            assert!(!found(text), "{text}");
        }
    }

    #[test]
    fn file_without_a_question_is_found() {
        for text in [
            "use std::io;\n//! What is late?\n",
            "//!\n//! What is late?\n",
            "//! What is told.\n",
            "//! Things that are told. Are they?\n",
            "//! Things\n//!\n//! What is late?\n",
            "",
        ] {
            assert!(found(text), "{text}");
        }
    }
}
