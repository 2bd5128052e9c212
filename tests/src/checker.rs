//! Did everybody hear what was published: each message once, in order, and all in the same order?
//!
//! The checker reads logs only: what the publishers have numbered, and what each listener wrote
//! down. It knows nothing of servers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::ops::Range;

use serde_json::Value;

/// One message: who published it, and its number there, counted by the publisher.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// The publisher.
    pub publisher: String,
    /// The message's number.
    pub number: u64,
}

/// What was published to one channel, and what came of it.
#[derive(Debug, Clone)]
pub struct Checker {
    channel: String,
    required: BTreeSet<Mark>,
    permitted: BTreeSet<Mark>,
    logs: Vec<(String, Vec<String>)>,
}

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A listener has not heard what it must.
    Lost {
        /// Who.
        listener: String,
        /// What.
        mark: Mark,
    },
    /// A listener has heard it again.
    Doubled {
        /// Who.
        listener: String,
        /// What.
        mark: Mark,
    },
    /// A listener has heard a message after a later one of the same publisher.
    Swapped {
        /// Who.
        listener: String,
        /// What.
        mark: Mark,
        /// The later one.
        after: u64,
    },
    /// A listener has heard what nobody has published.
    Unknown {
        /// Who.
        listener: String,
        /// What.
        text: String,
    },
    /// Two listeners have heard two messages in opposite orders.
    Disagreed {
        /// The first listener, and the other.
        listeners: [String; 2],
        /// In the order of the first.
        marks: [Mark; 2],
    },
}

/// All findings; none, if everything is in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    channel: String,
    findings: Vec<Finding>,
    counts: String,
}

/// Findings of one kind that a failed test shows.
const SHOWN_MAX: usize = 5;

