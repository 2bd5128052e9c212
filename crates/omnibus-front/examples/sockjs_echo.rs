//! Which server does SockJS's own suite judge?
//!
//! The front's transports with a client that echoes in the place of Omnibus's own: the services
//! that sockjs-protocol asks for, each a front with a base URL of its own, and a listener before
//! them that takes every connection to the one its first request names.
//!
//! `cargo run -p omnibus-front --features conformance --example sockjs_echo -- 127.0.0.1:8081`

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use omnibus_front::{Config, Conformance, Dialects, Front, SockJs, Transport};
use omnibus_hub::{Encodings, Engine, Standalone, start};

/// What the suite expects a stream to end after.
const STREAM_BYTES_MAX: u32 = 4_096;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).ok_or("usage: sockjs_echo ADDRESS")?;
    let mut encodings = Encodings::default();
    let dialects = Dialects::register(&mut encodings, None);
    let mut listeners = Vec::new();
    let mut services = Vec::new();
    for (base_url, conformance, change) in SERVICES {
        let front = Front::bind(config(base_url, conformance, change))?;
        services.push((base_url, front.addresses()[0]));
        listeners.extend(front.into_listeners(dialects));
    }
    let engine: Arc<dyn Engine> = Arc::new(Standalone);
    let _running = start(
        omnibus_hub::Config::default(),
        encodings,
        &engine,
        listeners,
        Vec::new(),
    )?;
    for connection in TcpListener::bind(address)?.incoming() {
        let (connection, services) = (connection?, services.clone());
        // A connection that fails is the client's to notice.
        thread::spawn(move || lead(connection, &services).ok());
    }
    Ok(())
}

/// A path, what is served there, and its choices.
type Service = (&'static str, Conformance, fn(&mut SockJs));

const SERVICES: [Service; 4] = [
    ("/echo", Conformance::Echo, |sockjs| sockjs.cookie = false),
    ("/disabled_websocket_echo", Conformance::Echo, |sockjs| {
        sockjs.transports.retain(|&transport| transport != Transport::WebSocket);
    }),
    ("/cookie_needed_echo", Conformance::Echo, |sockjs| sockjs.cookie = true),
    ("/close", Conformance::Close, |sockjs| sockjs.cookie = false),
];

fn config(base_url: &str, conformance: Conformance, change: fn(&mut SockJs)) -> Config {
    let receiving = Transport::ALL.into_iter().filter(|transport| !transport.is_sending());
    let mut sockjs = SockJs {
        transports: receiving.collect(),
        stream_bytes_max: STREAM_BYTES_MAX,
        ..SockJs::default()
    };
    change(&mut sockjs);
    Config {
        listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
        base_url: base_url.to_owned(),
        allowed_origins: vec!["*".to_owned()],
        sockjs: Some(sockjs),
        conformance: Some(conformance),
        ..Config::default()
    }
}

/// The suite's raw client, ws4py, fails where a close comes together with the head of its upgrade.
fn lead_head_alone(from: &mut TcpStream, to: &mut TcpStream) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        from.read_exact(&mut byte)?;
        head.extend(byte);
    }
    to.write_all(&head)?;
    thread::sleep(Duration::from_millis(100));
    Ok(())
}

/// Takes a connection to the service that its first line names.
fn lead(mut client: TcpStream, services: &[(&str, SocketAddr)]) -> io::Result<()> {
    let mut begun = Vec::new();
    let mut buffer = [0; 4_096];
    while !begun.contains(&b'\n') {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        begun.extend_from_slice(&buffer[..count]);
    }
    let line = String::from_utf8_lossy(&begun);
    let names = |base_url: &str| {
        ["/", "?", " "]
            .iter()
            .any(|end| line.contains(&format!("{base_url}{end}")))
    };
    let found = services.iter().find(|(base_url, _)| names(base_url));
    let (_, address) = found.unwrap_or(&services[0]);
    let mut server = TcpStream::connect_timeout(address, Duration::from_secs(1))?;
    server.set_nodelay(true)?;
    client.set_nodelay(true)?;
    server.write_all(&begun)?;
    let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
    let closes_at_once = line.contains("/close/websocket");
    let back = thread::spawn(move || {
        if closes_at_once {
            lead_head_alone(&mut from, &mut to)?;
        }
        let copied = io::copy(&mut from, &mut to);
        // Whoever is gone already needs no end.
        let _gone = to.shutdown(Shutdown::Both);
        copied
    });
    let copied = io::copy(&mut client, &mut server);
    let _gone = server.shutdown(Shutdown::Both);
    let _answered = back.join();
    copied.map(|_| ())
}
