//! What did the hot paths need when that was accepted?

use std::env::consts::ARCH;
use std::fmt;

use toml_edit::{DocumentMut, Item, Table, value};

use super::count::Counted;

/// The file with the figures: a table for each architecture, and in it what it was counted with.
pub(super) struct Figures {
    document: DocumentMut,
    known: Vec<Counted>,
}

/// What else decides how many instructions there are, beside our code and its dependencies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tools {
    pub(super) rustc: String,
    pub(super) libc: String,
    pub(super) valgrind: String,
}

impl Tools {
    fn entries(&self) -> [(&'static str, &str); 3] {
        [
            ("rustc", &self.rustc),
            ("libc", &self.libc),
            ("valgrind", &self.valgrind),
        ]
    }
}

const COUNTED_WITH: &str = "counted_with";
const INSTRUCTIONS: &str = "instructions";

impl Figures {
    /// Reads the file. Of another architecture than this one's nothing is known.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let document: DocumentMut = text.parse().map_err(|error| format!("{error}"))?;
        let mut known = Vec::new();
        let table = document
            .get(ARCH)
            .and_then(|arch| arch.get(INSTRUCTIONS))
            .and_then(Item::as_table);
        for (path, item) in table.into_iter().flat_map(Table::iter) {
            let instructions = item.as_float().filter(|&figure| figure > 0.0);
            known.push(Counted {
                path: path.to_owned(),
                instructions: instructions.ok_or_else(|| format!("{path} is {item}, which is no number above 0"))?,
            });
        }
        Ok(Self { document, known })
    }

    /// What is known of this architecture.
    pub(super) fn known(&self) -> &[Counted] {
        &self.known
    }

    /// Puts what was counted in the place of what was known; the comments stay.
    pub(super) fn replace(&mut self, counted: &[Counted], tools: &Tools) {
        let mut empty = Table::new();
        empty.set_implicit(true);
        let arch = self.document.entry(ARCH).or_insert(Item::Table(empty));
        let with = tools.entries().map(|(tool, version)| (tool, value(version)));
        refill(&mut arch[COUNTED_WITH], with);
        let rounded = |figure: f64| value((figure * 10.0).round() / 10.0);
        let instructions = counted.iter().map(|one| (&*one.path, rounded(one.instructions)));
        refill(&mut arch[INSTRUCTIONS], instructions);
        self.known = counted.to_vec();
    }

    /// Says with what else the figures were counted, where that was something else.
    pub(super) fn other_tools(&self, tools: &Tools) -> Option<String> {
        let known = self.document.get(ARCH)?.get(COUNTED_WITH)?;
        let differing = tools.entries().into_iter().filter_map(|(tool, here)| {
            let then = known.get(tool)?.as_str()?;
            (then != here).then(|| format!("{tool} was {then} and is {here}"))
        });
        let differing: Vec<String> = differing.collect();
        (!differing.is_empty()).then(|| format!("the figures were counted with other tools: {}", differing.join(", ")))
    }
}

/// Gives a table these entries and no others.
fn refill<'a>(item: &mut Item, entries: impl IntoIterator<Item = (&'a str, Item)>) {
    let table = item.or_insert(Item::Table(Table::new())).as_table_mut();
    let table = table.expect("the file was read, so that these are tables");
    table.clear();
    entries.into_iter().for_each(|(key, entry)| table[key] = entry);
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.document.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tools(rustc: &str) -> Tools {
        Tools {
            rustc: rustc.to_owned(),
            libc: "glibc 2.36".to_owned(),
            valgrind: "valgrind-3.19.0".to_owned(),
        }
    }

    fn counted(path: &str, instructions: f64) -> Counted {
        Counted {
            path: path.to_owned(),
            instructions,
        }
    }

    #[test]
    fn what_is_accepted_reads_back_and_the_comments_stay() {
        let before = format!("# Why.\n\n[{ARCH}.counted_with]\n\n[other.instructions]\nparse = 1.0\n");
        let mut figures = Figures::parse(&before).unwrap();
        assert_eq!(figures.known(), []);
        figures.replace(&[counted("parse", 99.96), counted("relay", 12.34)], &tools("rustc 1"));
        let text = figures.to_string();
        assert!(
            text.starts_with(&format!("# Why.\n\n[{ARCH}.counted_with]\n")),
            "{text}"
        );
        assert!(text.contains("\n[other.instructions]\nparse = 1.0\n"), "{text}");
        let again = Figures::parse(&text).unwrap();
        assert_eq!(again.known(), [counted("parse", 100.0), counted("relay", 12.3)]);
        assert_eq!(again.other_tools(&tools("rustc 1")), None);
        let other = again.other_tools(&tools("rustc 2")).unwrap();
        assert!(other.ends_with(": rustc was rustc 1 and is rustc 2"), "{other}");
    }

    #[test]
    fn a_figure_that_is_none_is_told() {
        let problem = Figures::parse(&format!("[{ARCH}.instructions]\nparse = \"many\"\n")).err();
        assert!(problem.unwrap().starts_with("parse is"));
    }
}
