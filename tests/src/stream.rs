//! How do numbered messages get through several servers, and how is it known that all have?

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use crate::checker::{self, Checker};
use crate::limits;
use crate::participant::{Participant, Publish};
use crate::program::Program;

/// The channel on which it is tried whether everybody hears everybody.
pub const WARM_UP: &str = "warm-up";

/// How often that is tried.
const TRY_EVERY: Duration = Duration::from_millis(20);

/// How long after the last message others, which must not come, are waited for.
const AFTERMATH: Duration = Duration::from_millis(100);

/// Publishes until every listener has heard every publisher once: the original connects late, and
/// loses what comes before. The listeners must have joined [`WARM_UP`].
///
/// # Panics
/// If somebody stays deaf, or cannot publish.
pub fn warm_up(publishers: &mut [&mut dyn Publish], listeners: &[&Participant]) {
    let deadline = Instant::now() + limits::START;
    for number in 0.. {
        for publisher in &mut *publishers {
            assert!(
                publisher.publish(WARM_UP, number),
                "{} cannot publish",
                publisher.name()
            );
        }
        thread::sleep(TRY_EVERY);
        let deaf: Vec<String> = listeners
            .iter()
            .filter_map(|listener| {
                let texts = listener.texts(WARM_UP);
                let mut missed: Vec<&str> = publishers.iter().map(|publisher| publisher.name()).collect();
                missed.retain(|name| {
                    let sender = format!(r#""{name}""#);
                    !texts.iter().any(|text| text.contains(&sender))
                });
                (!missed.is_empty()).then(|| format!("{} has not heard {}", listener.name(), missed.join(", ")))
            })
            .collect();
        if deaf.is_empty() {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "after {number} messages: {}",
            deaf.join("; ")
        );
    }
}

/// Publishes all at once, `count` messages each.
///
/// # Panics
/// If one cannot publish.
pub fn publish_at_once(publishers: &mut [&mut dyn Publish], channel: &str, count: u64) {
    thread::scope(|scope| {
        for publisher in publishers {
            scope.spawn(move || {
                for number in 0..count {
                    assert!(
                        publisher.publish(channel, number),
                        "{} cannot publish",
                        publisher.name()
                    );
                }
            });
        }
    });
}

/// Publishes these numbers.
///
/// # Panics
/// If it cannot.
pub fn publish(publisher: &Participant, channel: &str, numbers: Range<u64>) {
    for number in numbers {
        let text = checker::text(channel, publisher.name(), number);
        assert!(publisher.send(&text), "{} cannot publish", publisher.name());
    }
}

/// Returns once the server has dealt with all that the client sent before: it answers in order.
///
/// # Panics
/// If there is no answer.
pub fn fence(participant: &Participant) {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = format!("fence-{}", NEXT.fetch_add(1, SeqCst));
    assert!(participant.send(&format!("!unsubscribe:{name}")));
    let answer = format!(r#""payload": {{"channel": "{name}"}}"#);
    participant.wait_for("the answer to a command", limits::ANSWER, |entries| {
        entries.iter().rev().any(|entry| entry.text.contains(&answer))
    });
}

/// Waits until a server has logged so many lines with this part.
///
/// # Panics
/// If they do not come.
pub fn wait_for_lines(program: &Program, part: &str, count: usize) {
    limits::eventually(part, limits::START, || {
        let seen = program.log().lines().filter(|line| line.contains(part)).count();
        if seen >= count {
            Ok(())
        } else {
            Err(format!("{seen} of {count} in:\n{}", program.log()))
        }
    });
}

/// Waits until each listener has heard so many messages, and then for more that must not come.
///
/// # Panics
/// If they do not come.
pub fn settle(listeners: &[&Participant], channel: &str, count: usize) {
    for listener in listeners {
        listener.wait_for_count(channel, count);
    }
    thread::sleep(AFTERMATH);
}

/// Hands what the listeners have heard to the checker, and has it judge.
///
/// # Panics
/// With what is wrong.
pub fn pass(mut checker: Checker, channel: &str, listeners: &[&Participant]) {
    for listener in listeners {
        checker.heard(listener.name(), listener.texts(channel));
    }
    checker.pass();
}
