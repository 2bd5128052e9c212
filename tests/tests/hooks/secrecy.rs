//! Does a token, or the secret, ever get out?

use omnibus_tests::client::Client;
use omnibus_tests::counters::expect_counter;
use omnibus_tests::port::Port;

use crate::receiver::{Receiver, SECRET, node};

const TOKEN: &str = "5570b1b049c7207a09fd22f587ed7019f8c50453";

#[test]
fn neither_events_nor_logs_hold_a_token_or_the_secret() {
    let port = Port::free();
    let mut receiver = Receiver::start(&port, "503 200");
    let mut node = node(&port, &[("log.level", "trace")]);
    let mut client = Client::connect(&node);
    client.send(&format!("!authenticate:me:42:{TOKEN}"));
    assert!(client.text().contains("true"));
    client.subscribe("news");
    drop(client);
    expect_counter(node.program(), "hooks_events_received", 3);
    let log = node.program().log();
    assert!(!log.contains(TOKEN) && !log.contains(SECRET));
    assert!(log.contains("hooks_events_received=3"), "the log is the server's");

    let mut told = 0;
    while told < 3 {
        let request = receiver.request();
        assert!(!request.body.contains(TOKEN), "{}", request.body);
        if request.status == 200 {
            told += request.events().iter().filter(|event| event.identifier == "me").count();
        }
    }
    receiver.answer("200");
}
