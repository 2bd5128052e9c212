//! How does one publication reach all its subscribers?

use std::sync::Arc;

use slab::Slab;

use crate::config::Config;
use crate::connection::{Connection, Phase};
use crate::counters::Counter;
use crate::encoding::{EncodingId, Encodings};
use crate::inbox::Message;
use crate::publication::Publication;
use crate::turn::{Span, Turn};

use super::Shard;

/// What a shard may still fan out in this turn.
pub(super) struct Budget {
    publications: usize,
    /// Bytes times subscribers.
    bytes: usize,
    /// Bytes, once each.
    frames_bytes: usize,
}

impl Budget {
    pub(super) fn of(config: &Config) -> Self {
        Self {
            publications: config.turn_publications_max.max(1),
            bytes: config.turn_bytes_max.max(1),
            frames_bytes: TURN_FRAMES_BYTES_MAX,
        }
    }

    pub(super) fn is_spent(&self) -> bool {
        self.publications == 0 || self.bytes == 0 || self.frames_bytes == 0
    }

    fn spend(&mut self, publications: usize, frames_bytes: usize, subscribers: usize) {
        let bytes = frames_bytes.saturating_mul(subscribers.max(1));
        self.publications = self.publications.saturating_sub(publications);
        self.bytes = self.bytes.saturating_sub(bytes);
        self.frames_bytes = self.frames_bytes.saturating_sub(frames_bytes);
    }
}

/// A run of publications in one encoding: made when the first subscriber needs it.
#[derive(Clone, Copy)]
pub(super) struct Encoded {
    span: Span,
    messages: u32,
    /// Publications of the run that stay out because they are no text.
    not_text: u32,
}

impl Shard {
    /// Fans out a publication, together with those behind it that go to the same channel: to a
    /// subscriber, a burst is one span.
    pub(super) fn fan_out_run(&mut self, first: Arc<Publication>, budget: &mut Budget) {
        let mut run = std::mem::take(&mut self.run);
        let mut bytes = first.frame().len();
        run.push(first);
        // A peer that asked for a prefix may want one publication of a channel and not the next.
        if self.prefixes.is_empty() {
            while run.len() < budget.publications
                && bytes < RUN_BYTES_MAX
                && let Some(Message::Publication(next)) = self.pending.front()
                && next.channel() == run[0].channel()
                && let Some(Message::Publication(next)) = self.pending.pop_front()
            {
                bytes += next.frame().len();
                run.push(next);
            }
        }
        let subscribers = self.fan_out(&run);
        self.stats.fanned_out += run.len() as u64;
        budget.spend(run.len(), bytes, subscribers);
        self.inbox.release(run.len(), bytes);
        run.clear();
        self.run = run;
    }

    /// Fans out publications of one channel; returns how many subscribers it has here.
    fn fan_out(&mut self, run: &[Arc<Publication>]) -> usize {
        self.next_stamp();
        self.spans.clear();
        self.spans.resize(self.hub.encodings().len(), None);
        let mut delivery = Delivery {
            run,
            encodings: self.hub.encodings(),
            connections: &mut self.connections,
            turn: &mut self.turn,
            encoded: &mut self.spans,
            stamp: self.stamp,
            subscribers: 0,
            delivered: 0,
            not_text: 0,
        };
        if let Some(id) = run[0].channel().and_then(|name| self.channels.find(name)) {
            for &key in self.channels.subscribers(id) {
                delivery.deliver(key);
            }
        }
        if !self.prefixes.is_empty() {
            self.prefixes.matches(run[0].frame(), |subscribers| {
                subscribers.iter().for_each(|&key| delivery.deliver(key))
            });
        }
        self.delivered += delivery.delivered;
        let Delivery {
            subscribers, not_text, ..
        } = delivery;
        if not_text > 0 {
            self.hub.counters_of(self.number).add(Counter::DroppedNotText, not_text);
        }
        subscribers
    }

    /// A stamp that no connection has.
    fn next_stamp(&mut self) {
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            self.connections
                .iter_mut()
                .for_each(|(_, connection)| connection.stamp = 0);
            self.stamp = 1;
        }
    }
}

/// Bytes of publications that a shard takes from its inbox in one turn, give or take the last run.
/// A turn's bytes stand in memory until it ends, and a lone subscriber would find its bound passed
/// by what comes before its socket is looked at again.
const TURN_FRAMES_BYTES_MAX: usize = 512 << 10;

/// A run is no longer than this in bytes, so that a turn's cap holds for the next one.
const RUN_BYTES_MAX: usize = 256 << 10;

/// One run on its way to its subscribers.
struct Delivery<'a> {
    run: &'a [Arc<Publication>],
    encodings: &'a Encodings,
    connections: &'a mut Slab<Connection>,
    turn: &'a mut Turn,
    encoded: &'a mut [Option<Encoded>],
    stamp: u32,
    subscribers: usize,
    delivered: u64,
    not_text: u64,
}

impl Delivery<'_> {
    // Per subscriber: one connection's entry, one dirty entry. The encoding is made once a run.
    fn deliver(&mut self, key: u32) {
        let Some(connection) = self.connections.get_mut(key as usize) else {
            return;
        };
        if connection.stamp == self.stamp || connection.phase != Phase::Open {
            return;
        }
        connection.stamp = self.stamp;
        self.subscribers += 1;
        let place = &mut self.encoded[usize::from(connection.encoding.0)];
        let Encoded {
            span,
            messages,
            not_text,
        } = *place.get_or_insert_with(|| encode(self.run, self.encodings, connection.encoding, self.turn));
        self.not_text += u64::from(not_text);
        if span.len() > 0 {
            self.turn.push(key, &mut connection.dirty, span, messages);
            self.delivered += u64::from(messages);
        }
    }
}

fn encode(run: &[Arc<Publication>], encodings: &Encodings, encoding: EncodingId, turn: &mut Turn) -> Encoded {
    let arena = turn.arena(encoding);
    let start = arena.len();
    let (mut messages, mut not_text) = (0, 0);
    for publication in run {
        if encodings.encode(encoding, publication, arena) {
            messages += 1;
        } else if !publication.is_text() {
            not_text += 1;
        }
    }
    Encoded {
        span: Span {
            start,
            end: arena.len(),
        },
        messages,
        not_text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_ends_by_publications_by_bytes_and_by_bytes_times_subscribers() {
        let config = Config {
            turn_publications_max: 100,
            turn_bytes_max: 100 << 20,
            ..Config::default()
        };
        let ends = |publications, bytes, subscribers| {
            let mut budget = Budget::of(&config);
            let mut spent = 0;
            while !budget.is_spent() {
                budget.spend(publications, bytes, subscribers);
                spent += 1;
            }
            spent
        };
        assert_eq!(ends(5, 1, 1), 20);
        assert_eq!(ends(1, 100 << 10, 1), 6);
        assert_eq!(ends(1, 1 << 10, 10_000), 11);
        assert_eq!(ends(1, usize::MAX, usize::MAX), 1);
    }
}
