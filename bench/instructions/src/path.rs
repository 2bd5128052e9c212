//! Which hot paths are there?

use std::io;

use crate::{codecs, fan_out, publish};

/// One hot path.
pub(crate) struct Path {
    /// What `counts.toml` calls it.
    pub(crate) name: &'static str,
    /// Goes the path so many times and returns how many operations that were: frames, publications.
    pub(crate) walk: fn(u64) -> io::Result<u64>,
    few: u64,
    many: u64,
}

/// Which of two runs this is, of which the difference counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Amount {
    Few,
    Many,
}

impl Amount {
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "few" => Some(Self::Few),
            "many" => Some(Self::Many),
            _ => None,
        }
    }
}

impl Path {
    pub(crate) fn repetitions(&self, amount: Amount) -> u64 {
        match amount {
            Amount::Few => self.few,
            Amount::Many => self.many,
        }
    }
}

/// All paths. Of each, the difference of the two runs is some ten million instructions or more, beside
/// which a turn more or less, when the clock ticks, is nothing; where ten thousand clients come first, it
/// is a hundred million, as they come in more turns or fewer.
pub(crate) const PATHS: &[Path] = &[
    path("websocket_frame", codecs::websocket_frame, 100, 2_100),
    path("client_message", codecs::client_message, 1_000, 6_000),
    path("zmtp_relay", codecs::zmtp_relay, 100, 2_100),
    path("publish", publish::walk, 2_000, 12_000),
    path("fan_out_1", |windows| fan_out::walk(fan_out::to(1, 16), windows), 2, 42),
    path(
        "fan_out_100",
        |windows| fan_out::walk(fan_out::to(100, 16), windows),
        2,
        12,
    ),
    path(
        "fan_out_100_one_at_a_time",
        |windows| fan_out::walk(fan_out::to(100, 1), windows),
        2,
        12,
    ),
    path(
        "fan_out_10000",
        |windows| fan_out::walk(fan_out::to(10_000, 16), windows),
        2,
        42,
    ),
    path(
        "interest_exact",
        |windows| fan_out::walk(fan_out::exact(), windows),
        2,
        42,
    ),
    path(
        "interest_prefix",
        |windows| fan_out::walk(fan_out::prefix(), windows),
        2,
        42,
    ),
    path(
        "interest_none",
        |windows| fan_out::walk(fan_out::none(), windows),
        2,
        42,
    ),
];

const fn path(name: &'static str, walk: fn(u64) -> io::Result<u64>, few: u64, many: u64) -> Path {
    Path { name, walk, few, many }
}
