//! How long does an address wait for its next refusal?
//!
//! What fails is told late, the later the more has failed from there; what succeeds is told at
//! once. So who tries tokens out is slow, and who shares an address with them notices nothing: no
//! login is refused for what others have done. A connection is not read while it waits, so each
//! has one attempt under way.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures of an address that are told at once.
const FREE: u32 = 5;

/// What the first failure after those waits; each further one waits twice as long.
const DELAY_MIN: Duration = Duration::from_millis(250);

/// The longest wait, below the time in which a client has to say who it is.
const DELAY_MAX: Duration = Duration::from_secs(4);

/// How long it takes until one failure is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(10);

/// The most failures that are remembered of an address.
const FAILURES_MAX: u32 = 30;

/// Addresses that are remembered.
const ADDRESSES_MAX: usize = 16_384;

/// The failures of each address.
#[derive(Default)]
pub(crate) struct Attempts {
    failures: Mutex<HashMap<Neighbourhood, Failures>>,
}

/// What is one address here: an IPv4 address, or the /64 that one IPv6 host may number as it likes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Neighbourhood {
    V4([u8; 4]),
    V6([u16; 4]),
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    since: Instant,
}

impl Neighbourhood {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.octets()),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

impl Failures {
    /// What is left of them at `now`.
    fn at(self, now: Instant) -> Self {
        let forgotten = now.saturating_duration_since(self.since).as_secs() / FORGOTTEN_AFTER.as_secs();
        let forgotten = u32::try_from(forgotten).unwrap_or(u32::MAX).min(self.count);
        Self {
            count: self.count - forgotten,
            since: self.since + FORGOTTEN_AFTER * forgotten,
        }
    }

    fn delay(self) -> Duration {
        match self.count.checked_sub(FREE + 1) {
            None => Duration::ZERO,
            Some(doublings) => DELAY_MIN.saturating_mul(1 << doublings.min(8)).min(DELAY_MAX),
        }
    }
}

impl Attempts {
    /// Notes a failure, and says how long its refusal waits.
    pub(crate) fn failed(&self, address: IpAddr, now: Instant) -> Duration {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let key = Neighbourhood::of(address);
        if failures.len() >= ADDRESSES_MAX && !failures.contains_key(&key) {
            make_room(&mut failures, now);
        }
        let entry = failures.entry(key).or_insert(Failures { count: 0, since: now });
        *entry = entry.at(now);
        if entry.count == 0 {
            entry.since = now;
        }
        entry.count = (entry.count + 1).min(FAILURES_MAX);
        entry.delay()
    }
}

/// Forgets those whose failures are long ago; or, in a flood of addresses, those that have failed
/// the least.
fn make_room(failures: &mut HashMap<Neighbourhood, Failures>, now: Instant) {
    for least in [0, 1, FREE, FAILURES_MAX] {
        failures.retain(|_, failures| failures.at(now).count > least);
        if failures.len() < ADDRESSES_MAX {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_more_an_address_fails_the_later_it_is_told() {
        let attempts = Attempts::default();
        let now = Instant::now();
        let delays: Vec<u128> = (0..12)
            .map(|_| attempts.failed(ip("192.0.2.1"), now).as_millis())
            .collect();
        assert_eq!(delays, [0, 0, 0, 0, 0, 250, 500, 1000, 2000, 4000, 4000, 4000]);
        assert_eq!(attempts.failed(ip("192.0.2.2"), now), Duration::ZERO, "a neighbour");
        for _ in 0..1_000 {
            attempts.failed(ip("192.0.2.1"), now);
        }
        let later = now + FORGOTTEN_AFTER * FAILURES_MAX;
        assert_eq!(
            attempts.failed(ip("192.0.2.1"), later),
            Duration::ZERO,
            "all is forgotten"
        );
    }

    #[test]
    fn failures_are_forgotten_one_by_one() {
        let attempts = Attempts::default();
        let now = Instant::now();
        for _ in 0..8 {
            attempts.failed(ip("192.0.2.1"), now);
        }
        assert_eq!(
            attempts.failed(ip("192.0.2.1"), now + FORGOTTEN_AFTER * 2).as_millis(),
            500,
            "the seventh, as two of nine are forgotten"
        );
    }

    #[test]
    fn all_of_a_64_is_one_address() {
        let attempts = Attempts::default();
        let now = Instant::now();
        for host in 0..FREE {
            attempts.failed(ip(&format!("2001:db8::{host}")), now);
        }
        assert!(!attempts.failed(ip("2001:db8::ffff:1:2:3"), now).is_zero());
        assert!(attempts.failed(ip("2001:db8:0:1::1"), now).is_zero());
        for _ in 0..FREE {
            attempts.failed(ip("::ffff:192.0.2.9"), now);
        }
        assert!(
            !attempts.failed(ip("192.0.2.9"), now).is_zero(),
            "IPv4 in IPv6's clothes"
        );
    }

    #[test]
    fn a_flood_of_addresses_stays_within_its_bound_and_the_worst_are_remembered() {
        let attempts = Attempts::default();
        let now = Instant::now();
        for _ in 0..20 {
            attempts.failed(ip("192.0.2.1"), now);
        }
        for number in 0..40_000_u32 {
            attempts.failed(IpAddr::from((0x0a00_0000 + number).to_be_bytes()), now);
        }
        assert!(attempts.failures.lock().unwrap().len() <= ADDRESSES_MAX);
        assert_eq!(attempts.failed(ip("192.0.2.1"), now), DELAY_MAX);
    }
}
