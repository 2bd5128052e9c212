//! Are the figures those of the wire?

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::rc::Rc;

use omnibus_tests::limits;
use tungstenite::{Message, WebSocket};

use crate::scraper::Watched;

/// Bytes that have passed a client's socket.
#[derive(Debug, Default)]
struct Passed {
    read: Cell<u64>,
    written: Cell<u64>,
}

/// A socket that counts.
struct Counting {
    stream: TcpStream,
    passed: Rc<Passed>,
}

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.passed.read.set(self.passed.read.get() + count as u64);
        Ok(count)
    }
}

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.stream.write(bytes)?;
        self.passed.written.set(self.passed.written.get() + count as u64);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// A client in the channel foo whose bytes are counted.
fn joined(watched: &Watched, passed: &Rc<Passed>) -> WebSocket<Counting> {
    let stream = TcpStream::connect(watched.node.address()).expect("the node takes clients");
    stream.set_nodelay(true).expect("a new socket takes options");
    stream.set_read_timeout(Some(limits::ANSWER)).expect("it is above zero");
    let counting = Counting {
        stream,
        passed: Rc::clone(passed),
    };
    let (mut client, _) = tungstenite::client(watched.node.url(), counting).expect("the node upgrades");
    for (command, answer) in [
        ("!authenticate:me", "!authenticate:"),
        ("!subscribe:foo", "!subscribe:"),
    ] {
        client.send(Message::text(command)).expect("the node reads");
        expect(&mut client, answer);
    }
    client
}

fn expect(client: &mut WebSocket<Counting>, begin: &str) {
    let message = client.read().expect("the node answers");
    let text = message.to_text().expect("it sends texts");
    assert!(text.starts_with(begin), "expected {begin}, heard {text}");
}

#[test]
fn deliveries_and_bytes_are_those_that_a_foreign_client_counts() {
    const SUBSCRIBERS: usize = 7;
    const PUBLICATIONS: usize = 10;
    // So that nothing passes but what is spoken of here.
    let mut watched = Watched::with(&[("server.ping_interval", "1h")]);
    let passed = Rc::new(Passed::default());
    let mut clients: Vec<WebSocket<Counting>> = (0..SUBSCRIBERS).map(|_| joined(&watched, &passed)).collect();
    for number in 0..PUBLICATIONS {
        let text = format!(r#"foo:{{"type": "say", "sender": "me", "payload": {number}}}"#);
        clients[0].send(Message::text(text)).expect("the node reads");
        for client in &mut clients {
            expect(client, "foo:");
        }
    }
    let all = (SUBSCRIBERS * PUBLICATIONS) as f64;
    let scrape = watched.expect("omnibus_deliveries_total", &[], all);
    assert_eq!(scrape.sum("omnibus_publications_total", &[]), PUBLICATIONS as f64);
    watched.expect("omnibus_sent_bytes_total", &[], passed.read.get() as f64);
    let scrape = watched.expect("omnibus_received_bytes_total", &[], passed.written.get() as f64);

    // Both shards have subscribers, and so both have fanned out all of it.
    for shard in ["0", "1"] {
        let of_shard = [("shard", shard)];
        assert_eq!(scrape.sum("omnibus_fanned_out_total", &of_shard), PUBLICATIONS as f64);
        assert_eq!(scrape.sum("omnibus_channels", &of_shard), 1.0);
        assert!(scrape.sum("omnibus_connections", &of_shard) >= 3.0);
        assert!(scrape.sum("omnibus_deliveries_total", &of_shard) >= 30.0);
    }
    assert_eq!(scrape.sum("omnibus_connections", &[]), SUBSCRIBERS as f64);
    assert_eq!(scrape.sum("omnibus_subscriptions", &[]), SUBSCRIBERS as f64);
    assert_eq!(scrape.sum("omnibus_inbox_publications", &[]), 0.0);

    drop(clients);
    watched.expect("omnibus_connections", &[], 0.0);
    watched.expect("omnibus_subscriptions", &[], 0.0);
    watched.expect("omnibus_channels", &[], 0.0);
    watched.expect("omnibus_connections_closed_total", &[], SUBSCRIBERS as f64);
}

#[test]
fn turns_are_counted_by_their_length_and_the_process_is_measured() {
    let mut watched = Watched::with(&[]);
    let before = watched.scrape();
    for shard in ["0", "1"] {
        let of_shard = [("shard", shard)];
        let count = before.sum("omnibus_turn_seconds_count", &of_shard);
        limits::eventually("another turn", limits::ANSWER, || {
            let scrape = watched.scrape();
            let now = scrape.sum("omnibus_turn_seconds_count", &of_shard);
            if now > count { Ok(()) } else { Err(now.to_string()) }
        });
    }
    let after = watched.scrape();
    assert_eq!(
        after.samples("omnibus_turn_seconds_bucket", &[("shard", "0")]).len(),
        19
    );
    let shortest = after.samples("omnibus_turn_seconds_bucket", &[("shard", "0")])[0];
    assert_eq!(shortest.labels["le"], "0.00001");
    // Each turn takes some time, and all of them less than the process has lived.
    let lived = |scrape: &crate::scraper::Scrape| scrape.sum("omnibus_turn_seconds_sum", &[("shard", "0")]);
    assert!(lived(&after) > lived(&before) && lived(&after) < 600.0);

    assert_eq!(
        after.sum("omnibus_build_info", &[("version", env!("CARGO_PKG_VERSION"))]),
        1.0
    );
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.expect("it is later than 1970").as_secs_f64();
    let started = after.sum("process_start_time_seconds", &[]);
    assert!(started > now - 600.0 && started <= now, "{started} {now}");
    let resident = after.sum("process_resident_memory_bytes", &[]);
    let peak = watched.node.process().peak_bytes() as f64;
    assert!(resident > 1e6 && resident <= peak, "{resident} {peak}");
    assert!(after.sum("process_cpu_seconds_total", &[]) > 0.0);
}
