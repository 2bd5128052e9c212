//! How large may a request head be?

/// The bounds of a request head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadLimits {
    /// The largest head, its empty line included.
    pub head_bytes_max: usize,
    /// The most header lines.
    pub header_count_max: usize,
}

impl Default for HeadLimits {
    /// 16 KiB and 64 headers.
    fn default() -> Self {
        Self {
            head_bytes_max: 16 << 10,
            header_count_max: 64,
        }
    }
}
