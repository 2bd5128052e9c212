//! How does a test see, stop and cut what two servers say to each other?
//!
//! A TCP proxy: it counts bytes, and can play a cable that is pulled.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::SockRef;

use crate::limits;
use crate::port::Port;

/// How often a thread looks whether it is to stop.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Bytes that may lie in a client's connection before they are passed on.
const RECEIVED_BYTES: usize = 256 << 10;

/// A running proxy. Dropped, it cuts its connections.
#[derive(Debug)]
pub struct Proxy {
    port: Port,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the target.
    Up,
    /// From the target.
    Down,
}

const WAYS: [Way; 2] = [Way::Up, Way::Down];

#[derive(Debug)]
struct Shared {
    target: SocketAddr,
    up_bytes: AtomicU64,
    down_bytes: AtomicU64,
    is_stopping: AtomicBool,
    /// Bytes that a connection may bring up in a second; 0 for as many as there are.
    pace: AtomicU64,
    /// By [`Way`].
    is_dark: [AtomicBool; 2],
    accepted: AtomicUsize,
    connections: Mutex<Vec<Weak<Connection>>>,
}

/// A client and the target, owned by the two threads that pass on what comes.
#[derive(Debug)]
struct Connection {
    client: TcpStream,
    server: TcpStream,
    is_cut: AtomicBool,
}

