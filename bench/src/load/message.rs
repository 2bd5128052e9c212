//! What do messages say?
//!
//! All messages of a run have one length and differ in their number only. So a subscriber's whole
//! stream is known beforehand, and every byte of it can be checked at the cost of a comparison.

/// The bytes of a message unless said otherwise.
pub(crate) const BODY_BYTES: usize = 128;

/// The bytes of a large one.
pub(crate) const LARGE_BODY_BYTES: usize = 1_024;

/// What a message has beside its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fill {
    /// One sign over and over.
    Dots,
    /// Readings of sensors that differ from each other, as messages have that are worth compression.
    Readings,
}

/// The channel of a room.
pub(super) fn channel_name(room: usize) -> String {
    // All names have one length, so that all messages have.
    format!("bench-{room:03}")
}

/// An envelope as the original's browsers send it, of so many bytes.
pub(crate) fn body(number: u64, sender: &str, bytes: usize, fill: Fill) -> String {
    let head = format!(r#"{{"type":"tick","sender":"{sender}","payload":{{"number":"{number:012}","fill":""#);
    let tail = r#""}}"#;
    let length = bytes - tail.len();
    match fill {
        Fill::Dots => format!("{head:.<length$}{tail}"),
        Fill::Readings => {
            let mut text = head;
            let mut reading = 0;
            while text.len() < length {
                reading += 1;
                text += &self::reading(reading);
            }
            text.truncate(length);
            text + tail
        }
    }
}

/// What one sensor says.
fn reading(sensor: u32) -> String {
    // Multiplied by a large odd number, consecutive ones look random (Knuth, volume 3, 6.4).
    let noise = sensor.wrapping_mul(2_654_435_761);
    let (place, degrees, tenths, percent) = (noise >> 24, noise >> 27, (noise >> 16) % 10, (noise >> 8) % 100);
    format!("sensor {place:03}: temperature {degrees:02}.{tenths}, humidity {percent:02}; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_has_the_length_that_was_asked_for() {
        for bytes in [BODY_BYTES, LARGE_BODY_BYTES] {
            for number in [0, 1, 999_999_999_999] {
                for fill in [Fill::Dots, Fill::Readings] {
                    assert_eq!(body(number, "client-4999", bytes, fill).len(), bytes);
                }
            }
        }
    }
}
