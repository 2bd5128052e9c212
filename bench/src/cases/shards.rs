//! What does a second shard cost?

use crate::error::Error;
use crate::server::{Contender, Ours};

use super::fan_out::{self, Comparison, THOUSAND};
use super::turns::Setting;

/// Measures fan-out with one shard and with two, on whatever cores the system chooses.
///
/// # Errors
/// The server fails, or does not deliver every message once and in order.
pub(crate) fn run(setting: &Setting, ours: &Ours) -> Result<Vec<Comparison>, Error> {
    let [one, two] = [ours.unpinned("one shard", "1"), ours.unpinned("two shards", "2")];
    let contenders: [&dyn Contender; 2] = [&one, &two];
    fan_out::run(setting, &contenders, &[THOUSAND])
}
