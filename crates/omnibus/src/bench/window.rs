//! What do publishers have under way, who wait for it before they go on?
//!
//! A message is under way until the undisturbed clients of its room that are in the publisher's
//! own thread have it: the publisher itself is one, and with one thread they are all of them.

use std::collections::VecDeque;
use std::ops::Range;

use super::clock::SECOND;
use super::sequence::Receipts;

/// How long a message may be under way before its publisher goes on without it.
const STALL: u64 = SECOND;

/// The windows of a thread's publishers.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    /// Publishers in each room.
    per_room: u32,
    /// The publishers of this thread, among those of all.
    publishers: Range<u32>,
    all: Vec<Window>,
    /// Publishers that may go on.
    moved: Vec<usize>,
}

#[derive(Debug)]
struct Window {
    /// Undisturbed clients of the room.
    listeners: u32,
    /// The number of the oldest message that is under way.
    oldest: u32,
    /// How many clients lack each, and when it was sent.
    lacking: VecDeque<(u32, u64)>,
}

impl Window {
    /// A client has got a message; true if the oldest is no more under way.
    fn got(&mut self, number: u32) -> bool {
        let index = number.checked_sub(self.oldest);
        let entry = index.and_then(|index| self.lacking.get_mut(index as usize));
        let Some((lacking, _)) = entry else { return false };
        *lacking = lacking.saturating_sub(1);
        let before = self.oldest;
        while self.lacking.front().is_some_and(|(lacking, _)| *lacking == 0) {
            self.lacking.pop_front();
            self.oldest += 1;
        }
        self.oldest != before
    }
}

impl Windows {
    /// Empty ones for these publishers.
    pub(crate) fn new(per_room: u32, publishers: Range<u32>) -> Self {
        let window = |_| Window {
            listeners: 0,
            oldest: 1,
            lacking: VecDeque::new(),
        };
        Self {
            per_room,
            all: publishers.clone().map(window).collect(),
            publishers,
            moved: Vec::new(),
        }
    }

    /// The windows of a room's publishers who are in this thread, each with its number in the room.
    fn of_room(&self, room: u32) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (first, publishers) = (room * self.per_room, self.publishers.clone());
        (0..self.per_room).filter_map(move |publisher| {
            let number = first + publisher;
            let index = publishers.contains(&number).then(|| number - publishers.start)?;
            Some((index as usize, publisher as usize))
        })
    }

    /// An undisturbed client is in.
    pub(crate) fn joined(&mut self, room: u32) {
        for (index, _) in self.of_room(room) {
            self.all[index].listeners += 1;
        }
    }

    /// An undisturbed client, which has got this from the publishers of its room, is gone.
    pub(crate) fn left(&mut self, room: u32, receipts: &[Receipts]) {
        for (index, publisher) in self.of_room(room) {
            let window = &mut self.all[index];
            window.listeners = window.listeners.saturating_sub(1);
            let newest = window.oldest + u32::try_from(window.lacking.len()).unwrap_or(0);
            let mut has_moved = false;
            for number in (receipts[publisher].highest() + 1).max(window.oldest)..newest {
                has_moved |= window.got(number);
            }
            if has_moved {
                self.moved.push(index);
            }
        }
    }

    /// A client has got a message.
    pub(crate) fn got(&mut self, room: u32, publisher: u32, number: u32) {
        let index = (room * self.per_room + publisher).wrapping_sub(self.publishers.start) as usize;
        if let Some(window) = self.all.get_mut(index)
            && window.got(number)
        {
            self.moved.push(index);
        }
    }

    /// A publisher sends its next message.
    pub(crate) fn send(&mut self, publisher: usize, now: u64) {
        let window = &mut self.all[publisher];
        window.lacking.push_back((window.listeners, now));
    }

    /// How many messages a publisher has under way.
    pub(crate) fn under_way(&self, publisher: usize) -> usize {
        self.all[publisher].lacking.len()
    }

    /// The publishers that may go on since the last call.
    pub(crate) fn take_moved(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.moved)
    }

    /// Lets publishers go on without what has been under way for too long; says how much it is.
    pub(crate) fn give_up(&mut self, now: u64) -> u64 {
        let mut stalled = 0;
        for (index, window) in self.all.iter_mut().enumerate() {
            let before = window.oldest;
            while window.lacking.front().is_some_and(|(_, sent)| now > sent + STALL) {
                window.lacking.pop_front();
                window.oldest += 1;
                stalled += 1;
            }
            if window.oldest != before {
                self.moved.push(index);
            }
        }
        stalled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two publishers in each of two rooms; this thread has the last of the first and the next.
    fn windows() -> Windows {
        let mut windows = Windows::new(2, 1..3);
        for room in [0, 0, 1] {
            windows.joined(room);
        }
        windows
    }

    #[test]
    fn publisher_goes_on_when_all_of_its_room_have_the_oldest() {
        let mut windows = windows();
        windows.send(0, 10);
        windows.send(0, 10);
        windows.got(0, 1, 1);
        windows.got(0, 1, 2);
        windows.got(0, 1, 2);
        windows.got(0, 0, 1);
        windows.got(1, 1, 1);
        assert_eq!((windows.under_way(0), windows.take_moved()), (2, vec![]));
        windows.got(0, 1, 1);
        assert_eq!((windows.under_way(0), windows.take_moved()), (0, vec![0]));
    }

    #[test]
    fn nobody_waits_for_who_has_left_or_for_what_is_lost() {
        let mut windows = windows();
        windows.send(0, 10);
        windows.got(0, 1, 1);
        windows.left(0, &[Receipts::default(); 2]);
        assert_eq!((windows.under_way(0), windows.take_moved()), (0, vec![0]));
        windows.send(1, 10);
        assert_eq!(windows.give_up(10 + STALL), 0);
        assert_eq!(windows.give_up(11 + STALL), 1);
        assert_eq!((windows.under_way(1), windows.take_moved()), (0, vec![1]));
    }
}
