//! Does whoever breaks TLS, or says nothing, hurt only itself?

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use omnibus_tests::client::Client;
use omnibus_tests::counters::{counter, expect_counter};
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::program::Program;
use omnibus_tests::python;

use crate::server::{Bridge, Identity, node};

/// The first record of a handshake, as OpenSSL makes it.
fn hello() -> Vec<u8> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound").to_string();
    let mut child = Command::new("openssl")
        .args(["s_client", "-connect", &address])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl is installed");
    let (mut socket, _) = listener.accept().expect("it connects");
    let mut record = vec![0; 5];
    socket.read_exact(&mut record).expect("it speaks first");
    let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
    record.resize(5 + length, 0);
    socket.read_exact(&mut record[5..]).expect("the record is whole");
    drop(socket);
    child.wait().expect("it ends with its connection");
    record
}

fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(address).expect("the server takes connections");
    socket.set_read_timeout(Some(limits::ANSWER)).expect("it is above zero");
    socket
}

/// Reads up to the end, which may be a reset.
fn rest(mut socket: &TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    if let Err(error) = socket.read_to_end(&mut rest) {
        assert_eq!(
            error.kind(),
            std::io::ErrorKind::ConnectionReset,
            "the server does not end"
        );
    }
    rest
}

/// A client beside the others, which must feel nothing of them.
fn neighbour(node: &Node, identity: &Identity) -> (Bridge, Client) {
    let bridge = Bridge::to(node, identity);
    let mut client = Client::connect_to(&bridge.url());
    client.authenticate("neighbour");
    (bridge, client)
}

#[test]
fn those_who_begin_a_handshake_and_go_silent_are_out_in_time_and_counted() {
    const SILENT: usize = 200;
    let identity = Identity::new();
    let mut node = node(&identity, &[("client.head_time_max", "2s")]);
    let (_bridge, mut neighbour) = neighbour(&node, &identity);
    let before = node.process().descriptors();
    let hello = hello();
    let begin = Instant::now();
    let silent: Vec<TcpStream> = (0..SILENT)
        .map(|n| {
            let mut socket = connect(node.address());
            let said = match n % 4 {
                0 => &hello[..0],
                1 => &hello[..1],
                2 => &hello[..hello.len() / 2],
                _ => &hello,
            };
            socket.write_all(said).expect("the server reads");
            socket
        })
        .collect();
    for (n, socket) in silent.iter().enumerate() {
        let answer = rest(socket);
        // Whoever has said all that is due gets the server's half of the handshake, and no more.
        assert_eq!(answer.first() == Some(&0x16), n % 4 == 3, "{n}: {answer:?}");
        assert!(begin.elapsed() >= Duration::from_secs(1), "{n} was not waited for");
    }
    limits::eventually("all descriptors", limits::ANSWER, || {
        match node.process().descriptors() {
            now if now <= before => Ok(()),
            now => Err(format!("{now}, {before} before")),
        }
    });
    expect_counter(node.program(), "tls_handshakes_failed", SILENT as u64);
    neighbour.expect_nothing_before_a_pong();
}

#[test]
fn garbage_in_place_of_a_handshake_ends_its_own_connection_and_leaves_no_line_in_the_log() {
    let identity = Identity::new();
    let mut node = node(&identity, &[]);
    let (_bridge, mut neighbour) = neighbour(&node, &identity);
    let hello = hello();
    let mut broken: Vec<Vec<u8>> = vec![
        vec![0; 5],
        vec![0xff; 100_000],
        b"\x80\x2e\x01\x03\x00 an SSL 2 hello".to_vec(),
        // A record longer than any may be.
        b"\x16\x03\x01\xff\xff\x01".to_vec(),
        // Data, and a change of keys, before any key.
        b"\x17\x03\x03\x00\x05hello".to_vec(),
        b"\x14\x03\x03\x00\x01\x01\x14\x03\x03\x00\x01\x01\x14\x03\x03\x00\x01\x01".repeat(100),
        // Empty records without end.
        b"\x16\x03\x01\x00\x00".repeat(10_000),
        // A message of 16 MiB, of which nobody waits for the end.
        [b"\x16\x03\x01\x40\x00\x01\xff\xff\xff".to_vec(), vec![7; 0x4000 - 4]].concat(),
        [hello.clone(), hello.clone()].concat(),
    ];
    // A hello of which one byte is another: broken, or a handshake that stands still.
    for at in (5..hello.len()).step_by(hello.len() / 20) {
        let mut other = hello.clone();
        other[at] ^= 0x55;
        broken.push(other);
    }
    let count = broken.len() as u64;
    for bytes in broken {
        let mut socket = connect(node.address());
        // It may have been ended in the midst of it.
        let _ended = socket.write_all(&bytes);
        let _ended = socket.shutdown(Shutdown::Write);
        rest(&socket);
    }
    expect_counter(node.program(), "tls_handshakes_failed", count);
    neighbour.expect_nothing_before_a_pong();
    let log = node.log();
    assert!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
}

