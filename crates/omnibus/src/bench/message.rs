//! What is in a message, so that its receiver knows which one it is and how late it comes?
//!
//! An envelope as browsers send it. What is looked at stands at its beginning and has a fixed
//! width, so that a delivery costs no JSON parser.

/// The beginning of every body.
const START: &[u8] = br#"{"type":"bench","payload":{"at":""#;
const FILL: &[u8] = br#"","fill":""#;
const SENDER: &[u8] = br#""},"sender":""#;
const END: &[u8] = br#""}"#;

/// Digits of the mark: four numbers of 8, a time of 16, and what parts them.
const MARK_BYTES: usize = 4 * 9 + 16;

/// The longest sender: `bench-` and a number of 10 digits.
const SENDER_BYTES_MAX: usize = 16;

/// The shortest body that has room for everything.
pub(crate) const BODY_BYTES_MIN: usize =
    START.len() + MARK_BYTES + FILL.len() + SENDER.len() + SENDER_BYTES_MAX + END.len();

/// Which message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The run; others have another.
    pub(crate) run: u32,
    pub(crate) room: u32,
    /// The publisher, among those of its room.
    pub(crate) publisher: u32,
    /// Counted from 1 for each publisher.
    pub(crate) number: u32,
    /// When it was due, on the clock of [`super::clock`].
    pub(crate) at: u64,
}

/// Gives the identifier of a client.
pub(crate) fn sender(client: u32) -> String {
    format!("bench-{client}")
}

/// Appends a message; its body, what stands behind the channel, has `body_bytes`.
pub(crate) fn write(channel: &str, mark: Mark, sender: &str, body_bytes: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(channel.as_bytes());
    out.push(b':');
    let start = out.len();
    out.extend_from_slice(START);
    for number in [mark.run, mark.room, mark.publisher, mark.number] {
        push_hex(u64::from(number), 8, out);
        out.push(b'-');
    }
    push_hex(mark.at, 16, out);
    out.extend_from_slice(FILL);
    let rest = SENDER.len() + sender.len() + END.len();
    let filled = (start + body_bytes).saturating_sub(rest).max(out.len());
    out.resize(filled, b'.');
    out.extend_from_slice(SENDER);
    out.extend_from_slice(sender.as_bytes());
    out.extend_from_slice(END);
}

/// Reads the mark of a message from its beginning; `None` if it is no message of a benchmark.
pub(crate) fn read(message: &[u8]) -> Option<Mark> {
    let colon = memchr::memchr(b':', message)?;
    let mark = message[colon + 1..].strip_prefix(START)?.get(..MARK_BYTES)?;
    let number = |index: usize| {
        let at = index * 9;
        (mark[at + 8] == b'-').then(|| hex(&mark[at..at + 8]))?
    };
    let number = |index| number(index).and_then(|number| u32::try_from(number).ok());
    Some(Mark {
        run: number(0)?,
        room: number(1)?,
        publisher: number(2)?,
        number: number(3)?,
        at: hex(&mark[MARK_BYTES - 16..])?,
    })
}

fn push_hex(number: u64, digits: u32, out: &mut Vec<u8>) {
    let digit = |place: u32| b"0123456789abcdef"[(number >> (4 * place) & 15) as usize];
    out.extend((0..digits).rev().map(digit));
}

fn hex(digits: &[u8]) -> Option<u64> {
    let mut number = 0;
    for digit in digits {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        number = number << 4 | u64::from(value);
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: Mark = Mark {
        run: 0xdead_beef,
        room: 7,
        publisher: 3,
        number: u32::MAX,
        at: 0x0123_4567_89ab_cdef,
    };

    #[test]
    fn message_is_json_of_the_length_that_was_asked_for_and_is_read_again() {
        for body_bytes in [BODY_BYTES_MIN, 128, 1_024, 65_536] {
            for client in [0, u32::MAX] {
                let mut message = Vec::new();
                write("news", MARK, &sender(client), body_bytes, &mut message);
                assert_eq!(message.len(), "news:".len() + body_bytes);
                let body: serde_json::Value = serde_json::from_slice(&message[5..]).unwrap();
                assert_eq!(body["sender"], sender(client).as_str());
                assert_eq!(read(&message), Some(MARK));
                assert_eq!(read(&message[..message.len().min(512)]), Some(MARK));
            }
        }
    }

    #[test]
    fn what_others_say_is_told_apart() {
        let mut message = Vec::new();
        write("news", MARK, "x", 128, &mut message);
        for broken in [&b"news"[..], b"news:{}", &message[..60], b""] {
            assert_eq!(read(broken), None);
        }
        message[45] = b'g';
        assert_eq!(read(&message), None);
    }
}
