//! How is a request's body read that comes in chunks? Strictly (RFC 9112 §7.1): sizes are plain
//! numbers, there are no extensions and no trailers, so that nobody in between reads another body.

/// A body in chunks, on its way.
#[derive(Debug)]
pub(crate) struct Chunked {
    place: Place,
    /// Bytes that may still come.
    room: usize,
}

/// What comes next.
#[derive(Debug, Clone, Copy)]
enum Place {
    Size { digits: u8, size: usize },
    SizeEnd { size: usize },
    Data { left: usize },
    DataReturn,
    DataEnd,
    LastReturn,
    LastEnd,
    Over,
}

/// Why a body can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChunkedError {
    /// It is not what the standard says.
    Broken,
    /// It is larger than anybody would take.
    TooLarge,
}

/// Digits of a chunk's size at most.
const DIGITS_MAX: u8 = 8;

const FIRST: Place = Place::Size { digits: 0, size: 0 };

impl Chunked {
    /// A body of at most so many bytes, of which nothing has come.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            place: FIRST,
            room: bytes_max,
        }
    }

    /// Whether all has come.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.place, Place::Over)
    }

    /// Reads on, and appends what belongs to the body; returns how much of the input was used.
    ///
    /// # Errors
    /// It breaks the rules or its bound; then nothing behind it can be trusted.
    pub(crate) fn read(&mut self, input: &[u8], body: &mut Vec<u8>) -> Result<usize, ChunkedError> {
        let mut used = 0;
        while let Some(&byte) = input.get(used) {
            self.place = match self.place {
                Place::Over => break,
                Place::Data { left } => {
                    let part = &input[used..input.len().min(used + left)];
                    body.extend_from_slice(part);
                    used += part.len();
                    match left - part.len() {
                        0 => Place::DataReturn,
                        left => Place::Data { left },
                    }
                }
                place => {
                    used += 1;
                    self.after(place, byte)?
                }
            };
        }
        Ok(used)
    }

    fn after(&mut self, place: Place, byte: u8) -> Result<Place, ChunkedError> {
        Ok(match (place, byte) {
            (Place::Size { digits: 1.., size }, b'\r') => Place::SizeEnd { size },
            (Place::Size { digits, size }, _) if digits < DIGITS_MAX => {
                let digit = char::from(byte).to_digit(16).ok_or(ChunkedError::Broken)?;
                Place::Size {
                    digits: digits + 1,
                    size: size << 4 | digit as usize,
                }
            }
            (Place::SizeEnd { size: 0 }, b'\n') => Place::LastReturn,
            (Place::SizeEnd { size }, b'\n') => {
                self.room = self.room.checked_sub(size).ok_or(ChunkedError::TooLarge)?;
                Place::Data { left: size }
            }
            (Place::DataReturn, b'\r') => Place::DataEnd,
            (Place::DataEnd, b'\n') => FIRST,
            (Place::LastReturn, b'\r') => Place::LastEnd,
            (Place::LastEnd, b'\n') => Place::Over,
            _ => return Err(ChunkedError::Broken),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8], pieces: usize) -> Result<(Vec<u8>, usize), ChunkedError> {
        let (mut chunked, mut body, mut used) = (Chunked::new(40), Vec::new(), 0);
        for piece in input.chunks(pieces) {
            used += chunked.read(piece, &mut body)?;
        }
        assert!(chunked.is_over());
        Ok((body, used))
    }

    #[test]
    fn a_body_is_the_same_however_it_is_cut_and_ends_where_it_ends() {
        let input = b"5\r\n[\"a\",\r\n0A\r\n\"bcdefgh\"]\r\n0\r\n\r\nGET";
        for pieces in 1..input.len() {
            let (body, used) = read(input, pieces).unwrap();
            assert_eq!(
                (body.as_slice(), used),
                (b"[\"a\",\"bcdefgh\"]".as_slice(), input.len() - 3)
            );
        }
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        for input in [
            b"\r\n".as_slice(),
            b"5;a=b\r\n",
            b"+5\r\n",
            b" 5\r\n",
            b"0x5\r\n",
            b"5\n",
            b"000000005\r\n",
            b"1\r\nab\r\n",
            b"1\r\na\n",
            b"0\r\nTrailer: a\r\n\r\n",
        ] {
            assert_eq!(
                read(input, 64).err(),
                Some(ChunkedError::Broken),
                "{}",
                input.escape_ascii()
            );
        }
        for input in [b"29\r\n".as_slice(), b"ffffffff\r\n"] {
            assert_eq!(read(input, 64).err(), Some(ChunkedError::TooLarge));
        }
    }
}
