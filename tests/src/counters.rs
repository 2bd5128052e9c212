//! What has a node counted?

use std::thread;
use std::time::{Duration, Instant};

use crate::limits;
use crate::program::Program;

/// How often a node is asked again.
const ASK_EVERY: Duration = Duration::from_millis(20);

/// Asks an `omnibusd` for its counters and returns one; 0 if it is not named.
///
/// # Panics
/// If no answer comes.
pub fn counter(omnibusd: &mut Program, key: &str) -> u64 {
    let before = reports(omnibusd).len();
    omnibusd.signal("USR1");
    let report = limits::eventually("the counters", limits::ANSWER, || {
        let reports = reports(omnibusd);
        let report = reports.last().filter(|_| reports.len() > before);
        report.cloned().ok_or_else(|| "no new report".to_owned())
    });
    report
        .split([' ', '"'])
        .find_map(|word| word.strip_prefix(key)?.strip_prefix('=')?.parse().ok())
        .unwrap_or(0)
}

/// Waits until a counter has this value.
///
/// # Panics
/// If it passes it, or does not reach it.
pub fn expect_counter(omnibusd: &mut Program, key: &str, value: u64) {
    let deadline = Instant::now() + limits::ANSWER;
    loop {
        let counted = counter(omnibusd, key);
        if counted == value {
            return;
        }
        assert!(
            counted < value && Instant::now() < deadline,
            "{key} is {counted}, not {value}"
        );
        thread::sleep(ASK_EVERY);
    }
}

fn reports(omnibusd: &Program) -> Vec<String> {
    let log = omnibusd.log();
    log.lines()
        .filter(|line| line.contains(" counters ") && line.contains("connections="))
        .map(str::to_owned)
        .collect()
}
