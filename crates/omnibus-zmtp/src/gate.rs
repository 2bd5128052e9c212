//! May this frame pass?
//!
//! A frame is judged by its header, before any of its body is kept: by what it
//! is, by the length it declares, and by the message that it belongs to.

use crate::config::Limits;
use crate::error::Error;
use crate::frame::{FrameKind, Header};

/// What has been admitted of the unfinished message.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    /// Frames, the one that is just being read included.
    pub(crate) frames: u32,
    bytes: u64,
}

/// What may pass at this stage of the connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gate<'c> {
    pub(crate) limits: &'c Limits,
    pub(crate) stage: GateStage,
}

/// How far the connection has come, as far as the gate cares.
#[derive(Debug, Clone, Copy)]
pub(crate) enum GateStage {
    /// Commands only.
    Handshake,
    /// Everything; `subscriber` says that the peer sends subscriptions as messages.
    Traffic { subscriber: bool },
}

impl Gate<'_> {
    /// Judges a frame by its header, and adds it to the tally of its message. Gives the length
    /// of its body, now known to be within a limit, or `None` if the first byte of the body is
    /// needed to tell a subscription from a message.
    pub(crate) fn admit(self, header: &Header, first: Option<&u8>, tally: &mut Tally) -> Result<Option<usize>, Error> {
        let limits = self.limits;
        match (header.kind, self.stage) {
            (FrameKind::Command, GateStage::Handshake) => {
                let max = limits.handshake_bytes_max;
                let bytes = header.body_bytes;
                if bytes > max as u64 {
                    return Err(Error::HandshakeTooLong { bytes, max });
                }
            }
            (FrameKind::Command, GateStage::Traffic { .. }) => {
                let max = limits.command_bytes_max;
                let bytes = header.body_bytes;
                if bytes > max as u64 {
                    return Err(Error::CommandTooLong { bytes, max });
                }
            }
            (_, GateStage::Handshake) => return Err(Error::MessageBeforeReady),
            (_, GateStage::Traffic { subscriber }) => {
                let topic_bytes = header.body_bytes.saturating_sub(1);
                let max = limits.topic_bytes_max;
                if subscriber && tally.frames == 0 && topic_bytes > max as u64 {
                    match first {
                        None => return Ok(None),
                        Some(0 | 1) => {
                            let bytes = topic_bytes;
                            return Err(Error::TopicTooLong { bytes, max });
                        }
                        Some(_) => {}
                    }
                }
                tally.add(header.body_bytes, limits)?;
            }
        }
        // Every branch has compared the length with a limit that is a `usize`.
        Ok(usize::try_from(header.body_bytes).ok())
    }
}

impl Tally {
    fn add(&mut self, body_bytes: u64, limits: &Limits) -> Result<(), Error> {
        if self.frames >= limits.message_frames_max {
            let max = limits.message_frames_max;
            return Err(Error::TooManyFrames { max });
        }
        let bytes = self.bytes.saturating_add(body_bytes);
        if bytes > limits.message_bytes_max as u64 {
            let max = limits.message_bytes_max;
            return Err(Error::MessageTooLong { bytes, max });
        }
        self.frames += 1;
        self.bytes = bytes;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admit(
        stage: GateStage,
        (kind, body_bytes): (FrameKind, u64),
        first: Option<u8>,
        tally: &mut Tally,
    ) -> Result<Option<usize>, Error> {
        let limits = Limits {
            message_bytes_max: 100,
            message_frames_max: 3,
            topic_bytes_max: 10,
            command_bytes_max: 50,
            handshake_bytes_max: 40,
            ..Limits::default()
        };
        let header = Header {
            kind,
            header_bytes: 9,
            body_bytes,
        };
        let gate = Gate { limits: &limits, stage };
        gate.admit(&header, first.as_ref(), tally)
    }

    const PUBLISHER: GateStage = GateStage::Traffic { subscriber: false };
    const SUBSCRIBER: GateStage = GateStage::Traffic { subscriber: true };

    #[test]
    fn every_bound_admits_its_value_and_refuses_one_more() {
        let message = |bytes| {
            let frame = (FrameKind::Last, bytes);
            admit(PUBLISHER, frame, None, &mut Tally::default())
        };
        assert_eq!(message(100), Ok(Some(100)));
        let (bytes, max) = (101, 100);
        assert_eq!(message(101), Err(Error::MessageTooLong { bytes, max }));

        let command = |bytes| {
            let frame = (FrameKind::Command, bytes);
            admit(PUBLISHER, frame, None, &mut Tally::default())
        };
        assert_eq!(command(50), Ok(Some(50)));
        let (bytes, max) = (51, 50);
        assert_eq!(command(51), Err(Error::CommandTooLong { bytes, max }));

        let topic = |bytes: u64, first| {
            let frame = (FrameKind::Last, 1 + bytes);
            admit(SUBSCRIBER, frame, Some(first), &mut Tally::default())
        };
        let (bytes, max) = (11, 10);
        for first in [0, 1] {
            assert_eq!(topic(10, first), Ok(Some(11)));
            let refused = Err(Error::TopicTooLong { bytes, max });
            assert_eq!(topic(11, first), refused);
        }
    }

    #[test]
    fn a_length_of_2_to_the_64_is_refused_everywhere() {
        for stage in [PUBLISHER, SUBSCRIBER, GateStage::Handshake] {
            for kind in [FrameKind::Last, FrameKind::More, FrameKind::Command] {
                let mut tally = Tally::default();
                assert!(admit(stage, (kind, u64::MAX), Some(1), &mut tally).is_err());
            }
        }
    }

    #[test]
    fn a_message_is_bounded_over_all_its_frames() {
        let mut tally = Tally::default();
        let mut more = |bytes| admit(PUBLISHER, (FrameKind::More, bytes), None, &mut tally);
        assert_eq!(more(60), Ok(Some(60)));
        let (bytes, max) = (101, 100);
        assert_eq!(more(41), Err(Error::MessageTooLong { bytes, max }));
        assert_eq!(more(40), Ok(Some(40)));
        assert_eq!(more(0), Ok(Some(0)));
        assert_eq!(more(0), Err(Error::TooManyFrames { max: 3 }));
    }

    #[test]
    fn a_long_first_frame_of_a_subscriber_waits_for_its_first_byte() {
        let frame = (FrameKind::Last, 12);
        let mut tally = Tally::default();
        assert_eq!(admit(SUBSCRIBER, frame, None, &mut tally), Ok(None));
        assert_eq!(tally.frames, 0);
        // Neither a subscription nor a cancellation: a message, and bounded as one.
        assert_eq!(admit(SUBSCRIBER, frame, Some(2), &mut tally), Ok(Some(12)));
        // The frames behind it are no subscriptions.
        assert_eq!(admit(SUBSCRIBER, frame, Some(1), &mut tally), Ok(Some(12)));
    }

    #[test]
    fn before_ready_only_commands_pass_and_they_have_a_bound_of_their_own() {
        let mut tally = Tally::default();
        let mut pass = |kind, bytes| admit(GateStage::Handshake, (kind, bytes), None, &mut tally);
        assert_eq!(pass(FrameKind::Last, 0), Err(Error::MessageBeforeReady));
        assert_eq!(pass(FrameKind::Command, 40), Ok(Some(40)));
        let (bytes, max) = (41, 40);
        let refused = Err(Error::HandshakeTooLong { bytes, max });
        assert_eq!(pass(FrameKind::Command, 41), refused);
    }
}
