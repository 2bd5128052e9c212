//! What does the command line say?

use std::ffi::OsString;

use crate::fault::Fault;
use crate::kind::{Kind, bool_word};
use crate::names;
use crate::raw::Raw;
use crate::reading::{Given, Reading};
use crate::setting::Setting;
use crate::source::Source;
use crate::table;

/// A command line, taken apart; the program's own name is not part of it.
#[derive(Clone, Default)]
pub(crate) struct Arguments {
    /// Words that are no flags.
    pub(crate) words: Vec<String>,
    /// The value of `--format`.
    pub(crate) format: Option<String>,
    /// The value of `--config`.
    pub(crate) config: Option<OsString>,
    /// Whether help is asked for, and how much.
    pub(crate) help: Option<Length>,
    /// Whether the version is asked for.
    pub(crate) version: bool,
    /// The settings among the flags.
    pub(crate) reading: Reading,
}

/// How much help is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// `-h`: everyday settings.
    Short,
    /// `--help`: all.
    Long,
}

impl Arguments {
    /// Takes a command line apart: `--key value`, `--key=value`, a switch alone for true.
    pub(crate) fn read(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let mut rest = arguments.into_iter().peekable();
        let mut read = Self::default();
        while let Some(argument) = rest.next() {
            let (flag, value) = match split(argument) {
                Split::Flag { name, value } => (name, value),
                Split::Word(word) => {
                    read.words.push(word);
                    continue;
                }
                Split::NotUtf8(lossy) => {
                    read.reading.mistake(&lossy, None, Source::CommandLine, Fault::NotUtf8);
                    continue;
                }
            };
            match flag.as_str() {
                "-h" => read.help = read.help.or(Some(Length::Short)),
                "--help" => read.help = Some(Length::Long),
                "-V" | "--version" => read.version = true,
                "--config" => read.config = read.take_value(&flag, value, &mut rest, "--config omnibus.toml"),
                "--format" => {
                    let value = read.take_value(&flag, value, &mut rest, "--format json");
                    read.format = value.and_then(|value| read.in_utf8(&flag, value));
                }
                _ => match table::all().find(|setting| setting.has_flag(&flag)) {
                    Some(setting) => read.take_setting(setting, flag, value, &mut rest),
                    None => read.refuse(&flag, value, &mut rest),
                },
            }
        }
        read
    }

    fn take_setting(
        &mut self,
        setting: &'static Setting,
        flag: String,
        value: Option<OsString>,
        rest: &mut std::iter::Peekable<impl Iterator<Item = OsString>>,
    ) {
        let is_switch = matches!(setting.kind, Kind::Bool { .. });
        let next_is_bool = rest.peek().and_then(|next| next.to_str()).and_then(bool_word).is_some();
        let text = if is_switch && value.is_none() && !next_is_bool {
            Some("true".to_owned())
        } else {
            let example = format!("{flag} {}", setting.example);
            self.take_value(&flag, value, rest, &example)
                .and_then(|value| self.in_utf8(&flag, value))
        };
        if let Some(text) = text {
            self.reading.given.push(Given {
                setting,
                raw: Raw::Text(text),
                source: Source::Flag { name: flag },
            });
        }
    }

    /// Gives the value behind `=`, or the next argument unless it is a flag.
    fn take_value(
        &mut self,
        flag: &str,
        value: Option<OsString>,
        rest: &mut std::iter::Peekable<impl Iterator<Item = OsString>>,
        example: &str,
    ) -> Option<OsString> {
        let value = value.or_else(|| rest.next_if(|next| !next.as_encoded_bytes().starts_with(b"--")));
        if value.is_none() {
            let example = example.to_owned();
            let source = Source::Flag { name: flag.to_owned() };
            self.reading.mistake(flag, None, source, Fault::NoValue { example });
        }
        value
    }

    fn in_utf8(&mut self, flag: &str, value: OsString) -> Option<String> {
        value
            .into_string()
            .map_err(|value| {
                let source = Source::Flag { name: flag.to_owned() };
                self.reading
                    .mistake(flag, Some(&value.to_string_lossy()), source, Fault::NotUtf8);
            })
            .ok()
    }

