//! What does `--help` say?

use std::fmt::Write as _;

use crate::arguments::Length;
use crate::setting::Setting;
use crate::table::GROUPS;

/// The longest flag with its value that keeps its explanation on its own line.
const FLAG_COLUMN: usize = 44;

const HEAD: &str = "\
Carries realtime messages between web pages and the servers behind them.

Usage: omnibusd [FLAGS]                       run until stopped
       omnibusd check [FLAGS]                 read the settings, say what is wrong with them
       omnibusd settings [--format FORMAT]    list all settings: text, markdown, toml or json

  --config PATH    settings file; also OMNIBUS_CONFIG; without either no file is read
  --format FORMAT  of what check (text, json) and settings print
  -h, --help       everyday settings with -h, all with --help
  -V, --version    the version
";

const FOOT: &str = "
Flags come before the environment, the environment before the file, the file before the defaults.
A flag takes its value behind a space or an equals sign; a switch alone is true.
Exit codes: 0 stopped as asked, or the settings are good; 78 the settings are wrong.
";

/// Writes the help.
pub(crate) fn text(length: Length) -> String {
    let mut help = HEAD.to_owned();
    for group in &GROUPS {
        let shown = |setting: &&Setting| length == Length::Long || setting.everyday;
        let mut settings = group.settings.iter().filter(shown).peekable();
        if settings.peek().is_some() {
            push(&mut help, format_args!("\n{}:\n", group.title));
        }
        for setting in settings {
            push_setting(&mut help, setting);
        }
    }
    if length == Length::Short {
        help.push_str("\nThere are more: --help, docs/settings.md.\n");
    }
    help.push_str(FOOT);
    help
}

fn push_setting(help: &mut String, setting: &Setting) {
    let flag = setting.short_flag.map_or_else(|| setting.flag(), str::to_owned);
    let flag = format!("  {flag} {}", setting.kind.placeholder());
    let default = match setting.default {
        "" => String::new(),
        default => format!(" [{default}]"),
    };
    let explained = format!("{}{default}", setting.brief().replace('`', ""));
    if flag.len() < FLAG_COLUMN {
        push(help, format_args!("{flag:FLAG_COLUMN$}{explained}\n"));
    } else {
        push(help, format_args!("{flag}\n{:FLAG_COLUMN$}{explained}\n", ""));
    }
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("a String takes all that is written");
}
