//! What does every thread of a run have to do?
//!
//! The plan is made once, and the same for all threads and processes: each finds its own part in
//! it by its [`Share`].

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::clock::MILLISECOND;

/// The whole run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// Tells this run's messages from those of others.
    pub(crate) run: u32,
    pub(crate) targets: Vec<Target>,
    /// What follows the identifier when a client authenticates.
    pub(crate) token: Option<String>,
    /// The addresses that clients connect from; empty where the system chooses.
    pub(crate) sources: Vec<IpAddr>,
    /// The channel, or what the names of all channels begin with.
    pub(crate) channel: String,
    pub(crate) crowd: Crowd,
    pub(crate) connecting: Connecting,
    pub(crate) pace: Pace,
    pub(crate) body_bytes: usize,
    pub(crate) large: Option<Large>,
    /// Clients that come and go.
    pub(crate) passengers: Option<Passengers>,
    /// Channels that are made and left in a second.
    pub(crate) channel_churn: f64,
    pub(crate) slow_read_bytes: u64,
    pub(crate) warmup: u64,
    pub(crate) duration: u64,
    /// How long what is under way may take at the end.
    pub(crate) drain: u64,
    /// Whether it is told for each message when the last client had it.
    pub(crate) tells_last: bool,
}

/// A server's WebSocket.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) url: String,
    pub(crate) address: SocketAddr,
    pub(crate) host: String,
    pub(crate) path: String,
}

/// How clients get in.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Connecting {
    pub(crate) per_second: f64,
    /// How long one client may take.
    pub(crate) timeout: u64,
}

/// When publications are made.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Pace {
    /// Never.
    Silent,
    /// At this rate, by all publishers together, whatever becomes of them.
    Rate(f64),
    /// Each publisher has so many under way.
    InFlight(u32),
}

/// Some publications are larger.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Large {
    pub(crate) body_bytes: usize,
    /// One of so many of each publisher.
    pub(crate) every: u32,
}

/// Clients that connect, subscribe and leave.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Passengers {
    /// None: the next comes when one has left.
    pub(crate) per_second: Option<f64>,
    /// So many at once, at most.
    pub(crate) at_once: u32,
    /// How long each stays once it is in.
    pub(crate) hold: u64,
}

/// Who is there for the whole run.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Crowd {
    pub(crate) rooms: u32,
    /// Clients in each room.
    pub(crate) members: u32,
    /// How many of them publish.
    pub(crate) publishers: u32,
    /// Channels that each client subscribes beside that of its room.
    pub(crate) more_channels: u32,
    /// Percent of those who don't publish.
    pub(crate) never_read: f64,
    pub(crate) slow_read: f64,
}

/// A client of the crowd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member {
    /// Among all clients.
    pub(crate) number: u32,
    pub(crate) room: u32,
    /// Its number among the publishers of its room.
    pub(crate) publisher: Option<u32>,
    pub(crate) manner: Manner,
}

/// How a client reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Reads,
    ReadsSlowly,
    NeverReads,
}

impl Crowd {
    pub(crate) fn clients(&self) -> u32 {
        self.rooms * self.members
    }

    pub(crate) fn all_publishers(&self) -> u32 {
        self.rooms * self.publishers
    }

    /// Says who the client of this number is. Publishers and those who disturb are spread evenly.
    pub(crate) fn member(&self, number: u32) -> Member {
        let (room, place) = (number / self.members, number % self.members);
        let publisher = publisher_at(place, self.members, self.publishers);
        let manner = if publisher.is_some() {
            Manner::Reads
        } else if is_one_of(number, self.never_read, 0.0) {
            Manner::NeverReads
        // Half a step aside, so that both kinds don't fall on the same clients.
        } else if is_one_of(number, self.slow_read, 50.0) {
            Manner::ReadsSlowly
        } else {
            Manner::Reads
        };
        Member {
            number,
            room,
            publisher,
            manner,
        }
    }
}

/// Whether this place of so many is that of a publisher, and of which.
fn publisher_at(place: u32, places: u32, publishers: u32) -> Option<u32> {
    let [place, places, publishers] = [place, places, publishers].map(u64::from);
    // Publisher k sits at the place k × places ÷ publishers, rounded up.
    let publisher = place * publishers / places.max(1);
    let seat = (publisher * places).div_ceil(publishers.max(1));
    (publisher < publishers && seat == place).then(|| u32::try_from(publisher).expect("it is below a u32"))
}