impl Proxy {
    /// Starts one that connects whoever comes to `target`.
    ///
    /// # Panics
    /// If the system has no socket for it.
    #[must_use]
    pub fn to(target: SocketAddr) -> Self {
        let port = Port::free();
        let listener = TcpListener::bind(port.address()).expect("the port is free");
        listener.set_nonblocking(true).expect("a new socket takes options");
        let shared = Arc::new(Shared {
            target,
            up_bytes: AtomicU64::new(0),
            down_bytes: AtomicU64::new(0),
            is_stopping: AtomicBool::new(false),
            pace: AtomicU64::new(0),
            is_dark: [const { AtomicBool::new(false) }; 2],
            accepted: AtomicUsize::new(0),
            connections: Mutex::default(),
        });
        let accepting = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.accept(&listener)
        });
        Self {
            port,
            shared,
            accepting: Some(accepting),
        }
    }

    /// Where it listens, as ZeroMQ writes it.
    #[must_use]
    pub fn bus_address(&self) -> String {
        self.port.bus_address()
    }

    /// Bytes that were sent to the target so far, and bytes that came from there.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        (self.shared.up_bytes.load(SeqCst), self.shared.down_bytes.load(SeqCst))
    }

    /// Connections that have come so far.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.shared.accepted.load(SeqCst)
    }

    /// Resets every connection, and returns when that is done; new ones are taken.
    ///
    /// # Panics
    /// If one of them can't be ended.
    pub fn cut(&self) {
        let connections = std::mem::take(&mut *self.shared.lock());
        for connection in connections.iter().filter_map(Weak::upgrade) {
            connection.is_cut.store(true, SeqCst);
        }
        let are_gone = || connections.iter().all(|connection| connection.strong_count() == 0);
        assert!(limits::holds_within(limits::STOP, are_gone), "a connection is not cut");
    }

    /// Lets each connection bring so many bytes up in a second, from now on, as a narrow line does.
    pub fn narrow(&self, bytes_per_second: u64) {
        self.shared.pace.store(bytes_per_second, SeqCst);
    }

    /// Lets nothing through from now on, as a cable that is pulled: nothing is reset, nobody is
    /// told, and what is sent waits.
    pub fn darken(&self) {
        WAYS.into_iter().for_each(|way| self.darken_one(way));
    }

    /// Lets nothing through in one direction; there are no new connections either.
    pub fn darken_one(&self, way: Way) {
        self.shared.is_dark[way as usize].store(true, SeqCst);
    }

    /// Puts the cable back in.
    pub fn light(&self) {
        self.shared
            .is_dark
            .iter()
            .for_each(|is_dark| is_dark.store(false, SeqCst));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_stopping.store(true, SeqCst);
        if let Some(accepting) = self.accepting.take() {
            // Its panic has been shown, and the test fails for want of a connection.
            let _panicked = accepting.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Connection>>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        while !self.is_stopping.load(SeqCst) {
            let Ok((client, _)) = listener.accept() else {
                thread::sleep(LOOK_EVERY);
                continue;
            };
            self.wait_for_light(&WAYS, &AtomicBool::new(false));
            self.accepted.fetch_add(1, SeqCst);
            // Held until the connection is listed: a cut must not miss one that is being made.
            let mut connections = self.lock();
            match TcpStream::connect_timeout(&self.target, limits::ANSWER) {
                Ok(server) => connections.push(self.connect(client, server)),
                // Nobody is there, as the client would have seen without the proxy.
                Err(_) => reset_at_end(&client),
            }
        }
    }

    fn connect(self: &Arc<Self>, client: TcpStream, server: TcpStream) -> Weak<Connection> {
        // Else the system takes megabytes of what a narrow line does not pass on.
        SockRef::from(&client)
            .set_recv_buffer_size(RECEIVED_BYTES)
            .expect("a new socket takes options");
        for socket in [&client, &server] {
            socket.set_nonblocking(false).expect("a new socket takes options");
            socket.set_nodelay(true).expect("a new socket takes options");
            socket.set_read_timeout(Some(LOOK_EVERY)).expect("it is above zero");
            socket
                .set_write_timeout(Some(limits::ANSWER))
                .expect("it is above zero");
        }
        let connection = Arc::new(Connection {
            client,
            server,
            is_cut: AtomicBool::new(false),
        });
        for way in WAYS {
            let (shared, connection) = (Arc::clone(self), Arc::clone(&connection));
            thread::spawn(move || shared.pass(&connection, way));
        }
        Arc::downgrade(&connection)
    }

    /// Passes on what comes until either side ends, and then ends the other in the same way.
    fn pass(&self, connection: &Connection, way: Way) {
        let Connection { client, server, is_cut } = connection;
        let (mut from, mut to, bytes) = match way {
            Way::Up => (client, server, &self.up_bytes),
            Way::Down => (server, client, &self.down_bytes),
        };
        let mut buffer = vec![0; 64 << 10];
        while !is_cut.load(SeqCst) && !self.is_stopping.load(SeqCst) {
            self.wait_for_light(&[way], is_cut);
            let outcome = from.read(&mut buffer);
            // It may have gone dark while this was waited for.
            self.wait_for_light(&[way], is_cut);
            match outcome {
                _ if is_cut.load(SeqCst) => {}
                Ok(0) => {
                    // It fails if the connection is gone, which is what is wanted.
                    let _gone_already = to.shutdown(Shutdown::Write);
                    return;
                }
                Ok(len) => {
                    bytes.fetch_add(len as u64, SeqCst);
                    self.take_time(len as u64, way);
                    if to.write_all(&buffer[..len]).is_err() {
                        is_cut.store(true, SeqCst);
                    }
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(_) => is_cut.store(true, SeqCst),
            }
        }
        [from, to].into_iter().for_each(reset_at_end);
    }

    /// As long as so many bytes take on a narrow line.
    fn take_time(&self, bytes: u64, way: Way) {
        let pace = self.pace.load(SeqCst);
        if way == Way::Up && pace > 0 {
            thread::sleep(Duration::from_micros(bytes * 1_000_000 / pace));
        }
    }

    fn wait_for_light(&self, ways: &[Way], is_cut: &AtomicBool) {
        let is_dark = |way: &Way| self.is_dark[*way as usize].load(SeqCst);
        while ways.iter().any(is_dark) && !self.is_stopping.load(SeqCst) && !is_cut.load(SeqCst) {
            thread::sleep(LOOK_EVERY);
        }
    }
}

/// Has a connection reset, not closed, when its owner drops it.
fn reset_at_end(socket: &TcpStream) {
    // It fails if the connection has ended already, which is what is wanted.
    let _ended_already = SockRef::from(socket).set_linger(Some(Duration::ZERO));
}

#[cfg(test)]
mod tests {
    use super::*;

    const BRIEFLY: Option<Duration> = Some(Duration::from_millis(100));

    /// A listener, a proxy to it, and a connection through both.
    fn connected() -> (Proxy, TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Proxy::to(listener.local_addr().unwrap());
        let client = TcpStream::connect(proxy.port.address()).unwrap();
        let (server, _) = listener.accept().unwrap();
        for socket in [&client, &server] {
            socket.set_read_timeout(Some(limits::ANSWER)).unwrap();
        }
        (proxy, client, server)
    }

    fn read(socket: &mut TcpStream) -> Vec<u8> {
        let mut buffer = [0; 100];
        let len = socket.read(&mut buffer).unwrap();
        buffer[..len].to_vec()
    }

    #[test]
    fn bytes_pass_both_ways_and_are_counted() {
        let (proxy, mut client, mut server) = connected();
        client.write_all(b"up").unwrap();
        assert_eq!(read(&mut server), b"up");
        server.write_all(b"down").unwrap();
        assert_eq!(read(&mut client), b"down");
        assert_eq!((proxy.bytes(), proxy.accepted()), ((2, 4), 1));
        drop(client);
        assert_eq!(read(&mut server), b"");
    }

    #[test]
    fn a_narrow_line_takes_its_time() {
        let (proxy, mut client, mut server) = connected();
        proxy.narrow(40_000);
        let begin = std::time::Instant::now();
        client.write_all(&[b'u'; 10_000]).unwrap();
        server.read_exact(&mut [0; 10_000]).unwrap();
        assert!(begin.elapsed() >= Duration::from_millis(240), "{:?}", begin.elapsed());
    }

    #[test]
    fn a_cut_ends_both_sides() {
        let (proxy, mut client, mut server) = connected();
        proxy.cut();
        for socket in [&mut client, &mut server] {
            let error = socket.read(&mut [0; 1]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        }
        let _again = TcpStream::connect(proxy.port.address()).unwrap();
        assert!(limits::holds_within(limits::ANSWER, || proxy.accepted() == 2));
    }

    #[test]
    fn a_cut_in_the_dark_ends_both_sides_and_passes_nothing() {
        let (proxy, mut client, mut server) = connected();
        proxy.darken();
        client.write_all(b"never").unwrap();
        proxy.cut();
        let error = server.read(&mut [0; 1]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }

    #[test]
    fn nothing_passes_in_the_dark_and_everything_after_it() {
        let (proxy, mut client, mut server) = connected();
        proxy.darken();
        client.write_all(b"late").unwrap();
        server.set_read_timeout(BRIEFLY).unwrap();
        assert!(server.read(&mut [0; 1]).is_err());
        proxy.light();
        server.set_read_timeout(Some(limits::ANSWER)).unwrap();
        assert_eq!(read(&mut server), b"late");
    }

    #[test]
    fn one_way_may_be_dark_while_the_other_is_not() {
        for (way, passes) in [(Way::Up, false), (Way::Down, true)] {
            let (proxy, mut client, mut server) = connected();
            proxy.darken_one(way);
            client.write_all(b"up").unwrap();
            server.write_all(b"down").unwrap();
            let (bright, dark) = if passes {
                (&mut server, &mut client)
            } else {
                (&mut client, &mut server)
            };
            assert!(!read(bright).is_empty());
            dark.set_read_timeout(BRIEFLY).unwrap();
            assert!(dark.read(&mut [0; 1]).is_err());
            proxy.light();
            dark.set_read_timeout(Some(limits::ANSWER)).unwrap();
            assert!(!read(dark).is_empty());
        }
    }
}
