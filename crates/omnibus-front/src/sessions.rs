//! Which SockJS sessions are there, and where do they live?

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use omnibus_hub::PeerId;

use crate::config::SockJs;

/// The sessions of a node, by their ids, and how many each address has. Its locks are held for a
/// look-up, and never two of them at once.
#[derive(Debug)]
pub(crate) struct Sessions {
    hasher: RandomState,
    stripes: [Mutex<HashMap<Box<str>, Entry>>; STRIPES],
    guests: Mutex<Guests>,
}

/// So many shards can look up at the same time without waiting, as a rule.
const STRIPES: usize = 16;

#[derive(Debug, Clone, Copy)]
struct Entry {
    peer: PeerId,
    guest: IpAddr,
    body_bytes_max: usize,
}

#[derive(Debug, Default)]
struct Guests {
    sessions: usize,
    by_address: HashMap<IpAddr, Guest>,
}

/// What one address does.
#[derive(Debug)]
struct Guest {
    sessions: usize,
    /// Ids that were none, since `since`.
    misses: u32,
    since: Instant,
}

/// Ids that are none, from one address and within a minute; past it, it finds its own sessions
/// only. Whoever guesses needs billions.
const MISSES_MAX: u32 = 100;
const MISSES_WINDOW: Duration = Duration::from_secs(60);

/// Addresses that are remembered for nothing but their misses.
const IDLE_GUESTS_MAX: usize = 10_000;

/// A session's place; giving it up makes its id free.
pub(crate) struct Seat {
    sessions: Arc<Sessions>,
    id: Box<str>,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoSeat {
    /// The session lives there already.
    Taken(PeerId),
    /// There are as many sessions as may be, of all or of one address.
    Full,
}

impl Sessions {
    pub(crate) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            stripes: std::array::from_fn(|_| Mutex::default()),
            guests: Mutex::default(),
        }
    }

    /// Where a session lives, and how large a body it takes now.
    pub(crate) fn find(&self, id: &str, from: IpAddr, now: Instant) -> Option<(PeerId, usize)> {
        let from = guest(from);
        let found = self.stripe(id).get(id).copied();
        let is_guessing = self.guests().is_guessing(from, found.is_none(), now);
        let entry = found.filter(|entry| entry.guest == from || !is_guessing)?;
        Some((entry.peer, entry.body_bytes_max))
    }

    /// Gives a session its place, unless it has one.
    ///
    /// # Errors
    /// It has, or there is none left.
    pub(crate) fn sit(
        sessions: &Arc<Self>,
        config: &SockJs,
        id: &str,
        peer: PeerId,
        from: IpAddr,
    ) -> Result<Seat, NoSeat> {
        let guest = guest(from);
        if !sessions.guests().enter(guest, config) {
            return match sessions.stripe(id).get(id) {
                Some(entry) => Err(NoSeat::Taken(entry.peer)),
                None => Err(NoSeat::Full),
            };
        }
        let mut stripe = sessions.stripe(id);
        if let Some(entry) = stripe.get(id) {
            let taken = NoSeat::Taken(entry.peer);
            drop(stripe);
            sessions.guests().leave(guest);
            return Err(taken);
        }
        let entry = Entry {
            peer,
            guest,
            body_bytes_max: 0,
        };
        stripe.insert(id.into(), entry);
        drop(stripe);
        Ok(Seat {
            sessions: Arc::clone(sessions),
            id: id.into(),
        })
    }

    fn stripe(&self, id: &str) -> MutexGuard<'_, HashMap<Box<str>, Entry>> {
        let hash = self.hasher.hash_one(id);
        let stripe = usize::try_from(hash % STRIPES as u64).unwrap_or_default();
        // Nothing that can panic is done under the lock.
        self.stripes[stripe].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn guests(&self) -> MutexGuard<'_, Guests> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Says how large a body the session takes from now on.
    pub(crate) fn set_body_bytes_max(&self, body_bytes_max: usize) {
        if let Some(entry) = self.sessions.stripe(&self.id).get_mut(&self.id) {
            entry.body_bytes_max = body_bytes_max;
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let sessions = &self.sessions;
        let entry = sessions.stripe(&self.id).remove(&self.id);
        if let Some(entry) = entry {
            sessions.guests().leave(entry.guest);
        }
    }
}

impl Guests {
    /// Counts a session in, if there is room.
    fn enter(&mut self, guest: IpAddr, config: &SockJs) -> bool {
        let of_guest = self.by_address.get(&guest).map_or(0, |guest| guest.sessions);
        if self.sessions >= config.sessions_max || of_guest >= config.sessions_per_address_max {
            return false;
        }
        self.sessions += 1;
        self.by_address.entry(guest).or_insert_with(Guest::new).sessions += 1;
        true
    }

    fn leave(&mut self, guest: IpAddr) {
        self.sessions = self.sessions.saturating_sub(1);
        if let Some(entry) = self.by_address.get_mut(&guest) {
            entry.sessions = entry.sessions.saturating_sub(1);
            if entry.sessions == 0 && entry.misses == 0 {
                self.by_address.remove(&guest);
            }
        }
    }

    /// Notes a look-up; whether its address has named too many ids that are none.
    fn is_guessing(&mut self, guest: IpAddr, missed: bool, now: Instant) -> bool {
        if !missed && !self.by_address.contains_key(&guest) {
            return false;
        }
        if self.by_address.len() > self.sessions + IDLE_GUESTS_MAX {
            self.by_address.retain(|_, guest| guest.sessions > 0);
        }
        let guest = self.by_address.entry(guest).or_insert_with(Guest::new);
        if now.saturating_duration_since(guest.since) > MISSES_WINDOW {
            guest.since = now;
            guest.misses = 0;
        }
        guest.misses = guest.misses.saturating_add(u32::from(missed));
        guest.misses > MISSES_MAX
    }
}

impl Guest {
    fn new() -> Self {
        Self {
            sessions: 0,
            misses: 0,
            since: Instant::now(),
        }
    }
}

/// Whose sessions are counted together: an IPv6 client has a /64 to itself.
fn guest(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        address => address,
    }
}
