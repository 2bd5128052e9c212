//! How are bytes and times written?

use std::time::Duration;

const BYTE_UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];
const TIME_UNITS: [(&str, u64); 4] = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];

/// Reads `16 MiB`, `16MiB` or `16777216`; `None` for anything else, `16 MB` included, since
/// readers differ on what that is.
#[must_use]
pub fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = split(text);
    let factor = match unit {
        "" => 1,
        unit => BYTE_UNITS.iter().find(|(name, _)| *name == unit)?.1,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

/// Reads `500ms`, `10s`, `2 m` or `1h`; `None` for anything else, a bare number included.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text);
    let millis = TIME_UNITS.iter().find(|(name, _)| *name == unit)?.1;
    Some(Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(millis)?))
}

fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

/// Writes a number of bytes as [`bytes()`] reads it, in the largest unit that leaves no rest.
#[must_use]
pub fn show_bytes(bytes: u64) -> String {
    BYTE_UNITS
        .iter()
        .filter(|(name, _)| *name != "B")
        .find(|(_, factor)| bytes >= *factor && bytes.is_multiple_of(*factor))
        .map_or_else(
            || bytes.to_string(),
            |(name, factor)| format!("{} {name}", bytes / factor),
        )
}

/// Writes a time as [`duration()`] reads it.
#[must_use]
pub fn show_duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        0 => "0s".to_owned(),
        _ if millis.is_multiple_of(3_600_000) => format!("{}h", millis / 3_600_000),
        _ if millis.is_multiple_of(60_000) => format!("{}m", millis / 60_000),
        _ if millis.is_multiple_of(1_000) => format!("{}s", millis / 1_000),
        _ => format!("{millis}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_with_binary_units_only() {
        for (text, expected) in [
            ("0", Some(0)),
            ("1024", Some(1_024)),
            ("16KiB", Some(16_384)),
            (" 16 MiB ", Some(16 << 20)),
            ("2GiB", Some(2 << 30)),
            ("7B", Some(7)),
            ("16MB", None),
            ("16 mib", None),
            ("1.5MiB", None),
            ("-1", None),
            ("", None),
            ("MiB", None),
            ("99999999999999999999", None),
            ("18446744073709551615KiB", None),
        ] {
            assert_eq!(bytes(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_time_needs_its_unit() {
        for (text, expected) in [
            ("500ms", Some(500)),
            ("10s", Some(10_000)),
            ("2 m", Some(120_000)),
            ("1h", Some(3_600_000)),
            ("10", None),
            ("1.5s", None),
            ("s", None),
            ("-1s", None),
            ("18446744073709551615h", None),
        ] {
            assert_eq!(duration(text), expected.map(Duration::from_millis), "{text:?}");
        }
    }

    #[test]
    fn what_is_shown_reads_back_the_same() {
        for value in [0, 1, 1_023, 1_024, 1_025, 16 << 20, (1 << 30) + 1] {
            assert_eq!(bytes(&show_bytes(value)), Some(value));
        }
        for millis in [0, 1, 999, 1_000, 1_500, 60_000, 90_000, 3_600_000] {
            let time = Duration::from_millis(millis);
            assert_eq!(duration(&show_duration(time)), Some(time));
        }
    }
}
