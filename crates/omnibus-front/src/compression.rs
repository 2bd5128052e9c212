//! What leaves compressed, and how is read what comes compressed?
//!
//! Nothing is kept for a connection: a publication is compressed once a node, whoever reads it, and
//! a thread has one inflater and one deflater, made when they are needed the first time.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use omnibus_websocket::{Compressed, Deflater, Event, Inflater, Limits, Opcode, Violation};

use crate::config::Compression;

thread_local! {
    static DEFLATER: RefCell<Option<Deflater>> = const { RefCell::new(None) };
    static INFLATER: Cell<Option<Box<Inflater>>> = const { Cell::new(None) };
}

/// Compresses what browsers read, and counts it.
#[derive(Debug)]
pub struct Compressor {
    config: Compression,
    publications: AtomicU64,
    bytes_before: AtomicU64,
    bytes_after: AtomicU64,
}

impl Compressor {
    /// The compressor of a node.
    #[must_use]
    pub fn new(config: Compression) -> Arc<Self> {
        Arc::new(Self {
            config,
            publications: AtomicU64::new(0),
            bytes_before: AtomicU64::new(0),
            bytes_after: AtomicU64::new(0),
        })
    }

    /// Whether a message of so many bytes is compressed.
    pub(crate) fn wants(&self, bytes: usize) -> bool {
        bytes >= self.config.bytes_min
    }

    /// A text as a compressed frame; nothing where that saves nothing.
    pub(crate) fn frame(&self, text: &[u8]) -> Option<Box<[u8]>> {
        let mut frame = Vec::new();
        DEFLATER.with_borrow_mut(|place| {
            let level = self.config.level;
            let deflater = match place {
                Some(deflater) if deflater.level() == level => deflater,
                place => place.insert(Deflater::new(level)),
            };
            deflater.append_frame(Opcode::Text, text, &mut frame);
        });
        self.publications.fetch_add(1, Relaxed);
        self.bytes_before.fetch_add(text.len() as u64, Relaxed);
        self.bytes_after.fetch_add(frame.len() as u64, Relaxed);
        (frame.len() < text.len()).then(|| frame.into_boxed_slice())
    }

    /// Every counter that is not nought, by name.
    pub fn nonzero(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
        [
            ("publications_compressed", &self.publications),
            ("compression_bytes_before", &self.bytes_before),
            ("compression_bytes_after", &self.bytes_after),
        ]
        .map(|(key, counter)| (key, counter.load(Relaxed)))
        .into_iter()
        .filter(|(_, value)| *value > 0)
    }
}

/// Inflates a message and has it read.
pub(crate) fn inflate<R>(
    message: Compressed<'_>,
    limits: &Limits,
    read: impl FnOnce(Event<'_>) -> R,
) -> Result<R, Violation> {
    let mut inflater = INFLATER.take().unwrap_or_default();
    let result = inflater.inflate(message, limits).map(read);
    inflater.trim();
    INFLATER.set(Some(inflater));
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_become_smaller_stays_as_it_is() {
        let compressor = Compressor::new(Compression::default());
        assert!(compressor.frame(b"abcdefghijklmnopqrstuvwxyz").is_none());
        let frame = compressor.frame(&[b'a'; 1_000]).unwrap();
        assert!(frame.len() < 30);
        // The bits of a first and last frame, compressed, text.
        assert_eq!(frame[0], 0xc1);
        let counted: Vec<_> = compressor.nonzero().collect();
        assert_eq!(
            counted[..2],
            [("publications_compressed", 2), ("compression_bytes_before", 1_026)]
        );
    }
}
