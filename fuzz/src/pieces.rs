//! How does a stream arrive?

/// The lengths of the pieces in which a stream arrives, used over and over. A length of 0 is a
/// piece of no bytes.
#[derive(Clone, Copy, Debug)]
pub struct Pieces<'a> {
    lengths: &'a [u8],
}

impl<'a> Pieces<'a> {
    /// All of it at once.
    pub const WHOLE: Pieces<'static> = Pieces { lengths: &[] };
    /// Byte by byte.
    pub const SINGLE: Pieces<'static> = Pieces { lengths: &[1] };

    /// Pieces of these lengths; all of it at once if no length would ever reach the end.
    pub fn of_lengths(lengths: &'a [u8]) -> Self {
        let moves = lengths.iter().any(|&length| length > 0);
        Self {
            lengths: if moves { lengths } else { &[] },
        }
    }

    /// Cuts a stream.
    pub fn cut<'b>(self, stream: &'b [u8]) -> impl Iterator<Item = &'b [u8]> + use<'a, 'b> {
        let mut lengths = self.lengths.iter().cycle();
        let mut rest = Some(stream);
        std::iter::from_fn(move || {
            let stream = rest?;
            let length = lengths.next().map_or(stream.len(), |&length| usize::from(length));
            let (piece, after) = stream.split_at(length.min(stream.len()));
            rest = (!after.is_empty()).then_some(after);
            Some(piece)
        })
    }
}
