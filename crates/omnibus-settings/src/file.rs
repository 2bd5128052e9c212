//! What does the settings file say, and where in it?

use std::io;
use std::path::Path;

use toml_edit::{Document, Item, TableLike, Value};

use crate::fault::Fault;
use crate::names;
use crate::namespaces::{self, Entry, Field};
use crate::raw::Raw;
use crate::reading::{Given, Reading};
use crate::source::Source;
use crate::table;

/// The largest settings file, in bytes.
pub(crate) const FILE_BYTES_MAX: usize = 1 << 20;

/// Reads a settings file; `told` says who named it.
pub(crate) fn read(path: &Path, told: Source, read: impl Fn(&Path) -> io::Result<Vec<u8>>) -> Reading {
    let mut reading = Reading::default();
    let shown = path.to_string_lossy();
    let reason = match read(path) {
        Ok(bytes) if bytes.len() > FILE_BYTES_MAX => {
            format!("it is {} bytes, the limit is {FILE_BYTES_MAX}", bytes.len())
        }
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => return File::new(&shown, text).read(),
            Err(error) => format!("it is not UTF-8 at byte {}", error.utf8_error().valid_up_to()),
        },
        Err(error) => error.to_string(),
    };
    reading.mistake("config", Some(&shown), told, Fault::Unreadable { reason });
    reading
}

struct File<'a> {
    path: &'a str,
    text: String,
    reading: Reading,
}

impl<'a> File<'a> {
    fn new(path: &'a str, text: String) -> Self {
        Self {
            path,
            text,
            reading: Reading::default(),
        }
    }

    fn read(mut self) -> Reading {
        match Document::parse(self.text.clone()) {
            Ok(document) => self.take_table("", document.as_table()),
            Err(error) => {
                let source = self.source(error.span().map_or(0, |span| span.start));
                let reason = error.message().trim().replace('\n', ", ");
                self.reading.mistake("config", None, source, Fault::Syntax { reason });
            }
        }
        self.reading
    }

    fn take_table(&mut self, prefix: &str, table: &dyn TableLike) {
        for (name, item) in table.iter() {
            let key = format!("{prefix}{name}");
            let at = table.get_key_value(name).and_then(|(key, _)| key.span());
            let source = self.source(at.or_else(|| item.span()).map_or(0, |span| span.start));
            if key == namespaces::KEY {
                self.take_namespaces(item, source);
                continue;
            }
            let setting = table::by_key(&key);
            match (setting, item) {
                (Some(setting), item) => {
                    let raw = raw(item);
                    self.reading.given.push(Given { setting, raw, source });
                }
                (None, item) if item.is_table_like() && is_group(&key) => {
                    if let Some(inner) = item.as_table_like() {
                        self.take_table(&format!("{key}."), inner);
                    }
                }
                (None, item) => {
                    let value = item.as_value().map(|_| raw(item).written());
                    let nearest = match item.is_table_like() {
                        true => group_meant(&key).map(str::to_owned),
                        false => names::meant(&key).map(|setting| setting.key.to_owned()),
                    };
                    let what = if is_group(&key) { "single setting" } else { "setting" };
                    let fault = Fault::UnknownName { what, nearest };
                    self.reading.mistake(&key, value.as_deref(), source, fault);
                }
            }
        }
    }

    /// Takes `[[namespaces]]`, or the same as an array of inline tables.
    fn take_namespaces(&mut self, item: &Item, source: Source) {
        let tables: Option<Vec<&dyn TableLike>> = match item {
            Item::ArrayOfTables(tables) => Some(tables.iter().map(|table| table as &dyn TableLike).collect()),
            Item::Value(Value::Array(array)) => array
                .iter()
                .map(|value| value.as_inline_table().map(|table| table as &dyn TableLike))
                .collect(),
            _ => None,
        };
        let Some(tables) = tables else {
            let fault = Fault::WrongType {
                found: raw(item).found(),
                expected: "an array of tables",
                example: "[[namespaces]] above pattern = \"news.*\"",
            };
            return self.reading.mistake(namespaces::KEY, None, source, fault);
        };
        let entries = tables.into_iter().map(|table| self.entry(table, &source)).collect();
        self.reading.namespaces = Some(entries);
    }

