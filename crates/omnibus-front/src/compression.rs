//! What leaves compressed, and how is read what comes compressed?
//!
//! Nothing is kept for a connection: a publication is compressed once a node, whoever reads it, and
//! a thread has one inflater and one deflater, made when they are needed the first time.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use omnibus_hub::{Context, Counter, Counters};
use omnibus_websocket::{Compressed, Deflater, Effort, Event, Inflater, Limits, Opcode, Violation};

use crate::config::Compression;

thread_local! {
    static DEFLATER: RefCell<Option<Deflater>> = const { RefCell::new(None) };
    static INFLATER: Cell<Option<Box<Inflater>>> = const { Cell::new(None) };
}

/// Compresses what browsers read, and counts it.
#[derive(Debug)]
pub(crate) struct Compressor {
    config: Compression,
    counters: Arc<Counters>,
}

impl Compressor {
    /// A node's compressor, which counts there.
    pub(crate) fn new(config: Compression, counters: Arc<Counters>) -> Self {
        Self { config, counters }
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
        self.counters.count(Counter::Compressed);
        self.counters.add(Counter::CompressionBefore, text.len() as u64);
        self.counters.add(Counter::CompressionAfter, frame.len() as u64);
        (frame.len() < text.len()).then(|| frame.into_boxed_slice())
    }
}

/// What a block costs to be inflated, at its most: the time that so many bytes of text take.
const BLOCK_COST_BYTES: usize = 1 << 10;

/// Inflates a message, counts it, charges its sender for it, and has it read.
pub(crate) fn inflate<R>(
    message: Compressed<'_>,
    limits: &Limits,
    context: &mut Context<'_>,
    read: impl FnOnce(Event<'_>, &mut Context<'_>) -> R,
) -> Result<R, Violation> {
    let mut inflater = INFLATER.take().unwrap_or_default();
    let result = inflater
        .inflate(message, limits)
        .inspect_err(|violation| {
            refusal(violation)
                .into_iter()
                .for_each(|refused| context.count(refused))
        })
        .map(|event| read(event, context));
    let Effort { bytes, blocks } = inflater.effort();
    inflater.trim();
    INFLATER.set(Some(inflater));
    context.charge(bytes.saturating_add(blocks * BLOCK_COST_BYTES));
    if result.is_ok() {
        let counters = context.counters();
        counters.count(Counter::Inflated);
        counters.add(Counter::InflationBefore, message.bytes().len() as u64);
        counters.add(Counter::InflationAfter, bytes as u64);
    }
    result
}

/// What is counted where a message is not inflated.
fn refusal(violation: &Violation) -> Option<Counter> {
    match violation {
        Violation::InflatedTooMuch { .. } => Some(Counter::RefusedRatio),
        Violation::InflatedTooBig { .. } => Some(Counter::RefusedSize),
        Violation::TooManyBlocks { .. } => Some(Counter::RefusedBlocks),
        Violation::CompressionBroken => Some(Counter::RefusedBroken),
        // It was inflated, and is no text.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_become_smaller_stays_as_it_is() {
        let compressor = Compressor::new(Compression::default(), Arc::default());
        assert!(compressor.frame(b"abcdefghijklmnopqrstuvwxyz").is_none());
        let frame = compressor.frame(&[b'a'; 1_000]).unwrap();
        assert!(frame.len() < 30);
        // The bits of a first and last frame, compressed, text.
        assert_eq!(frame[0], 0xc1);
        assert_eq!(compressor.counters.get(Counter::Compressed), 2);
        assert_eq!(compressor.counters.get(Counter::CompressionBefore), 1_026);
    }
}
