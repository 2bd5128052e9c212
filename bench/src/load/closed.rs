//! How is published when what comes back decides when the next message goes?

use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::error::Error;

use super::crowd::Crowd;

/// When a run ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Until {
    /// Once so many are published in each room.
    Messages(u64),
    /// After this time.
    Elapsed(Duration),
}

/// Who of a room publishes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Speaker {
    /// Its first client, which hears itself.
    First,
    /// All its clients in turn, who all hear it. One message must be under way at most: those of
    /// two clients may overtake each other.
    EachInTurn,
}

/// How far publishers go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Publications of a room that some client may still lack.
    pub(crate) in_flight: u64,
    pub(crate) speaker: Speaker,
    pub(crate) until: Until,
}

/// What a run has done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    /// Messages times clients, each checked.
    pub(crate) deliveries: u64,
    pub(crate) elapsed: Duration,
}

impl Crowd {
    /// Publishes in all rooms, in each at most so far ahead of its slowest client, until it is
    /// time to stop and every client has every message.
    ///
    /// # Errors
    /// A client did not get every message once and in order.
    pub(crate) fn converse(&mut self, pace: Pace) -> Result<Run, Error> {
        let started = Instant::now();
        let rooms = self.rings.len();
        let first: Vec<u64> = self.rings.iter().map(|ring| ring.published).collect();
        let mut output = Vec::new();
        self.completed.clear();
        self.completed.extend(0..rooms);
        // Rooms in which nothing is under way and nothing more will be said.
        let mut silent = vec![false; rooms];
        let mut speaking = rooms;
        while speaking > 0 {
            let is_time_over = matches!(pace.until, Until::Elapsed(time) if started.elapsed() >= time);
            while let Some(room) = self.completed.pop() {
                let ring = &self.rings[room];
                let room_in_flight = pace.in_flight - (ring.published - ring.complete);
                let count = match pace.until {
                    Until::Messages(count) => room_in_flight.min(first[room] + count - ring.published),
                    Until::Elapsed(_) if is_time_over => 0,
                    Until::Elapsed(_) => room_in_flight,
                };
                let is_silent = count == 0 && ring.published == ring.complete;
                if is_silent && !silent[room] {
                    silent[room] = true;
                    speaking -= 1;
                }
                self.say(room, count, pace.speaker, &mut output)?;
            }
            if speaking > 0 {
                self.receive(None, |_| {})?;
            }
        }
        let published = self
            .rings
            .iter()
            .zip(&first)
            .map(|(ring, first)| ring.published - first);
        Ok(Run {
            deliveries: published.sum::<u64>() * self.guests.hearers() as u64,
            elapsed: started.elapsed(),
        })
    }

    /// Publishes the next messages of a room in one write.
    fn say(&mut self, room: usize, count: u64, speaker: Speaker, output: &mut Vec<u8>) -> Result<(), Error> {
        if count == 0 {
            return Ok(());
        }
        let members = self.guests.clients as u64;
        let member = match speaker {
            Speaker::First => 0,
            Speaker::EachInTurn => self.rings[room].published % members,
        };
        let client = room * self.guests.clients + usize::try_from(member).expect("rooms are in memory");
        output.clear();
        for _ in 0..count {
            self.publish(room, client, output);
        }
        // A few kilobytes always find room: all that was sent before has come back.
        let sent = self.clients[client].stream.write_all(output);
        sent.map_err(Error::system("publish"))
    }
}