    fn entry(&self, table: &dyn TableLike, whole: &Source) -> Entry {
        let field = |(name, item): (&str, &Item)| Field {
            name: name.to_owned(),
            raw: raw(item),
            source: table
                .get_key_value(name)
                .and_then(|(key, _)| key.span())
                .map_or_else(|| whole.clone(), |span| self.source(span.start)),
        };
        let fields: Vec<Field> = table.iter().map(field).collect();
        let source = fields
            .first()
            .map_or_else(|| whole.clone(), |first| first.source.clone());
        Entry { fields, source }
    }

    /// Says in which line and column a byte stands.
    fn source(&self, at: usize) -> Source {
        let before = self.text.get(..at).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Source::File {
            path: crate::shown::text(self.path),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

fn is_group(key: &str) -> bool {
    table::GROUPS.iter().any(|group| group.name == key)
}

fn group_meant(key: &str) -> Option<&'static str> {
    crate::nearest::nearest(key, table::GROUPS.iter().map(|group| group.name))
}

fn raw(item: &Item) -> Raw {
    let other = |found| Raw::Other {
        found,
        written: item.to_string().trim().to_owned(),
    };
    match item {
        Item::Value(Value::String(text)) => Raw::Text(text.value().clone()),
        Item::Value(Value::Boolean(value)) => Raw::Bool(*value.value()),
        Item::Value(Value::Integer(value)) => Raw::Integer(*value.value()),
        Item::Value(Value::Array(array)) => {
            let items: Option<Vec<String>> = array.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            items.map_or_else(|| other("an array of other things than strings"), Raw::List)
        }
        Item::Value(Value::Float(_)) => other("a fraction"),
        Item::Value(Value::Datetime(_)) => other("a date"),
        Item::Value(Value::InlineTable(_)) | Item::Table(_) | Item::ArrayOfTables(_) => other("a table"),
        Item::None => other("nothing"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Reading {
        read(Path::new("omnibus.toml"), Source::Default, |_| {
            Ok(text.as_bytes().to_vec())
        })
    }

    #[test]
    fn sections_dotted_keys_and_inline_tables_say_the_same() {
        for text in [
            "[server]\nport = 80\n",
            "server.port = 80",
            "server = { port = 80 }",
            "[server]\n\"port\" = 80",
        ] {
            let reading = read_text(text);
            assert!(reading.mistakes.is_empty(), "{text}: {}", reading.mistakes);
            assert_eq!(reading.given[0].setting.key, "server.port");
            assert_eq!(reading.given[0].raw, Raw::Integer(80));
        }
    }

    #[test]
    fn a_value_knows_its_line_and_column() {
        let reading = read_text("# ä\n[bus]\n  director = false\n[server]\npage = true, \n");
        assert!(
            reading.mistakes.to_string().contains("omnibus.toml:5:12"),
            "{}",
            reading.mistakes
        );
        let reading = read_text("# ä\n[bus]\n  director = false\n");
        let place = reading.given[0].source.to_string();
        assert_eq!(place, "omnibus.toml:3:3");
    }

    #[test]
    fn unknown_keys_and_sections_name_what_was_meant() {
        let reading = read_text("prot = 1\n[server]\nprot = 80\n[sever]\nport = 1\n[redis]\nurl = ''\n");
        let mends: Vec<String> = reading.mistakes.iter().map(|m| m.fault.mend()).collect();
        assert_eq!(mends.len(), 4);
        assert!(mends[1].starts_with("write server.port,"), "{mends:?}");
        assert!(mends[2].starts_with("write server,"), "{mends:?}");
        assert!(mends[3].starts_with("remove it"), "{mends:?}");
    }

    #[test]
    fn a_file_that_can_not_be_read_is_one_mistake() {
        let told = || Source::Flag {
            name: "--config".to_owned(),
        };
        for (reading, reason) in [
            (
                read(Path::new("x.toml"), told(), |_| Err(io::ErrorKind::NotFound.into())),
                "not found",
            ),
            (
                read(Path::new("x.toml"), told(), |_| Ok(vec![b'#'; FILE_BYTES_MAX + 1])),
                "the limit is",
            ),
            (read(Path::new("x.toml"), told(), |_| Ok(vec![0xff])), "not UTF-8"),
        ] {
            let report = reading.mistakes.to_string();
            assert!(report.contains(reason) && report.contains("flag --config"), "{report}");
        }
    }
}
