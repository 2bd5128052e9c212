//! In which forms does a publication leave?

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tracing::error;

use crate::counters::Counters;
use crate::publication::Publication;

/// How the peers of one kind read a publication: as a WebSocket frame, as a ZeroMQ message.
///
/// Called once per publication, encoding and shard, never once per subscriber; what is to be made
/// once a node is a [`Publication::costly_form`].
pub trait Encode: Send + Sync {
    /// Appends the publication as these peers read it.
    ///
    /// Returns false, and appends nothing, where they must not get it.
    fn encode(&self, publication: &Publication, out: &mut Vec<u8>) -> bool;
}

/// The number of an encoding in its [`Encodings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodingId(pub(crate) u8);

/// The encodings of a node, registered before the shards start.
#[derive(Default)]
pub struct Encodings {
    encoders: Vec<Box<dyn Encode>>,
    counters: Arc<Counters>,
}

impl Encodings {
    /// Adds an encoding, at most 255 in all.
    ///
    /// # Panics
    /// Panics at the 256th, which is a mistake in the program.
    pub fn register(&mut self, encoder: impl Encode + 'static) -> EncodingId {
        let id = u8::try_from(self.encoders.len()).expect("a node has a handful of encodings");
        self.encoders.push(Box::new(encoder));
        EncodingId(id)
    }

    /// What encoders count in: the node's own counters.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    pub(crate) fn len(&self) -> usize {
        self.encoders.len()
    }

    pub(crate) fn encode(&self, id: EncodingId, publication: &Publication, out: &mut Vec<u8>) -> bool {
        let before = out.len();
        let encoder = &self.encoders[usize::from(id.0)];
        let encoded = catch_unwind(AssertUnwindSafe(|| encoder.encode(publication, out))).unwrap_or_else(|_| {
            error!(
                encoding = id.0,
                "an encoder panicked; nobody gets the publication in this encoding"
            );
            false
        });
        if !encoded {
            out.truncate(before);
        }
        encoded
    }
}
