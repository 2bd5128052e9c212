//! How is a figure shown that differs from round to round?

use std::fmt;

/// The median of all rounds, and the extremes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    min: f64,
    max: f64,
}

impl Spread {
    /// `None` where there was no round.
    pub(super) fn of(rounds: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = rounds.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (&min, &max) = (sorted.first()?, sorted.last()?);
        let middle = sorted.len() / 2;
        let median = match sorted.len() % 2 {
            0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
            _ => sorted[middle],
        };
        Some(Self { median, min, max })
    }
}

/// `1,234 (1,200–1,300)`, each with three digits that count.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { median, min, max } = *self;
        write!(f, "{} ({}–{})", rounded(median), rounded(min), rounded(max))
    }
}

/// The spread of all rounds, or a dash where there was none.
pub(super) fn shown(rounds: impl IntoIterator<Item = f64>) -> String {
    Spread::of(rounds).map_or_else(|| "–".to_owned(), |spread| spread.to_string())
}

/// Three digits that count, and commas between thousands.
pub(super) fn rounded(value: f64) -> String {
    if value <= 0.0 {
        return "0".to_owned();
    }
    let digits_before_point = value.log10().floor() as i32 + 1;
    let decimals = usize::try_from(3 - digits_before_point).unwrap_or_default();
    if decimals > 0 {
        return format!("{value:.decimals$}");
    }
    let unit = 10_f64.powi(digits_before_point - 3);
    with_commas(((value / unit).round() * unit) as u64)
}

/// `1234567` as `1,234,567`.
pub(super) fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_lies_in_the_middle_of_the_sorted_rounds() {
        assert_eq!(Spread::of([3.0, 1.0, 2.0]).unwrap().to_string(), "2.00 (1.00–3.00)");
        assert_eq!(Spread::of([4.0, 1.0]).unwrap().median, 2.5);
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn three_digits_count() {
        let shown = [0.012_345, 1.234_5, 99.44, 123.4, 1_234_567.0].map(rounded);
        assert_eq!(shown, ["0.0123", "1.23", "99.4", "123", "1,230,000"]);
    }
}