/// The text of a numbered message, as a client publishes it.
#[must_use]
pub fn text(channel: &str, publisher: &str, number: u64) -> String {
    format!(r#"{channel}:{{"type":"numbered","sender":"{publisher}","payload":{{"number":{number}}}}}"#)
}

/// The same, of so many bytes more.
#[must_use]
pub fn long_text(channel: &str, publisher: &str, number: u64, more_bytes: usize) -> String {
    let text = text(channel, publisher, number);
    let open = text.strip_suffix("}}").expect("its payload is an object");
    format!(r#"{open},"more":"{}"}}}}"#, "m".repeat(more_bytes))
}

/// Who published a text, and its number, if it is a numbered message of this channel.
#[must_use]
pub fn mark(channel: &str, text: &str) -> Option<Mark> {
    let body = text.strip_prefix(channel)?.strip_prefix(':')?;
    let value: Value = serde_json::from_str(body).ok()?;
    Some(Mark {
        publisher: value["sender"].as_str()?.to_owned(),
        number: value["payload"]["number"].as_u64()?,
    })
}

impl Checker {
    /// Nothing is published to the channel yet.
    #[must_use]
    pub fn new(channel: &str) -> Self {
        Self {
            channel: channel.to_owned(),
            required: BTreeSet::new(),
            permitted: BTreeSet::new(),
            logs: Vec::new(),
        }
    }

    /// These were published, and everybody must hear them.
    pub fn requires(&mut self, publisher: &str, numbers: Range<u64>) {
        self.required.extend(marks(publisher, numbers));
    }

    /// These were published where they could be lost; they may be heard.
    pub fn permits(&mut self, publisher: &str, numbers: Range<u64>) {
        self.permitted.extend(marks(publisher, numbers));
    }

    /// This is all that a listener has heard of the channel, from the first to the last text.
    pub fn heard(&mut self, listener: &str, texts: impl IntoIterator<Item = String>) {
        self.logs.push((listener.to_owned(), texts.into_iter().collect()));
    }

    /// What is wrong.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let mut findings = Vec::new();
        let mut orders: Vec<(&String, Vec<Mark>)> = Vec::new();
        for (listener, texts) in &self.logs {
            let order = self.listen(listener, texts, &mut findings);
            for (earlier, other) in &orders {
                findings.extend(disagreement([earlier, listener], other, &order));
            }
            orders.push((listener, order));
        }
        let heard = |(listener, order): &(&String, Vec<Mark>)| format!("{listener} {}", order.len());
        Verdict {
            channel: self.channel.clone(),
            findings,
            counts: format!(
                "{} required and {} permitted; heard: {}",
                self.required.len(),
                self.permitted.len(),
                orders.iter().map(heard).collect::<Vec<_>>().join(", ")
            ),
        }
    }

    /// Fails the test unless all is as it must be.
    ///
    /// # Panics
    /// With what is wrong; and if nobody has listened or nothing was published, because such a
    /// check could not fail.
    pub fn pass(&self) {
        assert!(!self.logs.is_empty(), "nobody has listened to {}", self.channel);
        assert!(
            self.required.len() + self.permitted.len() > 0,
            "nothing was published to {}",
            self.channel
        );
        let verdict = self.verdict();
        assert!(verdict.is_clean(), "{verdict}");
    }

    /// Compares one log with what was published; returns what was heard, each message once.
    fn listen(&self, listener: &str, texts: &[String], findings: &mut Vec<Finding>) -> Vec<Mark> {
        let listener = || listener.to_owned();
        let mut order = Vec::new();
        let mut heard = BTreeSet::new();
        let mut latest: BTreeMap<&str, u64> = BTreeMap::new();
        for text in texts {
            let known = mark(&self.channel, text)
                .and_then(|mark| self.required.get(&mark).or_else(|| self.permitted.get(&mark)));
            let Some(mark) = known else {
                findings.push(Finding::Unknown {
                    listener: listener(),
                    text: text.clone(),
                });
                continue;
            };
            if !heard.insert(mark) {
                findings.push(Finding::Doubled {
                    listener: listener(),
                    mark: mark.clone(),
                });
                continue;
            }
            let latest = latest.entry(&mark.publisher).or_insert(mark.number);
            if *latest > mark.number {
                findings.push(Finding::Swapped {
                    listener: listener(),
                    mark: mark.clone(),
                    after: *latest,
                });
            }
            *latest = mark.number.max(*latest);
            order.push(mark.clone());
        }
        let lost = self.required.iter().filter(|mark| !heard.contains(mark));
        findings.extend(lost.map(|mark| Finding::Lost {
            listener: listener(),
            mark: mark.clone(),
        }));
        order
    }
}

fn marks(publisher: &str, numbers: Range<u64>) -> impl Iterator<Item = Mark> {
    numbers.map(move |number| Mark {
        publisher: publisher.to_owned(),
        number,
    })
}

/// The first two messages that both have heard and in opposite orders.
fn disagreement(listeners: [&str; 2], one: &[Mark], other: &[Mark]) -> Option<Finding> {
    let places: HashMap<&Mark, usize> = one.iter().enumerate().map(|(place, mark)| (mark, place)).collect();
    let mut latest: Option<(usize, &Mark)> = None;
    for mark in other {
        let Some(&place) = places.get(mark) else { continue };
        match latest {
            Some((before, earlier)) if before > place => {
                return Some(Finding::Disagreed {
                    listeners: listeners.map(str::to_owned),
                    marks: [mark.clone(), earlier.clone()],
                });
            }
            _ => latest = Some((place, mark)),
        }
    }
    None
}

impl Verdict {
    /// Whether there is nothing to find fault with.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// What is wrong.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl Finding {
    fn kind(&self) -> &'static str {
        match self {
            Self::Lost { .. } => "lost",
            Self::Doubled { .. } => "doubled",
            Self::Swapped { .. } => "swapped",
            Self::Unknown { .. } => "unknown",
            Self::Disagreed { .. } => "disagreed",
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.number, self.publisher)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost { listener, mark } => write!(f, "{listener} has not heard {mark}"),
            Self::Doubled { listener, mark } => write!(f, "{listener} has heard {mark} again"),
            Self::Swapped { listener, mark, after } => write!(f, "{listener} has heard {mark} after its {after}"),
            Self::Unknown { listener, text } => {
                write!(f, "{listener} has heard {}", crate::shown::bytes(text.as_bytes()))
            }
            Self::Disagreed {
                listeners: [one, other],
                marks: [first, second],
            } => write!(
                f,
                "{one} has heard {first} before {second}, {other} the other way round"
            ),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.channel, self.counts)?;
        for kind in ["lost", "doubled", "swapped", "unknown", "disagreed"] {
            let findings: Vec<&Finding> = self.findings.iter().filter(|found| found.kind() == kind).collect();
            if !findings.is_empty() {
                write!(f, "\n{} {kind}", findings.len())?;
            }
            for found in findings.into_iter().take(SHOWN_MAX) {
                write!(f, "\n  {found}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of each of two publishers.
    const COUNT: u64 = 5_000;

    fn checker() -> Checker {
        let mut checker = Checker::new("news");
        checker.requires("a", 0..COUNT);
        checker.requires("b", 0..COUNT);
        checker
    }

    /// The two publishers in turn.
    fn whole() -> Vec<String> {
        (0..COUNT)
            .flat_map(|number| ["a", "b"].map(|publisher| text("news", publisher, number)))
            .collect()
    }

    fn of_a(number: u64) -> Mark {
        Mark {
            publisher: "a".to_owned(),
            number,
        }
    }

    fn findings(checker: &Checker) -> Vec<Finding> {
        checker.verdict().findings().to_vec()
    }

    /// The places of "a" where something is made wrong: both ends, and some between.
    const PLACES: [u64; 5] = [0, 1, 1_234, COUNT - 2, COUNT - 1];

    #[test]
    fn whole_streams_are_in_order() {
        let mut checker = checker();
        checker.heard("x", whole());
        checker.heard("y", whole());
        assert_eq!(findings(&checker), []);
        checker.pass();
    }

    #[test]
    fn one_dropped_message_of_ten_thousand_is_found() {
        for number in PLACES {
            let mut checker = checker();
            let mut texts = whole();
            texts.remove(number as usize * 2);
            checker.heard("x", whole());
            checker.heard("y", texts);
            let (listener, mark) = ("y".to_owned(), of_a(number));
            assert_eq!(findings(&checker), [Finding::Lost { listener, mark }]);
        }
    }

    #[test]
    fn one_doubled_message_of_ten_thousand_is_found_wherever_it_comes_again() {
        for number in PLACES {
            for again in [number * 2, number * 2 + 1, COUNT * 2] {
                let mut checker = checker();
                let mut texts = whole();
                texts.insert(again as usize, text("news", "a", number));
                checker.heard("x", whole());
                checker.heard("y", texts);
                let (listener, mark) = ("y".to_owned(), of_a(number));
                assert_eq!(findings(&checker), [Finding::Doubled { listener, mark }]);
            }
        }
    }

    #[test]
    fn two_swapped_messages_of_one_publisher_among_ten_thousand_are_found() {
        for number in PLACES.into_iter().filter(|number| number + 1 < COUNT) {
            let mut checker = checker();
            let mut texts = whole();
            texts.swap(number as usize * 2, number as usize * 2 + 2);
            checker.heard("x", texts);
            let listener = "x".to_owned();
            let (mark, after) = (of_a(number), number + 1);
            assert_eq!(findings(&checker), [Finding::Swapped { listener, mark, after }]);
        }
    }

    #[test]
    fn two_swapped_messages_of_two_publishers_are_found_where_listeners_disagree() {
        for number in PLACES {
            let mut checker = checker();
            let mut texts = whole();
            texts.swap(number as usize * 2, number as usize * 2 + 1);
            checker.heard("x", whole());
            checker.heard("y", texts);
            let [Finding::Disagreed { listeners, marks }] = &findings(&checker)[..] else {
                panic!("{:?}", findings(&checker));
            };
            assert_eq!(listeners, &["x", "y"]);
            assert_eq!(marks[0], of_a(number));
        }
    }

    #[test]
    fn listeners_disagree_about_what_each_has_heard_only_in_part() {
        let mut checker = Checker::new("news");
        checker.permits("a", 0..3);
        checker.permits("b", 0..3);
        let texts = |marks: &[(&str, u64)]| -> Vec<String> {
            marks
                .iter()
                .map(|(publisher, number)| text("news", publisher, *number))
                .collect()
        };
        checker.heard("x", texts(&[("a", 0), ("b", 0), ("a", 2)]));
        checker.heard("y", texts(&[("a", 1), ("a", 2), ("b", 1)]));
        assert_eq!(findings(&checker), []);
        checker.heard("z", texts(&[("b", 1), ("a", 2)]));
        assert_eq!(findings(&checker).len(), 1);
    }

    #[test]
    fn what_nobody_published_is_found() {
        let strangers = [
            text("news", "c", 0),
            text("news", "a", COUNT),
            text("newsroom", "a", 0),
            "news:".to_owned(),
            r#"news:{"sender":"a"}"#.to_owned(),
        ];
        for stranger in strangers {
            let mut checker = checker();
            checker.heard("x", whole().into_iter().chain([stranger.clone()]));
            let (listener, text) = ("x".to_owned(), stranger);
            assert_eq!(findings(&checker), [Finding::Unknown { listener, text }]);
        }
    }

    #[test]
    fn what_may_be_lost_is_missed_by_nobody_and_must_not_come_twice() {
        let mut checker = Checker::new("news");
        checker.requires("a", 0..2);
        checker.permits("a", 2..4);
        let texts =
            |numbers: &[u64]| -> Vec<String> { numbers.iter().map(|&number| text("news", "a", number)).collect() };
        checker.heard("x", texts(&[0, 1]));
        checker.heard("y", texts(&[0, 1, 3]));
        checker.pass();
        checker.heard("z", texts(&[0, 1, 3, 3, 2]));
        let kinds: Vec<&str> = findings(&checker).iter().map(Finding::kind).collect();
        assert_eq!(kinds, ["doubled", "swapped"]);
    }

    #[test]
    #[should_panic(expected = "1 lost")]
    fn a_test_fails_with_what_was_found() {
        let mut checker = Checker::new("news");
        checker.requires("a", 0..2);
        checker.heard("x", [text("news", "a", 0)]);
        checker.pass();
    }

    #[test]
    #[should_panic(expected = "nobody has listened")]
    fn a_check_without_listeners_fails() {
        checker().pass();
    }
}
