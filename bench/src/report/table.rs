//! How is a table of servers written?

use std::fmt::{self, Write as _};

use crate::cases::cost::quotients;
use crate::cases::turns::Rounds;

use super::figures::shown;
use super::results::Results;

/// A figure of all servers, and whether it is compared with the base's.
pub(super) struct Column<'a, T> {
    pub(super) head: &'a str,
    pub(super) rounds: &'a Rounds<T>,
    pub(super) figure: &'a dyn Fn(&T) -> f64,
    pub(super) is_compared: bool,
}

/// Writes a row for each server that was measured.
pub(super) fn write<T>(results: &Results, columns: &[Column<'_, T>], f: &mut String) -> fmt::Result {
    let base = results.base();
    let compared = |column: &Column<'_, T>| base.filter(|_| column.is_compared);
    let (mut head, mut line) = (String::from("\n| server |"), String::from("|---|"));
    for column in columns {
        write!(head, " {} |", column.head)?;
        line += "---:|";
        if let Some(base) = compared(column) {
            write!(head, " ÷ {} |", results.contenders[base])?;
            line += "---:|";
        }
    }
    writeln!(f, "{head}\n{line}")?;
    for (number, name) in results.contenders.iter().enumerate() {
        if columns.iter().all(|column| column.rounds[number].is_empty()) {
            continue;
        }
        write!(f, "| {name} |")?;
        for column in columns {
            let rounds = &column.rounds[number];
            write!(f, " {} |", shown(rounds.iter().map(column.figure)))?;
            match compared(column) {
                Some(base) if base == number => f.push_str(" 1 |"),
                Some(base) => {
                    let ratios = quotients(rounds, &column.rounds[base], column.figure);
                    write!(f, " {} |", shown(ratios))?;
                }
                None => {}
            }
        }
        writeln!(f)?;
    }
    Ok(())
}
