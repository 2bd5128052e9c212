//! What is the server asked to do?

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::arguments::Arguments;
use crate::fault::Fault;
use crate::file::FILE_BYTES_MAX;
use crate::help;
use crate::load::from_arguments;
use crate::mistake::Mistakes;
use crate::nearest::nearest;
use crate::settings::Settings;
use crate::source::Source;

/// What the server is asked to do.
#[derive(Debug)]
pub enum Command {
    /// `omnibusd`: run with these settings.
    Run(Box<Settings>),
    /// `omnibusd check`: say whether the settings are good.
    Check {
        /// The settings, or all that is wrong with them.
        outcome: Result<Box<Settings>, Mistakes>,
        /// How to say it.
        format: CheckFormat,
    },
    /// `omnibusd settings`: list all settings.
    Settings {
        /// How to list them.
        format: SettingsFormat,
    },
    /// `--help`: print this.
    Help(String),
    /// `--version`.
    Version,
}

/// How `check` says what it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckFormat {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

/// How `settings` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsFormat {
    /// For a terminal.
    Text,
    /// The reference page, `docs/settings.md`.
    Markdown,
    /// The example file, `docs/omnibus.example.toml`.
    Toml,
    /// For machines.
    Json,
}

const CHECK_FORMATS: [(&str, CheckFormat); 2] = [("text", CheckFormat::Text), ("json", CheckFormat::Json)];

const SETTINGS_FORMATS: [(&str, SettingsFormat); 4] = [
    ("text", SettingsFormat::Text),
    ("markdown", SettingsFormat::Markdown),
    ("toml", SettingsFormat::Toml),
    ("json", SettingsFormat::Json),
];

impl Command {
    /// Reads the command line, the environment and the settings file of this process.
    ///
    /// # Errors
    /// The [`Mistakes`] of a command that can't be carried out. Those of settings that `check`
    /// was asked about are its outcome and no error.
    pub fn from_process() -> Result<Self, Mistakes> {
        Self::read(std::env::args_os().skip(1), std::env::vars_os(), read_file)
    }

    /// Reads a command line without the program's name, an environment, and a file by `read`; see
    /// [`Settings::load`].
    ///
    /// # Errors
    /// See [`Command::from_process`].
    pub fn read(
        args: impl IntoIterator<Item = OsString>,
        env: impl IntoIterator<Item = (OsString, OsString)>,
        read: impl Fn(&Path) -> io::Result<Vec<u8>>,
    ) -> Result<Self, Mistakes> {
        let mut arguments = Arguments::read(args);
        let mut words = std::mem::take(&mut arguments.words).into_iter();
        let name = words.next();
        if let Some(length) = arguments.help {
            return Ok(Self::Help(help::text(length)));
        }
        if arguments.version {
            return Ok(Self::Version);
        }
        for word in words {
            refuse(&mut arguments, &word, "second command", None);
        }
        match name.as_deref() {
            None => {
                format::<CheckFormat>(&mut arguments, &[]);
                from_arguments(arguments, env, read).map(|settings| Self::Run(Box::new(settings)))
            }
            Some("check") => {
                let format = format(&mut arguments, &CHECK_FORMATS).unwrap_or(CheckFormat::Text);
                let outcome = from_arguments(arguments, env, read).map(Box::new);
                Ok(Self::Check { outcome, format })
            }
            Some("settings") => {
                let format = format(&mut arguments, &SETTINGS_FORMATS).unwrap_or(SettingsFormat::Text);
                match arguments.reading.mistakes {
                    mistakes if mistakes.is_empty() => Ok(Self::Settings { format }),
                    mistakes => Err(mistakes),
                }
            }
            Some(word) => {
                let nearest = nearest(word, ["check", "settings"]);
                refuse(&mut arguments, word, "command", nearest);
                Err(arguments.reading.mistakes)
            }
        }
    }
}

fn refuse(arguments: &mut Arguments, word: &str, what: &'static str, nearest: Option<&str>) {
    let nearest = nearest.map(str::to_owned);
    let fault = Fault::UnknownName { what, nearest };
    arguments.reading.mistake(word, None, Source::CommandLine, fault);
}

/// Finds the format that was asked for, and notes one that this command does not have.
fn format<T: Copy>(arguments: &mut Arguments, known: &[(&str, T)]) -> Option<T> {
    let wanted = arguments.format.take()?;
    let found = known.iter().find(|(word, _)| *word == wanted);
    if found.is_none() {
        let source = Source::Flag {
            name: "--format".to_owned(),
        };
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        let fault = match words.as_slice() {
            [] => Fault::Conflict {
                problem: "only check and settings print in a format".to_owned(),
                mend: "remove it; how the log is written is --log-format".to_owned(),
            },
            words => Fault::NotAChoice {
                words: words.join(", "),
                nearest: nearest(&wanted, words.iter().copied()).map(str::to_owned),
            },
        };
        arguments.reading.mistake("--format", Some(&wanted), source, fault);
    }
    found.map(|(_, format)| *format)
}

/// Reads a settings file, and of one that is too large no more than shows that it is.
fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
