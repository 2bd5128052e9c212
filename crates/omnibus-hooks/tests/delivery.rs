//! What becomes of events whose time is over before anybody receives them?

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use omnibus_hooks::{Config, Counter, Event, Hooks, Kind, Node, ReceiverUrl, Running, Secret};
use tokio::runtime::{Builder, Runtime};

/// What a machine that is busy with other things may take for a request.
const ANSWER: Duration = Duration::from_secs(20);

/// An application that answers every request with the same line, and shows their bodies.
fn application(status: &'static str) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
    let address = listener.local_addr().expect("it is bound");
    let (bodies, shown) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let bodies = bodies.clone();
            thread::spawn(move || serve(stream.expect("somebody comes"), status, &bodies));
        }
    });
    (address, shown)
}

fn serve(mut stream: TcpStream, status: &str, bodies: &Sender<String>) {
    let mut reader = BufReader::new(stream.try_clone().expect("there are descriptors"));
    loop {
        let mut length = 0;
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|count| count > 2) {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length is a number");
            }
            line.clear();
        }
        let mut body = vec![0; length];
        if length == 0 || reader.read_exact(&mut body).is_err() {
            return;
        }
        // The test may be over.
        let _shown = bodies.send(String::from_utf8(body).expect("a body is text"));
        let _answered = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
    }
}

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("there is a thread")
}

fn start(address: SocketAddr, runtime: &Runtime, change: impl FnOnce(&mut Config)) -> Running {
    let url = ReceiverUrl::parse(&format!("http://{address}/")).expect("it is a URL");
    let mut config = Config::new(url, Secret::new("a secret that is thirty-two bytes"));
    change(&mut config);
    Hooks::start(config, &Node::starting("n1".to_owned()), runtime.handle()).expect("http needs no certificates")
}

fn connect(connection: &str) -> Event<'_> {
    Event {
        kind: Kind::Connect,
        connection,
        identifier: "me",
        user: None,
        channel: None,
    }
}

fn eventually(mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + ANSWER;
    while !holds() {
        assert!(Instant::now() < deadline, "not within {ANSWER:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_request_is_tried_for_its_time_then_dropped_and_counted_and_makes_room() {
    let (address, bodies) = application("503 Service Unavailable");
    let runtime = runtime();
    let running = start(address, &runtime, |config| {
        config.retry_time_max = Duration::from_millis(500);
    });
    let hooks = running.hooks();
    assert!(hooks.send(connect("0-0-1")));
    eventually(|| hooks.counters().get(Counter::DroppedUndelivered) == 1);
    let tried: Vec<String> = bodies.try_iter().collect();
    assert!((2..=4).contains(&tried.len()), "{tried:?}");
    assert!(tried.iter().all(|body| *body == tried[0]));
    assert_eq!(hooks.waiting(), 0);
    assert_eq!(hooks.counters().get(Counter::RequestsFailed), tried.len() as u64);
    assert!(running.stop(ANSWER));
}

#[test]
fn what_waits_at_the_end_has_its_grace_and_not_more() {
    let (address, bodies) = application("503 Service Unavailable");
    let runtime = runtime();
    let running = start(address, &runtime, |_| {});
    let hooks = running.hooks().clone();
    (0..30).for_each(|number| assert!(hooks.send(connect(&format!("0-{number}-1")))));
    bodies.recv_timeout(ANSWER).unwrap();
    let begin = Instant::now();
    assert!(!running.stop(Duration::from_millis(300)));
    assert!(begin.elapsed() < ANSWER / 2, "{:?}", begin.elapsed());
    assert_eq!(hooks.counters().get(Counter::DroppedStopped), 30);
    assert_eq!(hooks.dropped(), 30);
}

#[test]
fn what_waits_at_the_end_goes_out_where_somebody_receives_it() {
    let (address, bodies) = application("204 No Content");
    let runtime = runtime();
    let running = start(address, &runtime, |_| {});
    let hooks = running.hooks().clone();
    (0..1_000).for_each(|number| assert!(hooks.send(connect(&format!("0-{number}-1")))));
    assert!(running.stop(ANSWER));
    assert_eq!(hooks.counters().get(Counter::Received), 1_000);
    let events: usize = bodies.try_iter().map(|body| body.matches("\"event\":").count()).sum();
    assert_eq!(events, 1_000);
}

#[test]
fn what_waits_is_bounded_in_bytes_too() {
    // Nobody listens there.
    let nobody = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let runtime = runtime();
    let running = start(nobody, &runtime, |config| config.queue_bytes_max = 10_000);
    let hooks = running.hooks();
    let taken = (0..1_000)
        .filter(|number| hooks.send(connect(&format!("0-{number}-1"))))
        .count();
    assert!((50..200).contains(&taken), "{taken}");
    assert_eq!(hooks.counters().get(Counter::DroppedFull), 1_000 - taken as u64);
    assert!(!running.stop(Duration::ZERO));
}
