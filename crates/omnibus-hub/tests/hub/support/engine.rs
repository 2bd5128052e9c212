//! Who confirms subscriptions in the tests?

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use omnibus_hub::{Engine, Hub, Join, Publication, Refused, Source, Topic};

/// An engine that makes the order here, and writes down what it is asked for.
#[derive(Default)]
pub(crate) struct Confirming {
    /// Whether subscriptions are confirmed only when the test calls `Hub::joined`.
    pub(crate) later: AtomicBool,
    /// Whether to panic when somebody wants something or wants it no more.
    pub(crate) panics: AtomicBool,
    asked: Mutex<Vec<String>>,
}

impl Confirming {
    /// What was wanted (`+`) and given up (`-`), in its order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn note(&self, sign: char, topic: Topic<'_>) {
        let topic = String::from_utf8(topic.to_prefix().into()).unwrap();
        self.asked.lock().unwrap().push(format!("{sign}{topic}"));
        assert!(!self.panics.load(Ordering::SeqCst), "as the test wants it");
    }
}

impl Engine for Confirming {
    fn publish(&self, hub: &Hub, publication: Arc<Publication>, source: Source) -> Result<(), Refused> {
        match source {
            Source::Local => hub.sequence(publication),
            Source::Below => {
                hub.deliver(publication);
                Ok(())
            }
        }
    }

    fn want(&self, topic: Topic<'_>) -> Join {
        self.note('+', topic);
        if self.later.load(Ordering::SeqCst) {
            Join::Later
        } else {
            Join::Now
        }
    }

    fn unwant(&self, topic: Topic<'_>) {
        self.note('-', topic);
    }
}
