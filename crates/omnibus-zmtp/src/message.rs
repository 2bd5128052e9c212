//! What is in a message that arrived?

use crate::config::Limits;
use crate::frame::{FrameKind, Header};

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
    /// Finds a message that lies whole at the front of `input`, and where it ends.
    ///
    /// This is the hot path of a relay, some 10 ns a message. It judges nothing: whatever is
    /// incomplete, no message or against a limit is `None`, and the reader says what it is.
    #[inline]
    pub(crate) fn whole(input: &'a [u8], keep_frames: u32, limits: &Limits) -> Option<(Self, usize)> {
        let (mut more, first, mut end) = message_frame(input, 0)?;
        let rest_start = end;
        let mut kept_end = end;
        let mut body_bytes = first.len();
        let mut frame_count = 1;
        while more {
            let (more_follow, body, frame_end) = message_frame(input, end)?;
            more = more_follow;
            end = frame_end;
            body_bytes += body.len();
            frame_count += 1;
            if frame_count <= keep_frames {
                kept_end = end;
            }
        }
        if body_bytes > limits.message_bytes_max || frame_count > limits.message_frames_max {
            return None;
        }
        let message = Self {
            first,
            rest: &input[rest_start..kept_end],
            frame_count,
        };
        Some((message, end))
    }

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

/// Reads the frame at `input[at..]` if it is whole and belongs to a message: whether more follow,
/// its body, and where it ends.
#[inline]
fn message_frame(input: &[u8], at: usize) -> Option<(bool, &[u8], usize)> {
    let header = Header::read(&input[at..]).ok().flatten()?;
    let more = match header.kind {
        FrameKind::Last => false,
        FrameKind::More => true,
        FrameKind::Command => return None,
    };
    let start = at + header.header_bytes;
    let end = start.checked_add(usize::try_from(header.body_bytes).ok()?)?;
    Some((more, input.get(start..end)?, end))
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

    fn whole(input: &[u8], keep_frames: u32) -> Option<(Message<'_>, usize)> {
        let limits = Limits {
            message_bytes_max: 10,
            message_frames_max: 3,
            ..Limits::default()
        };
        Message::whole(input, keep_frames, &limits)
    }

    #[test]
    fn a_whole_message_ends_at_its_last_frame() {
        let input = b"\x01\x01a\x01\x01b\x00\x01c\x00\x01d";
        for (keep_frames, kept) in [(1, 1), (2, 2), (3, 3), (9, 3)] {
            let (message, end) = whole(input, keep_frames).unwrap();
            let frames = [&b"a"[..], b"b", b"c"];
            assert!(message.frames().eq(frames.into_iter().take(kept)));
            assert_eq!((message.frame_count(), end), (3, 9));
        }
        for cut in 0..9 {
            assert_eq!(whole(&input[..cut], 1), None);
        }
    }

    #[test]
    fn what_is_no_whole_message_within_the_limits_is_left_to_the_reader() {
        assert!(whole(b"\x01\x05aaaaa\x00\x05bbbbb", 1).is_some());
        for other in [
            &b"\x04\x02\x01A"[..],
            b"\x01\x01a\x04\x02\x01A\x00\x00",
            b"\x08\x00",
            b"\x01\x05aaaaa\x00\x06bbbbbb",
            b"\x01\x00\x01\x00\x01\x00\x00\x00",
            b"\x02\xff\xff\xff\xff\xff\xff\xff\xff",
        ] {
            assert_eq!(whole(other, 1), None, "{other:?}");
        }
    }
}
