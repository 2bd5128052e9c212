//! How is one input of the fuzzer taken apart?
//!
//! From its front: some bytes that choose limits and cuts, then the bytes for the parser as they
//! are, so that a seed can be read and written by hand.

use crate::pieces::Pieces;

/// At most so many lengths of pieces stand in an input; they are used over and over.
const LENGTHS_MAX: u8 = 8;

/// The part of an input that has not been read yet. What is missing is zero.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    /// Begins at the front.
    pub fn new(data: &'a [u8]) -> Self {
        Self { rest: data }
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Reads one byte.
    pub fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((&byte, rest)) => {
                self.rest = rest;
                byte
            }
            None => 0,
        }
    }

    /// Reads so many bytes, or as many as there are.
    pub fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (bytes, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.rest = rest;
        bytes
    }

    /// Reads how a stream is cut: a count of up to seven, then so many lengths of pieces.
    pub fn pieces(&mut self) -> Pieces<'a> {
        let count = self.byte() % LENGTHS_MAX;
        Pieces::of_lengths(self.bytes(usize::from(count)))
    }

    /// Takes everything that is left.
    pub fn rest(self) -> &'a [u8] {
        self.rest
    }
}
