//! Which messages of a publisher has a client got: each once, and in order?

/// What one client has got from one publisher. Sixteen bytes, since there are many of them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Receipts {
    highest: u32,
    distinct: u32,
    /// The bit 1 << n says whether the message n before the highest has come.
    seen: u64,
}

/// How a message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// Behind all that came before.
    InOrder,
    /// Once, but a later one came before it.
    OutOfOrder,
    /// Once more.
    Doubled,
    /// So long after its turn that nobody knows whether it came before; it counts as out of order
    /// and, since it may be a double, not as received.
    Forgotten,
}

impl Receipts {
    /// Notes a message, which are numbered from 1.
    pub(crate) fn take(&mut self, number: u32) -> Arrival {
        if let Some(ahead @ 1..) = number.checked_sub(self.highest) {
            self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
            self.highest = number;
            self.distinct += 1;
            return Arrival::InOrder;
        }
        let Some(bit) = 1_u64.checked_shl(self.highest - number) else {
            return Arrival::Forgotten;
        };
        if self.seen & bit != 0 {
            return Arrival::Doubled;
        }
        self.seen |= bit;
        self.distinct += 1;
        Arrival::OutOfOrder
    }

    /// The highest number that came.
    pub(crate) fn highest(&self) -> u32 {
        self.highest
    }

    /// Messages that came, doubles not counted.
    pub(crate) fn distinct(&self) -> u32 {
        self.distinct
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrivals(numbers: &[u32]) -> (Vec<Arrival>, u32) {
        let mut receipts = Receipts::default();
        let arrivals = numbers.iter().map(|number| receipts.take(*number)).collect();
        (arrivals, receipts.distinct())
    }

    #[test]
    fn order_gaps_doubles_and_swaps_are_told_apart() {
        use Arrival::{Doubled, InOrder, OutOfOrder};
        for (numbers, expected, distinct) in [
            (&[1, 2, 3][..], &[InOrder; 3][..], 3),
            (&[1, 3], &[InOrder; 2], 2),
            (&[1, 1], &[InOrder, Doubled], 1),
            (&[1, 3, 2], &[InOrder, InOrder, OutOfOrder], 3),
            (&[1, 3, 2, 2, 4], &[InOrder, InOrder, OutOfOrder, Doubled, InOrder], 4),
            (&[5, 4, 5], &[InOrder, OutOfOrder, Doubled], 2),
        ] {
            assert_eq!(arrivals(numbers), (expected.to_vec(), distinct), "{numbers:?}");
        }
    }

    #[test]
    fn what_comes_long_after_its_turn_is_forgotten() {
        assert_eq!(arrivals(&[1, 65, 2]).0[2], Arrival::OutOfOrder);
        assert_eq!(arrivals(&[1, 66, 2]).0[2], Arrival::Forgotten);
        assert_eq!(arrivals(&[1, 1_000_000, 1]).0[2], Arrival::Forgotten);
    }
}