/// Whether this number is one of so many percent.
fn is_one_of(number: u32, percent: f64, aside: f64) -> bool {
    let step = |number: f64| ((number * percent + aside) / 100.0).floor();
    step(f64::from(number) + 1.0) > step(f64::from(number))
}

/// One thread's part of a run.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Share {
    pub(crate) index: u32,
    pub(crate) of: u32,
}

impl Share {
    /// Its part of so many clients: neighbours stay together.
    pub(crate) fn part(self, all: u32) -> Range<u32> {
        let end = |index: u32| {
            let end = u64::from(all) * u64::from(index) / u64::from(self.of);
            u32::try_from(end).expect("it is at most all of them")
        };
        end(self.index)..end(self.index + 1)
    }

    /// Its part of a rate.
    pub(crate) fn rate(self, all: f64) -> f64 {
        all / f64::from(self.of)
    }
}

impl Plan {
    /// The server of the client of this number.
    pub(crate) fn node(&self, number: u32) -> usize {
        number as usize % self.targets.len()
    }

    /// The address that it connects from, if it is not the system that chooses.
    pub(crate) fn source(&self, number: u32) -> Option<IpAddr> {
        let turn = number as usize / self.targets.len();
        (!self.sources.is_empty()).then(|| self.sources[turn % self.sources.len()])
    }

    /// The channel of a room.
    pub(crate) fn channel(&self, room: u32) -> String {
        if self.crowd.rooms > 1 {
            format!("{}-{room}", self.channel)
        } else {
            self.channel.clone()
        }
    }

    /// Everything that is to be measured lies in here, where the run starts at `start`.
    pub(crate) fn measured(&self, start: u64) -> Range<u64> {
        let from = start + self.warmup;
        from..from + self.duration
    }

    /// Between the last thread's being ready and the start.
    pub(crate) const LEAD: u64 = 100 * MILLISECOND;
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A plan for a publisher and a listener.
    pub(in crate::bench) fn plan() -> Plan {
        Plan {
            run: 1,
            targets: vec![Target {
                url: "ws://127.0.0.1:4242/ec".to_owned(),
                address: ([127, 0, 0, 1], 4_242).into(),
                host: "127.0.0.1:4242".to_owned(),
                path: "/ec".to_owned(),
            }],
            token: None,
            sources: Vec::new(),
            channel: "room".to_owned(),
            crowd: Crowd {
                rooms: 1,
                members: 2,
                publishers: 1,
                ..Crowd::default()
            },
            connecting: Connecting {
                per_second: 1_000.0,
                timeout: 1,
            },
            pace: Pace::Silent,
            body_bytes: 128,
            large: None,
            passengers: None,
            channel_churn: 0.0,
            slow_read_bytes: 10_000,
            warmup: 0,
            duration: 1,
            drain: 1,
            tells_last: false,
        }
    }

    #[test]
    fn every_room_has_its_publishers_spread_over_its_members() {
        for (members, publishers, seats) in [
            (1, 1, &[0][..]),
            (10, 3, &[0, 4, 7]),
            (10, 10, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
            (1_001, 1, &[0]),
            (4, 0, &[]),
        ] {
            let crowd = Crowd {
                rooms: 2,
                members,
                publishers,
                ..Crowd::default()
            };
            for room in 0..2 {
                let of_room = (room * members..(room + 1) * members).map(|number| crowd.member(number));
                let seated: Vec<(u32, u32)> = of_room
                    .filter_map(|member| Some((member.publisher?, member.number - room * crowd.members)))
                    .collect();
                let expected: Vec<(u32, u32)> = (0..).zip(seats.iter().copied()).collect();
                assert_eq!(seated, expected, "{publishers} of {members}");
            }
        }
    }

    #[test]
    fn those_who_disturb_are_as_many_as_asked_for_and_none_of_them_publishes() {
        let crowd = Crowd {
            rooms: 1,
            members: 1_001,
            publishers: 1,
            never_read: 1.0,
            slow_read: 10.0,
            ..Crowd::default()
        };
        let count = |manner| (0..1_001).filter(|n| crowd.member(*n).manner == manner).count();
        assert_eq!(count(Manner::NeverReads), 10);
        assert!((95..=101).contains(&count(Manner::ReadsSlowly)));
        assert_eq!(crowd.member(0).manner, Manner::Reads);
    }

    #[test]
    fn shares_are_the_whole_without_overlap() {
        for (all, of) in [(10, 3), (1, 4), (0, 2), (54_001, 6)] {
            let parts: Vec<u32> = (0..of).flat_map(|index| Share { index, of }.part(all)).collect();
            assert_eq!(parts, (0..all).collect::<Vec<u32>>());
        }
    }
}
