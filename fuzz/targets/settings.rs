//! Are settings read or refused in words that forge no line, wherever they come from?
//!
//! Input: a byte that says from where; then a file, or arguments or variables, one a line.
#![no_main]

use std::ffi::OsString;
use std::io;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use omnibus_fuzz::input::Input;
use omnibus_settings::{Mistakes, Settings, Source, units};
use serde_json::Value;

const CONFIG: &str = "OMNIBUS_CONFIG";
const FILE: &str = "omnibus.toml";

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let from = input.byte();
    let text = input.rest();
    let loaded = load(from, text);
    match (&loaded, load(from, text)) {
        (Ok(settings), Ok(again)) => assert_eq!(format!("{settings:?}"), format!("{again:?}")),
        (Err(mistakes), Err(again)) => assert_eq!(*mistakes, again),
        _ => panic!("the same text is read and refused"),
    }
    match loaded {
        Ok(settings) => check_settings(&settings),
        Err(mistakes) => check_mistakes(&mistakes, text),
    }
    check_units(text);
});

fn load(from: u8, text: &[u8]) -> Result<Settings, Mistakes> {
    let lines = || text.split(|&byte| byte == b'\n').map(String::from_utf8_lossy);
    let nothing = |_: &Path| Err(io::ErrorKind::NotFound.into());
    match from & 3 {
        0 | 1 => {
            let environment = [(OsString::from(CONFIG), OsString::from(FILE))];
            Settings::load([], environment, |_| Ok(text.to_vec()))
        }
        2 => Settings::load(lines().map(|line| OsString::from(line.as_ref())), [], nothing),
        _ => {
            let variables = lines().map(|line| {
                let (name, value) = line.split_once('=').unwrap_or((&line, ""));
                (OsString::from(name), OsString::from(value))
            });
            Settings::load([], variables, nothing)
        }
    }
}

fn check_settings(settings: &Settings) {
    for changed in &settings.changed {
        assert!(is_one_line(&changed.value) && is_one_line(&changed.source.to_string()));
    }
    assert!(settings.warnings.iter().all(|warning| is_one_line(warning)));
    assert!(is_one_line(&settings.endpoint_url("page.example")));
}

/// Checks that a report names a place in the file and has the lines that it means to have.
fn check_mistakes(mistakes: &Mistakes, text: &[u8]) {
    assert!(!mistakes.is_empty());
    let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    for mistake in mistakes {
        assert!(is_one_line(&mistake.key), "{:?}", mistake.key);
        assert!(mistake.value.as_deref().is_none_or(is_one_line), "{:?}", mistake.value);
        assert!(
            is_one_line(&mistake.fault.to_string()),
            "{:?}",
            mistake.fault.to_string()
        );
        assert!(is_one_line(&mistake.fault.mend()), "{:?}", mistake.fault.mend());
        if let Source::File { line, column, path } = &mistake.source {
            assert_eq!(path, FILE);
            let line = lines.get(line - 1).expect("a mistake stands in a line of the file");
            assert!((1..=line.len() + 1).contains(column));
        }
    }
    let json: Value = serde_json::from_str(&mistakes.to_json()).expect("a report is JSON");
    let told = json["mistakes"].as_array().map(Vec::len);
    assert_eq!(told, Some(mistakes.len()));
}

/// Checks that what is read as bytes or as a time is written so that it reads the same.
fn check_units(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    if let Some(bytes) = units::bytes(text) {
        assert_eq!(units::bytes(&units::show_bytes(bytes)), Some(bytes));
    }
    if let Some(time) = units::duration(text) {
        assert_eq!(units::duration(&units::show_duration(time)), Some(time));
    }
}

fn is_one_line(text: &str) -> bool {
    !text.chars().any(char::is_control)
}