    /// Notes an unknown flag, and takes what is most likely its value with it.
    fn refuse(
        &mut self,
        flag: &str,
        value: Option<OsString>,
        rest: &mut std::iter::Peekable<impl Iterator<Item = OsString>>,
    ) {
        let value = value.or_else(|| {
            rest.next_if(|next| !next.as_encoded_bytes().starts_with(b"-") && next != "check" && next != "settings")
        });
        let value = value.map(|value| value.to_string_lossy().into_owned());
        let source = Source::Flag { name: flag.to_owned() };
        let fault = Fault::UnknownName {
            what: "flag",
            nearest: names::meant(flag).map(Setting::flag),
        };
        self.reading.mistake(flag, value.as_deref(), source, fault);
    }
}

enum Split {
    Flag { name: String, value: Option<OsString> },
    Word(String),
    NotUtf8(String),
}

/// Tells flags from words, and a flag from its value. Only a value may be no UTF-8.
fn split(argument: OsString) -> Split {
    match argument.into_string() {
        Ok(text) if !text.starts_with('-') || text == "-" => Split::Word(text),
        Ok(text) => match text.split_once('=') {
            Some((name, value)) => Split::Flag {
                name: name.to_owned(),
                value: Some(value.into()),
            },
            None => Split::Flag {
                name: text,
                value: None,
            },
        },
        Err(argument) => Split::NotUtf8(argument.to_string_lossy().into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Arguments {
        Arguments::read(arguments.iter().map(OsString::from))
    }

    fn given(arguments: &Arguments) -> Vec<(&'static str, String)> {
        let given = arguments.reading.given.iter();
        given.map(|given| (given.setting.key, given.raw.written())).collect()
    }

    #[test]
    fn a_value_stands_behind_a_space_or_an_equals_sign() {
        let read = read(&["--server-port", "80", "--server-base-url=/a=b", "--shards=2"]);
        assert_eq!(
            given(&read),
            [
                ("server.port", "80".to_owned()),
                ("server.base_url", "/a=b".to_owned()),
                ("server.shards", "2".to_owned())
            ]
        );
        assert!(read.reading.mistakes.is_empty());
    }

    #[test]
    fn a_switch_alone_is_true_and_does_not_swallow_a_word() {
        let read = read(&["--bus-forwarder", "check", "--bus-director", "no", "--server-page"]);
        assert_eq!(read.words, ["check"]);
        let values: Vec<String> = given(&read).into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, ["true", "no", "true"]);
    }

    #[test]
    fn a_flag_without_its_value_says_what_to_write() {
        let read = read(&["--server-port", "--server-page", "--config"]);
        let mends: Vec<String> = read.reading.mistakes.iter().map(|m| m.fault.mend()).collect();
        assert_eq!(mends, ["write --server-port 80", "write --config omnibus.toml"]);
    }

    #[test]
    fn an_unknown_flag_is_one_mistake_with_its_value() {
        let read = read(&["--server-prot", "80", "--frobnicate", "check", "-x"]);
        let mistakes: Vec<_> = read.reading.mistakes.iter().collect();
        assert_eq!(mistakes.len(), 3);
        assert_eq!(mistakes[0].value.as_deref(), Some("80"));
        assert!(mistakes[0].fault.mend().contains("--server-port"));
        assert_eq!(mistakes[1].value, None);
        assert_eq!(read.words, ["check"]);
    }

    #[cfg(unix)]
    #[test]
    fn only_a_path_may_be_no_utf_8() {
        use std::os::unix::ffi::OsStringExt;
        let wild = OsString::from_vec(b"\xff.toml".to_vec());
        let read = Arguments::read(["--config".into(), wild.clone(), "--server-host".into(), wild.clone()]);
        assert_eq!(read.config, Some(wild));
        assert_eq!(read.reading.mistakes.len(), 1);
    }
}
