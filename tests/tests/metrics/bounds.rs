//! Does the operators' side withstand what is no operator, and say where it can't be?

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;

use omnibus_tests::binary;
use omnibus_tests::client::Client;
use omnibus_tests::http::Http;
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::port::Port;
use omnibus_tests::program::Program;
use omnibus_tests::raw::Raw;

use crate::scraper::Watched;

/// `EX_CONFIG` of sysexits.h.
const BAD_SETTINGS: i32 = 78;

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the node takes operators");
    stream.set_read_timeout(Some(limits::ANSWER)).expect("it is above zero");
    stream
}

/// All that comes up to the end.
fn rest(mut stream: TcpStream) -> String {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            panic!("the connection does not end")
        }
        // A server that has not read everything may end with a reset.
        _ => String::from_utf8_lossy(&rest).into_owned(),
    }
}

#[test]
fn garbage_and_foreign_requests_are_refused_and_the_next_scrape_is_whole() {
    let mut watched = Watched::with(&[]);
    let address = watched.port.address();
    let status = |request: &str, headers: &[&str], body: &str| {
        let answer = Http::connect(address).ask(request, headers, body);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{answer:?}");
        answer.status
    };
    assert_eq!(status("GET /", &[], ""), 404);
    assert_eq!(status("GET /metrics/", &[], ""), 404);
    assert_eq!(status("POST /metrics", &[], "x=1"), 405);
    assert_eq!(status("GET /metrics?x=1", &[], ""), 200);

    for garbage in [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f".repeat(10),
        [b"GET /metrics HTTP/1.1\r\nX: ".as_slice(), &b"x".repeat(64 << 10)].concat(),
        b"GET /metrics HTTP/1.1\r\n"
            .iter()
            .chain(&b"a: b\r\n".repeat(500))
            .copied()
            .collect(),
    ] {
        let mut stream = connect(address);
        // It may end before all of it is written.
        let _ended = stream.write_all(&garbage);
        let _ended = stream.shutdown(Shutdown::Write);
        let rest = rest(stream);
        assert!(!rest.starts_with("HTTP/1.1 2"), "{rest}");
    }
    assert_eq!(watched.scrape().sum("omnibus_connections", &[]), 0.0);
}

#[test]
fn silent_connections_are_cut_and_clients_feel_nothing_of_them() {
    let mut watched = Watched::with(&[]);
    // As many as are served at a time: the scrape waits until they are cut.
    let silent: Vec<TcpStream> = (0..16).map(|_| connect(watched.port.address())).collect();
    let mut client = Client::joined(&watched.node, "me", &["foo"]);
    client.send(r#"foo:{"payload": 1, "sender": "me"}"#);
    client.expect(r#"foo:{"payload": 1, "sender": "me"}"#);
    watched.expect("omnibus_deliveries_total", &[], 1.0);
    for stream in silent {
        assert_eq!(rest(stream), "");
    }
}

#[test]
fn a_taken_port_is_told_with_its_setting_and_nothing_runs() {
    let taken = Port::free();
    let _listener = TcpListener::bind(taken.address()).expect("it is free");
    let ports = [Port::free(), Port::free(), Port::free()];
    let mut program = Program::start(
        "omnibusd",
        Command::new(binary::omnibusd())
            .arg(format!("--server-listen={}", ports[0].address()))
            .arg(format!("--bus-subscriber-address={}", ports[1].bus_address()))
            .arg(format!("--bus-publisher-address={}", ports[2].bus_address()))
            .arg(format!("--api-listen={}", taken.address())),
    );
    assert_eq!(program.exit_code(limits::STOP), BAD_SETTINGS);
    let log = limits::eventually("it says why", limits::ANSWER, || match program.log() {
        log if log.is_empty() => Err("nothing".to_owned()),
        log => Ok(log),
    });
    let told = format!("api.listen: cannot listen on {}", taken.address());
    assert!(log.contains(&told) && log.contains("in use"), "{log}");
    assert!(log.contains("set api.listen to another"), "{log}");
    assert_eq!(log.lines().count(), 1, "{log}");
}

#[test]
fn an_address_that_strangers_reach_is_warned_of() {
    let port = Port::free();
    let listen = format!("0.0.0.0:{}", port.number());
    let node = Node::with(&[("api.listen", &listen)]);
    node.wait_for_log(&format!("api.listen is {listen}"), limits::ANSWER);
    let mut raw = Raw::connect(port.address());
    let request = format!("HEAD /metrics HTTP/1.1\r\nHost: {}\r\n\r\n", port.address());
    raw.write(request.as_bytes()).expect("the node reads");
    assert_eq!(raw.response(true).status, 200);
}

#[test]
fn where_metrics_are_is_said_at_the_start_also_where_the_system_chose_the_port() {
    let node = Node::with(&[("api.listen", "127.0.0.1:0")]);
    let address = limits::eventually("where metrics are", limits::ANSWER, || {
        let log = node.log();
        let url = log.split_once("http://127.0.0.1:").map(|(_, rest)| rest);
        let port = url.and_then(|rest| rest.split_once("/metrics")?.0.parse::<u16>().ok());
        port.ok_or(log)
    });
    let answer = Http::connect(([127, 0, 0, 1], address).into()).ask("GET /metrics", &[], "");
    assert_eq!(answer.status, 200);
    assert!(answer.body.ends_with("# EOF\n"));
}
