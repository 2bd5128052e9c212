//! What will be written at the end of this turn?
//!
//! Whatever a shard sends in a turn stands once in an arena, one arena per encoding, however many
//! peers get it. A peer that gets something is *dirty* and remembers spans of its arena; spans
//! that touch become one, so that a burst to one channel is one `send()` per subscriber, straight
//! from the arena.

use crate::encoding::EncodingId;
use crate::shrink::Needed;

/// What a turn will write.
pub(crate) struct Turn {
    arenas: Vec<Vec<u8>>,
    dirty: Vec<Dirty>,
    arenas_needed: Vec<Needed>,
    dirty_needed: Needed,
}

/// A part of an arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    pub(crate) fn len(self) -> usize {
        self.end - self.start
    }
}

/// A peer that gets something in this turn.
#[derive(Debug)]
pub(crate) struct Dirty {
    pub(crate) key: u32,
    /// Publications and answers in the spans.
    pub(crate) messages: u32,
    first: Span,
    more: Vec<Span>,
}

impl Dirty {
    pub(crate) fn spans(&self) -> impl Iterator<Item = Span> + '_ {
        std::iter::once(self.first).chain(self.more.iter().copied())
    }

    /// The one span, if there are no more.
    pub(crate) fn only(&self) -> Option<Span> {
        self.more.is_empty().then_some(self.first)
    }

    pub(crate) fn len(&self) -> usize {
        self.spans().map(Span::len).sum()
    }

    fn extend(&mut self, span: Span, messages: u32) {
        let last = self.more.last_mut().unwrap_or(&mut self.first);
        if last.end == span.start && last.len() < MERGED_MAX {
            last.end = span.end;
        } else {
            self.more.push(span);
        }
        self.messages += messages;
    }
}

/// A place in the list of dirty peers; [`Slot::CLEAN`] for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot(u32);

impl Slot {
    pub(crate) const CLEAN: Self = Self(u32::MAX);
}

impl Turn {
    pub(crate) fn new(encodings: usize) -> Self {
        Self {
            arenas: (0..encodings).map(|_| Vec::new()).collect(),
            dirty: Vec::new(),
            arenas_needed: vec![Needed::default(); encodings],
            dirty_needed: Needed::default(),
        }
    }

    pub(crate) fn arena(&mut self, encoding: EncodingId) -> &mut Vec<u8> {
        &mut self.arenas[usize::from(encoding.0)]
    }

    /// Lets the peer have a span of its encoding's arena.
    pub(crate) fn push(&mut self, key: u32, slot: &mut Slot, span: Span, messages: u32) {
        if let Some(dirty) = self.dirty.get_mut(slot.0 as usize) {
            dirty.extend(span, messages);
        } else {
            *slot = Slot(u32::try_from(self.dirty.len()).expect("a shard has fewer connections than this"));
            self.dirty.push(Dirty {
                key,
                messages,
                first: span,
                more: Vec::new(),
            });
        }
    }

    /// Takes out what one peer was going to get; its place in the list stays, with nothing in it.
    pub(crate) fn withdraw(&mut self, slot: &mut Slot) -> Option<Dirty> {
        let dirty = self.dirty.get_mut(std::mem::replace(slot, Slot::CLEAN).0 as usize)?;
        let nothing = Dirty {
            key: dirty.key,
            messages: 0,
            first: Span { start: 0, end: 0 },
            more: Vec::new(),
        };
        Some(std::mem::replace(dirty, nothing))
    }

    /// Takes everything, to be written; [`Turn::reuse`] gives the memory back.
    pub(crate) fn take(&mut self) -> (Vec<Dirty>, Vec<Vec<u8>>) {
        let empty = self.arenas.iter().map(|_| Vec::new()).collect();
        (
            std::mem::take(&mut self.dirty),
            std::mem::replace(&mut self.arenas, empty),
        )
    }

    /// The peer reads another encoding from now on: what it gets in this turn moves with it.
    pub(crate) fn change_encoding(&mut self, slot: Slot, from: EncodingId, to: EncodingId) {
        let Some(dirty) = self.dirty.get_mut(slot.0 as usize).filter(|_| from != to) else {
            return;
        };
        let source = std::mem::take(&mut self.arenas[usize::from(from.0)]);
        let target = &mut self.arenas[usize::from(to.0)];
        let start = target.len();
        for span in dirty.spans() {
            target.extend_from_slice(&source[span.start..span.end]);
        }
        dirty.first = Span {
            start,
            end: target.len(),
        };
        dirty.more.clear();
        self.arenas[usize::from(from.0)] = source;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.dirty.is_empty()
    }

    /// Keeps the memory of a turn that is written, for the next one.
    pub(crate) fn reuse(&mut self, mut dirty: Vec<Dirty>, arenas: Vec<Vec<u8>>) {
        self.dirty_needed.empty(&mut dirty);
        if self.dirty.is_empty() {
            self.dirty = dirty;
        }
        let kept = self.arenas.iter_mut().zip(&mut self.arenas_needed);
        for ((mine, needed), mut theirs) in kept.zip(arenas) {
            needed.empty(&mut theirs);
            if mine.is_empty() {
                *mine = theirs;
            }
        }
    }

    /// Gives back what the turns since the last look have not needed.
    pub(crate) fn look(&mut self) {
        self.dirty_needed.look(&mut self.dirty);
        for (arena, needed) in self.arenas.iter_mut().zip(&mut self.arenas_needed) {
            needed.look(arena);
        }
    }
}

/// Spans that touch are one up to this size: a peer that turns out to be slow loses all but the
/// span under way, and that must not be a whole burst.
const MERGED_MAX: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_touch_become_one() {
        let mut turn = Turn::new(1);
        let mut slot = Slot::CLEAN;
        turn.push(9, &mut slot, Span { start: 0, end: 4 }, 1);
        turn.push(9, &mut slot, Span { start: 4, end: 10 }, 2);
        turn.push(9, &mut slot, Span { start: 12, end: 14 }, 1);
        let (dirty, _) = turn.take();
        let spans: Vec<Span> = dirty[0].spans().collect();
        assert_eq!(spans, [Span { start: 0, end: 10 }, Span { start: 12, end: 14 }]);
        assert_eq!((dirty[0].messages, dirty[0].len()), (4, 12));
    }

    #[test]
    fn what_was_said_before_a_change_of_encoding_is_said_in_its_place() {
        let [old, new] = [EncodingId(0), EncodingId(1)];
        let mut turn = Turn::new(2);
        turn.arena(new).extend_from_slice(b"others");
        turn.arena(old).extend_from_slice(b"hello, not mine, world");
        let mut slot = Slot::CLEAN;
        turn.push(9, &mut slot, Span { start: 0, end: 7 }, 1);
        turn.push(9, &mut slot, Span { start: 17, end: 22 }, 1);
        turn.change_encoding(slot, old, new);
        let (dirty, arenas) = turn.take();
        let said: Vec<u8> = dirty[0]
            .spans()
            .flat_map(|span| arenas[1][span.start..span.end].to_vec())
            .collect();
        assert_eq!(said, b"hello, world");
    }
}
