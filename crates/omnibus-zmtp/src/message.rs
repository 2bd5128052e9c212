//! What is in a message that arrived?

use crate::frame::Header;

/// Shows one message, borrowed from the input or from the connection.
///
/// Of its frames, only as many are here as
/// [`Connection::keep_frames`](crate::Connection::keep_frames) asked for: one by default, which
/// is what the bus of django-omnibus forwards. The others were read, counted and dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    pub(crate) first: &'a [u8],
    /// Kept frames after the first one, headers included, as they came.
    pub(crate) rest: &'a [u8],
    pub(crate) frame_count: u32,
}

impl<'a> Message<'a> {
    /// Gives the first frame.
    pub fn first(&self) -> &'a [u8] {
        self.first
    }

    /// Gives the second frame, `None` if there was none or it was not kept.
    pub fn second(&self) -> Option<&'a [u8]> {
        self.frames().nth(1)
    }

    /// Walks through the frames that were kept.
    pub fn frames(&self) -> Frames<'a> {
        Frames {
            first: Some(self.first),
            rest: self.rest,
        }
    }

    /// Counts the frames that arrived, kept or not; at least 1.
    pub fn frame_count(&self) -> u32 {
        self.frame_count
    }
}

/// Walks through the kept frames of a [`Message`].
#[derive(Debug, Clone)]
pub struct Frames<'a> {
    first: Option<&'a [u8]>,
    rest: &'a [u8],
}

impl<'a> Iterator for Frames<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        // The reader has checked these headers and that the bodies are whole.
        let header = Header::read(self.rest).ok().flatten()?;
        let bytes = usize::try_from(header.body_bytes).ok()?;
        let after_header = self.rest.get(header.header_bytes..)?;
        let (body, rest) = after_header.split_at_checked(bytes)?;
        self.rest = rest;
        Some(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_frames_are_walked_in_order() {
        let message = Message {
            first: b"head",
            rest: b"\x01\x00\x00\x04body",
            frame_count: 5,
        };
        let frames: Vec<_> = message.frames().collect();
        assert_eq!(frames, [&b"head"[..], b"", b"body"]);
        assert_eq!(message.second(), Some(&b""[..]));
        assert_eq!(message.frame_count(), 5);
    }

    #[test]
    fn a_message_of_one_frame_has_no_second() {
        let message = Message {
            first: b"",
            rest: b"",
            frame_count: 1,
        };
        assert_eq!(message.first(), b"");
        assert_eq!(message.second(), None);
        assert_eq!(message.frames().count(), 1);
    }
}
