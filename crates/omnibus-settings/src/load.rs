//! How do defaults, file, environment and flags become one set of settings?

use std::ffi::OsString;
use std::io;
use std::path::Path;

use crate::arguments::Arguments;
use crate::checks;
use crate::draft::Draft;
use crate::environment::{CONFIG, Environment};
use crate::fault::Fault;
use crate::file;
use crate::mistake::{Mistake, Mistakes};
use crate::namespaces::{self, Entry};
use crate::origins::Origins;
use crate::raw::Raw;
use crate::reading::{Given, Reading};
use crate::secret_files;
use crate::settings::{Changed, Settings};
use crate::shown;
use crate::source::Source;
use crate::table;
use crate::tls_files;

impl Settings {
    /// Reads settings from flags, environment and file; each takes the place of the defaults, and
    /// flags take that of the environment, the environment that of the file.
    ///
    /// `args` are the arguments behind the program's name, flags only. `read` reads the file that
    /// `--config` or `OMNIBUS_CONFIG` names, and is not called without either. Nothing else is
    /// looked at: neither the environment of this process nor its files.
    ///
    /// # Errors
    /// All [`Mistakes`] in all sources and combinations. A value that another one takes the place
    /// of must be a good one all the same.
    pub fn load(
        args: impl IntoIterator<Item = OsString>,
        env: impl IntoIterator<Item = (OsString, OsString)>,
        read: impl Fn(&Path) -> io::Result<Vec<u8>>,
    ) -> Result<Self, Mistakes> {
        let mut arguments = Arguments::read(args);
        for word in std::mem::take(&mut arguments.words) {
            let fault = Fault::UnknownName {
                what: "flag",
                nearest: None,
            };
            arguments.reading.mistake(&word, None, Source::CommandLine, fault);
        }
        from_arguments(arguments, env, read)
    }
}

/// Reads settings by a command line that is taken apart already.
pub(crate) fn from_arguments(
    arguments: Arguments,
    env: impl IntoIterator<Item = (OsString, OsString)>,
    read: impl Fn(&Path) -> io::Result<Vec<u8>>,
) -> Result<Settings, Mistakes> {
    let environment = Environment::read(env);
    let file = match (&arguments.config, &environment.config) {
        (Some(path), _) => {
            let name = "--config".to_owned();
            file::read(Path::new(path), Source::Flag { name }, &read)
        }
        (None, Some(path)) => {
            let name = CONFIG.to_owned();
            file::read(Path::new(path), Source::Environment { name }, &read)
        }
        (None, None) => Reading::default(),
    };
    settle([file, environment.reading, arguments.reading], read)
}

/// Applies readings, later ones over earlier ones, and checks what came of it.
fn settle(readings: [Reading; 3], read: impl Fn(&Path) -> io::Result<Vec<u8>>) -> Result<Settings, Mistakes> {
    let mut draft = Draft::new();
    for setting in table::all() {
        let default = Raw::Text(setting.default.to_owned());
        let applied = setting.apply(&default, &mut draft);
        debug_assert!(applied.is_ok(), "the default of {} is no good value", setting.key);
    }
    let mut origins = Origins::default();
    let mut mistakes = Mistakes::default();
    let mut namespaces_from = Source::Default;
    for reading in readings {
        mistakes.extend(reading.mistakes);
        if let Some(entries) = reading.namespaces {
            take_namespaces(&entries, &mut draft, &mut namespaces_from, &mut mistakes);
        }
        for given in reading.given {
            apply(given, &mut draft, &mut origins, &mut mistakes);
        }
    }
    mistakes.extend(secret_files::read(&mut draft.auth, &mut origins, &read));
    mistakes.extend(tls_files::read(&mut draft, &origins, &read));
    if draft.front.tls.is_some() && !origins.is_given("server.endpoint_scheme") {
        draft.endpoint.scheme = "wss";
    }
    mistakes.extend(checks::mistakes(&draft, &origins));
    match draft.role() {
        Some(role) if mistakes.is_empty() => {
            let warnings = checks::warnings(&draft);
            Ok(Settings {
                warnings,
                changed: changed(&origins, &draft, namespaces_from),
                ..draft.finish(role)
            })
        }
        _ => {
            mistakes.sort();
            Err(mistakes)
        }
    }
}

fn apply(given: Given, draft: &mut Draft, origins: &mut Origins, mistakes: &mut Mistakes) {
    let setting = given.setting;
    match setting.apply(&given.raw, draft) {
        Ok(()) => origins.note(given),
        Err(fault) => {
            origins.note_broken(setting.key);
            let written = given.raw.written();
            mistakes.push(Mistake {
                key: setting.key.to_owned(),
                value: Some(shown::value_of(setting.key, &written)),
                source: given.source,
                fault,
            });
        }
    }
}

/// Reads the namespaces of one source; they take the place of those that another one has named.
fn take_namespaces(entries: &[Entry], draft: &mut Draft, from: &mut Source, mistakes: &mut Mistakes) {
    let (written, wrong) = namespaces::read(entries);
    mistakes.extend(wrong);
    draft.namespaces = written;
    *from = entries.first().map_or(Source::Default, |entry| entry.source.clone());
}

fn changed(origins: &Origins, draft: &Draft, namespaces_from: Source) -> Vec<Changed> {
    let changed = table::all().filter_map(|setting| {
        let (value, source) = origins.of(setting.key);
        (source != Source::Default).then(|| Changed {
            key: setting.key,
            value: value.unwrap_or_default(),
            source,
        })
    });
    let patterns: Vec<String> = draft
        .namespaces
        .iter()
        .map(|namespace| shown::text(namespace.pattern.as_str()))
        .collect();
    let namespaces = (!patterns.is_empty()).then(|| Changed {
        key: namespaces::KEY,
        value: patterns.join(", "),
        source: namespaces_from,
    });
    changed.chain(namespaces).collect()
}
