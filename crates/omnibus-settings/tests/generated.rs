//! Are the generated pages those that the definitions say?
//!
//! `OMNIBUS_BLESS=1 cargo test -p omnibus-settings` writes them anew.

use std::path::{Path, PathBuf};

use omnibus_settings::{Command, SettingsFormat};

fn check(name: &str, generated: &str) {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../docs", name].iter().collect();
    if std::env::var_os("OMNIBUS_BLESS").is_some() {
        std::fs::write(&path, generated).expect("docs is writable");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == generated,
        "docs/{name} is not what the definitions say; run OMNIBUS_BLESS=1 cargo test -p omnibus-settings"
    );
}

#[test]
fn the_reference_page_is_generated() {
    check("settings.md", &SettingsFormat::Markdown.listing());
}

#[test]
fn the_example_file_is_generated() {
    check("omnibus.example.toml", &SettingsFormat::Toml.listing());
}

#[test]
fn the_example_file_is_a_good_settings_file() {
    let file = |path: &Path| {
        assert_eq!(path, Path::new("omnibus.example.toml"));
        Ok(SettingsFormat::Toml.listing().into_bytes())
    };
    let read = Command::read(["--config=omnibus.example.toml".into()], [], file);
    assert!(matches!(read, Ok(Command::Run(settings)) if settings.changed.is_empty()));
}

#[test]
fn every_listing_has_every_setting() {
    let json: serde_json::Value = serde_json::from_str(&SettingsFormat::Json.listing()).unwrap();
    let settings = json["settings"].as_array().unwrap();
    assert!(settings.len() > 50);
    let (text, markdown) = (SettingsFormat::Text.listing(), SettingsFormat::Markdown.listing());
    for setting in settings {
        let key = setting["key"].as_str().unwrap();
        assert!(
            text.contains(key) && markdown.contains(&format!("### `{key}`")),
            "{key}"
        );
    }
}

#[test]
fn no_line_of_the_help_is_too_long_to_read() {
    for flag in ["-h", "--help"] {
        let Ok(Command::Help(help)) = Command::read([flag.into()], [], |_| Ok(Vec::new())) else {
            panic!("{flag} is no help");
        };
        for line in help.lines() {
            assert!(line.len() <= 140, "{line}");
        }
    }
}
