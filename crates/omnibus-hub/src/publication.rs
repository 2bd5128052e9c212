//! What is one message in a channel?

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// One message, as it travels on the bus: the bytes `channel:rest`, never changed on the way.
///
/// The frame is opaque: legacy publishers may send anything, also without a colon or not in
/// UTF-8 (recording B02). Such frames reach peers that asked for a byte prefix and no others.
#[derive(Debug)]
pub struct Publication {
    frame: Box<[u8]>,
    colon: Option<u32>,
    hops: u8,
    utf8: AtomicU8,
    mark: Option<Box<[u8]>>,
    costly_form: OnceLock<Option<Box<[u8]>>>,
}

const UTF8_UNKNOWN: u8 = 0;
const UTF8_VALID: u8 = 1;
const UTF8_INVALID: u8 = 2;

impl Publication {
    /// Wraps a frame of which nothing is known yet, such as one from the bus.
    #[must_use]
    pub fn new(frame: Box<[u8]>) -> Self {
        let colon = memchr::memchr(b':', &frame).and_then(|at| u32::try_from(at).ok());
        Self {
            frame,
            colon,
            hops: 0,
            utf8: AtomicU8::new(UTF8_UNKNOWN),
            mark: None,
            costly_form: OnceLock::new(),
        }
    }

    /// The same publication, known to be text, such as a browser's: it is not checked again.
    #[must_use]
    pub fn known_as_text(self) -> Self {
        self.utf8.store(UTF8_VALID, Relaxed);
        self
    }

    /// The same publication after `hops` links between nodes.
    #[must_use]
    pub fn with_hops(mut self, hops: u8) -> Self {
        self.hops = hops;
        self
    }

    /// Links between nodes that it has travelled.
    #[must_use]
    pub fn hops(&self) -> u8 {
        self.hops
    }

    /// The same publication with a mark by which its engine knows it again when it comes back.
    #[must_use]
    pub fn with_mark(mut self, mark: Box<[u8]>) -> Self {
        self.mark = Some(mark);
        self
    }

    /// The engine's mark; it travels between nodes and means nothing to the hub.
    #[must_use]
    pub fn mark(&self) -> Option<&[u8]> {
        self.mark.as_deref()
    }

    /// The whole frame, `channel:rest`.
    #[must_use]
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// The bytes before the first colon, if there is one.
    #[must_use]
    pub fn channel(&self) -> Option<&[u8]> {
        self.colon.map(|colon| &self.frame[..colon as usize])
    }

    /// Whether the frame starts with `!`, which is kept for commands and their answers.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        self.frame.first() == Some(&b'!')
    }

    /// The form of it that costs much to make, such as a compressed one: made once a node, by the
    /// first shard that needs it, while others that do wait for it. `None` if `make` said so.
    ///
    /// There is one such form, so one encoding alone may ask for it.
    pub fn costly_form(&self, make: impl FnOnce(&Self) -> Option<Box<[u8]>>) -> Option<&[u8]> {
        self.costly_form.get_or_init(|| make(self)).as_deref()
    }

    /// Whether the frame is UTF-8; found out once a node, by the first who asks.
    #[must_use]
    pub fn is_text(&self) -> bool {
        match self.utf8.load(Relaxed) {
            UTF8_VALID => true,
            UTF8_INVALID => false,
            _ => {
                let valid = simdutf8::basic::from_utf8(&self.frame).is_ok();
                self.utf8.store(if valid { UTF8_VALID } else { UTF8_INVALID }, Relaxed);
                valid
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_channel_ends_at_the_first_colon() {
        let publication = Publication::new(b"news:a:b".as_slice().into());
        assert_eq!(publication.channel(), Some(b"news".as_slice()));
        assert_eq!(Publication::new(b"no colon".as_slice().into()).channel(), None);
    }

    #[test]
    fn a_costly_form_is_made_once_whoever_asks() {
        let made = AtomicU8::new(0);
        let publication = Publication::new(b"news:a".as_slice().into());
        let ask = || {
            let form = publication.costly_form(|publication| {
                made.fetch_add(1, Relaxed);
                Some(publication.frame().into())
            });
            assert_eq!(form, Some(b"news:a".as_slice()));
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(ask);
            }
        });
        assert_eq!(made.into_inner(), 1);
    }

    #[test]
    fn bytes_that_are_not_utf8_are_no_text() {
        assert!(!Publication::new(b"news:\xff".as_slice().into()).is_text());
        assert!(Publication::new("news:é".as_bytes().into()).is_text());
    }
}
