//! How are tables of one server in several forms written?

use std::fmt::{self, Write as _};

use crate::cases::cost::{Cost, ratios};
use crate::cases::fan_out::Comparison;
use crate::cases::idle_memory::{Bytes, IdleMemory};

use super::figures::{shown, with_commas};

/// What is compared: ways to be a client of ours.
pub(super) struct Forms<'a> {
    /// What the column says that names them.
    pub(super) head: &'a str,
    /// The one comes first with which the others are compared.
    pub(super) names: &'a [&'static str],
}

/// A further column: what it shows of a form that is not the first one.
pub(super) type More<'a> = (&'a str, &'a dyn Fn(&Comparison) -> Vec<f64>);

impl Forms<'_> {
    /// Writes what a delivery costs, a row for each mode and form.
    pub(super) fn costs(&self, comparisons: &[Comparison], more: Option<More<'_>>, f: &mut String) -> fmt::Result {
        let Self { head, names } = self;
        write!(f, "| mode | {head} | CPU s per million deliveries | ÷ {} |", names[0])?;
        let line = "\n|---|---|---:|---:|";
        match more {
            Some((head, _)) => writeln!(f, " {head} |{line}---:|")?,
            None => writeln!(f, "{line}")?,
        }
        for comparison in comparisons {
            for (number, (form, costs)) in names.iter().zip(&comparison.costs).enumerate() {
                let per_million = shown(costs.iter().map(Cost::cpu_seconds_per_million));
                write!(f, "| {} | {form} | {per_million} |", comparison.mode.name)?;
                let of_first = |ratios: Vec<f64>| match number {
                    0 => "1".to_owned(),
                    _ => shown(ratios),
                };
                write!(f, " {} |", of_first(ratios(&comparison.costs, number, 0)))?;
                if let Some((_, figures)) = more {
                    write!(f, " {} |", of_first(figures(comparison)))?;
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }

    /// Writes what silent clients take, a row for each form.
    pub(super) fn memory(&self, memory: &IdleMemory, f: &mut String) -> fmt::Result {
        writeln!(
            f,
            "\nIdle connections, measured as above:\n\n\
             | {} | number | bytes each | after a burst | MiB in all |\n|---|---:|---:|---:|---:|",
            self.head
        )?;
        for (form, rounds) in self.names.iter().zip(&memory.bytes) {
            writeln!(
                f,
                "| {form} | {} | {} | {} | {} |",
                with_commas(memory.connections as u64),
                shown(rounds.iter().map(Bytes::per_connection)),
                shown(rounds.iter().map(Bytes::per_connection_after_burst)),
                shown(rounds.iter().map(Bytes::mebibytes))
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cases::fan_out::{ONE, THOUSAND};

    #[test]
    fn first_form_is_what_the_others_are_divided_by() {
        let cost = |millis| Cost {
            deliveries: 1_000,
            cpu: Duration::from_millis(millis),
            elapsed: Duration::from_secs(1),
        };
        let comparison = Comparison {
            size: THOUSAND,
            mode: ONE,
            costs: vec![vec![cost(2)], vec![cost(3)]],
        };
        let forms = Forms {
            head: "clients",
            names: &["plain", "TLS"],
        };
        let mut table = String::new();
        let more: More<'_> = ("less", &|_| vec![7.0]);
        forms.costs(&[comparison], Some(more), &mut table).unwrap();
        assert_eq!(
            table,
            "| mode | clients | CPU s per million deliveries | ÷ plain | less |\n\
             |---|---|---:|---:|---:|\n\
             | one at a time | plain | 2.00 (2.00–2.00) | 1 | 1 |\n\
             | one at a time | TLS | 3.00 (3.00–3.00) | 1.50 (1.50–1.50) | 7.00 (7.00–7.00) |\n"
        );
    }
}
