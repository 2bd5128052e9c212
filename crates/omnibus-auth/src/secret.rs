//! What must never be seen?

use zeroize::Zeroizing;

/// Bytes that nobody may read in a log, a report or freed memory.
///
/// It has neither `Debug` nor `Display`, so that what holds one has to say how it is shown, and
/// is overwritten when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<Box<[u8]>>);

impl Secret {
    /// Bytes of which a secret that signs should have at least so many, as many as its digest.
    pub const BYTES_MIN: usize = 32;

    /// Takes the bytes of a secret over.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// Shows the bytes, to whoever has to compute with them.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }

    /// Shows the text, where it is one.
    #[must_use]
    pub fn reveal_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Whether the secret can be guessed more easily than a digest made with it.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.0.len() < Self::BYTES_MIN
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}
