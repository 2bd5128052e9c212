//! Why is a body not one JSON object?

/// How many objects and arrays may be open at once, the outermost included.
pub const DEPTH_MAX: u32 = 64;

/// Why a body is not one JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// The first byte that is not white space opens no object.
    #[error("body does not start with an object; send a JSON object")]
    NotAnObject,
    /// A byte that cannot stand there.
    #[error("body is not JSON at byte {at}; send a JSON object")]
    Unexpected {
        /// Where, in bytes from the body's start.
        at: usize,
    },
    /// The body ends before the object does.
    #[error("body ends inside the object after {bytes} bytes; send all of it")]
    Ended {
        /// The body's length.
        bytes: usize,
    },
    /// The object is nested deeper than [`DEPTH_MAX`].
    #[error("body is nested deeper than {DEPTH_MAX} at byte {at}; flatten it")]
    TooDeep {
        /// Where the first too many opens.
        at: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_where_and_what_to_do() {
        assert_eq!(
            ScanError::TooDeep { at: 68 }.to_string(),
            "body is nested deeper than 64 at byte 68; flatten it"
        );
        assert_eq!(
            ScanError::Ended { bytes: 3 }.to_string(),
            "body ends inside the object after 3 bytes; send all of it"
        );
    }
}