#[test]
fn a_hello_that_comes_byte_by_byte_and_in_many_records_is_answered() {
    let identity = Identity::new();
    let node = node(&identity, &[]);
    let hello = hello();
    let message = &hello[5..];
    let records: Vec<u8> = message
        .chunks(7)
        .flat_map(|piece| {
            let length = u8::try_from(piece.len()).expect("seven at most");
            [&[0x16, 3, 1, 0, length], piece].concat()
        })
        .collect();
    for bytes in [&hello, &records] {
        let mut socket = connect(node.address());
        socket.set_nodelay(true).expect("the connection is up");
        for byte in bytes {
            socket.write_all(&[*byte]).expect("the server reads");
        }
        let mut answer = [0; 3];
        socket.read_exact(&mut answer).expect("it is answered");
        assert_eq!(answer, [0x16, 3, 3], "the server's hello");
    }
}

#[test]
fn those_who_vanish_without_a_goodbye_leave_nothing_behind() {
    let identity = Identity::new();
    let mut node = node(&identity, &[]);
    let before = node.process().descriptors();
    let (bridge, client) = neighbour(&node, &identity);
    let others: Vec<Client> = (0..20).map(|_| Client::connect_to(&bridge.url())).collect();
    // The bridge is killed: the system ends its connections, and TLS' own end never comes.
    drop(bridge);
    limits::eventually("all descriptors", limits::ANSWER, || {
        match node.process().descriptors() {
            now if now <= before => Ok(()),
            now => Err(format!("{now}, {before} before")),
        }
    });
    assert_eq!(counter(node.program(), "tls_handshakes_failed"), 0);
    assert_eq!(counter(node.program(), "connections_closed"), 21);
    drop((client, others));
}

/// A crowd of OpenSSL's clients.
struct Crowd(Program);

impl Crowd {
    fn of(node: &Node, identity: &Identity) -> Self {
        let mut command = python::script("peers/tls_crowd.py");
        command
            .arg(node.address().port().to_string())
            .arg(identity.certificate());
        Self(Program::start("tls_crowd.py", &mut command))
    }

    fn become_many(&mut self, count: usize) {
        self.0.write_line(&count.to_string());
        assert_eq!(self.0.line(limits::START * 3), count.to_string());
    }
}

#[test]
fn a_crowd_costs_what_it_may_while_idle_and_leaves_nothing_that_adds_up() {
    /// What each of them may cost. Most of it is what rustls keeps of a session: keys, secrets to
    /// make others from, and the names that were agreed on.
    const BYTES_MAX: u64 = 6 << 10;
    const CLIENTS: usize = 2_000;
    let identity = Identity::new();
    let mut node = node(&identity, &[("server.ping_interval", "1h")]);
    let descriptors = node.process().descriptors();
    let mut crowd = Crowd::of(&node, &identity);
    crowd.become_many(20);
    let before = node.process().anonymous_bytes();
    crowd.become_many(20 + CLIENTS);
    let each = node.process().anonymous_bytes().saturating_sub(before) / CLIENTS as u64;
    // Shown by `--nocapture`.
    println!("an idle subscribed client costs {each} bytes by TLS");
    assert!(each <= BYTES_MAX, "{each} bytes");
    // They go and come: what the first have left is all that the next ones need.
    let mut left = [0; 4];
    for left in &mut left {
        crowd.become_many(0);
        limits::eventually("all descriptors", limits::ANSWER, || {
            match node.process().descriptors() {
                now if now <= descriptors => Ok(()),
                now => Err(format!("{now}, {descriptors} before")),
            }
        });
        *left = node.process().anonymous_bytes();
        crowd.become_many(CLIENTS);
    }
    println!("{left:?} bytes are left, {before} before");
    let growth = left[3].saturating_sub(left[0]) / (3 * CLIENTS as u64);
    assert!(growth < 100, "each client leaves {growth} bytes: {left:?}");
    assert_eq!(counter(node.program(), "tls_handshakes_failed"), 0);
    assert_eq!(counter(node.program(), "closed_violation"), 0);
}
