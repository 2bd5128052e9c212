//! Who talks on while others misbehave?

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use omnibus_tests::client::Client;
use omnibus_tests::node::Node;
use serde_json::json;

use crate::sockets::Sockets;

/// A `PUB` and a `SUB` of libzmq, and two browsers, that exchange messages all the while.
#[derive(Debug)]
pub(crate) struct Neighbours {
    sockets: Sockets,
    ending: Arc<AtomicBool>,
    browsers: Option<JoinHandle<u64>>,
}

const TOPIC: &str = "neighbours:";

/// Messages that each pair exchanges at least, however short the attack.
const EXCHANGED_MIN: u64 = 100;

/// Between two messages of the browsers.
const PAUSE: Duration = Duration::from_millis(2);

impl Neighbours {
    pub(crate) fn of(node: &Node) -> Self {
        let mut sockets = Sockets::met(node);
        sockets.subscribe("sub", &[TOPIC]);
        sockets.meet_by("pub", "sub", TOPIC);
        sockets.ask(&json!({"do": "chat", "publisher": "pub", "subscriber": "sub", "topic": TOPIC}));
        let a = Client::joined(node, "a", &["pair"]);
        let b = Client::joined(node, "b", &["pair"]);
        let ending = Arc::new(AtomicBool::new(false));
        let is_ending = Arc::clone(&ending);
        Self {
            sockets,
            ending,
            browsers: Some(thread::spawn(move || converse(a, b, &is_ending))),
        }
    }

    /// Ends both conversations: whatever was said in them must have been heard.
    pub(crate) fn end(mut self) {
        self.ending.store(true, Relaxed);
        let exchanged = self.browsers.take().expect("it is ended once").join();
        assert!(exchanged.expect("the browsers lost nothing") >= EXCHANGED_MIN);
        let counts = self
            .sockets
            .ask(&json!({"do": "chat_end", "topic": TOPIC, "sent_min": EXCHANGED_MIN}));
        assert_eq!(counts["sent"], counts["received"]);
        assert!(counts["sent"].as_u64() >= Some(EXCHANGED_MIN));
    }
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        self.ending.store(true, Relaxed);
        if let Some(browsers) = self.browsers.take() {
            // The test has failed already; what they think of it adds nothing.
            let _failed_already = browsers.join();
        }
    }
}

/// Both hear everything that the first one says.
fn converse(mut a: Client, mut b: Client, is_ending: &AtomicBool) -> u64 {
    let mut number = 0;
    while number < EXCHANGED_MIN || !is_ending.load(Relaxed) {
        let text = format!(r#"pair:{{"n":{number}}}"#);
        a.send(&text);
        a.expect(&text);
        b.expect(&text);
        number += 1;
        thread::sleep(PAUSE);
    }
    number
}
