//! What did the table say a moment ago?

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::users::Status;

/// Users that are remembered.
const USERS_MAX: usize = 16_384;

/// What the table said, for a few seconds. Only users for whom the site has signed a token get in.
pub(crate) struct Cache {
    time_max: Duration,
    users: Mutex<HashMap<Arc<str>, (Status, Instant)>>,
}

impl Cache {
    pub(crate) fn new(time_max: Duration) -> Self {
        Self {
            time_max,
            users: Mutex::default(),
        }
    }

    pub(crate) fn get(&self, user: &str, now: Instant) -> Option<Status> {
        let users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        let &(status, read_at) = users.get(user)?;
        self.is_fresh(read_at, now).then_some(status)
    }

    pub(crate) fn put(&self, user: &Arc<str>, status: Status, now: Instant) {
        if self.time_max.is_zero() {
            return;
        }
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if users.len() >= USERS_MAX && !users.contains_key(user) {
            users.retain(|_, &mut (_, read_at)| self.is_fresh(read_at, now));
            if users.len() >= USERS_MAX {
                users.clear();
            }
        }
        users.insert(Arc::clone(user), (status, now));
    }

    fn is_fresh(&self, read_at: Instant, now: Instant) -> bool {
        now.saturating_duration_since(read_at) < self.time_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_holds_for_a_while_and_for_a_bounded_number() {
        let cache = Cache::new(Duration::from_secs(2));
        let now = Instant::now();
        cache.put(&"1".into(), Status::Inactive, now);
        assert_eq!(
            cache.get("1", now + Duration::from_millis(1_999)),
            Some(Status::Inactive)
        );
        assert_eq!(cache.get("1", now + Duration::from_secs(2)), None);
        assert_eq!(cache.get("2", now), None);
        for user in 0..2 * USERS_MAX {
            cache.put(&user.to_string().into(), Status::Inactive, now);
        }
        assert!(cache.users.lock().unwrap().len() <= USERS_MAX);
    }

    #[test]
    fn no_time_is_no_cache() {
        let cache = Cache::new(Duration::ZERO);
        let now = Instant::now();
        cache.put(&"1".into(), Status::Inactive, now);
        assert_eq!(cache.get("1", now), None);
    }
}
