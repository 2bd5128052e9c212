//! How are all settings listed?

use serde_json::{Value, json};

use crate::command::SettingsFormat;
use crate::example;
use crate::reference;
use crate::setting::Setting;
use crate::table;

impl SettingsFormat {
    /// Lists all settings in this format, with a line end at the end.
    #[must_use]
    pub fn listing(self) -> String {
        match self {
            Self::Text => text(),
            Self::Markdown => reference::markdown(),
            Self::Toml => example::toml(),
            Self::Json => format!("{:#}\n", json()),
        }
    }
}

/// One line for each setting: key, default, environment name, flag.
fn text() -> String {
    let rows: Vec<[String; 4]> = table::all()
        .map(|setting| {
            let default = match setting.default {
                "" => "-".to_owned(),
                default => default.to_owned(),
            };
            [setting.key.to_owned(), default, setting.environment(), setting.flag()]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    let lines = rows.iter().map(|[key, default, environment, flag]| {
        let [keys, defaults, environments] = widths;
        format!("{key:keys$}  {default:defaults$}  {environment:environments$}  {flag}\n")
    });
    lines.collect()
}

fn json() -> Value {
    let settings: Vec<Value> = table::all().map(setting).collect();
    json!({ "settings": settings })
}

fn setting(setting: &Setting) -> Value {
    json!({
        "key": setting.key,
        "environment": setting.environment(),
        "flag": setting.flag(),
        "short_flag": setting.short_flag,
        "type": setting.kind.noun(),
        "values": setting.kind.bounds(),
        "default": setting.default,
        "example": setting.example,
        "doc": setting.doc,
    })
}
