//! How do the tests run a node, and talk to it?

mod client;
mod engine;
mod lines;
mod node;

pub(crate) use client::Client;
pub(crate) use engine::Confirming;
pub(crate) use lines::Lines;
pub(crate) use node::Node;

use std::process::Command;
use std::time::{Duration, Instant};

/// How long the tests wait for what must come; only a failing one waits so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until `condition` holds.
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Runs `body` in a process of its own, for what concerns a process as a whole. `test` is the
/// name of the calling test.
pub(crate) fn in_own_process(test: &str, body: impl FnOnce()) {
    const MARK: &str = "OMNIBUS_HUB_TEST_CHILD";
    if std::env::var_os(MARK).is_some() {
        return body();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(MARK, "1")
        // What is freed goes back to the system at once, and is not kept by the allocator.
        .env("MALLOC_MMAP_THRESHOLD_", "65536")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "no such test: {test}\n{text}");
}

/// Bytes of memory that this process holds.
pub(crate) fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let kilobytes: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1024
}
