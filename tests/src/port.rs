//! Which ports may a test's servers use?

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use socket2::{Domain, Socket, Type};

/// Below the ports that the system gives to outgoing connections, of which the tests have many.
const FIRST: u16 = 12_000;
const COUNT: u16 = 20_000;

/// A port of 127.0.0.1 that no other test uses while this one is kept.
///
/// It stays the same over restarts of a server. A locked file, not a bound socket, keeps others
/// away, because the server itself has to bind it.
#[derive(Debug)]
pub struct Port {
    number: u16,
    _lock: File,
}

impl Port {
    /// Finds one that is free now.
    ///
    /// # Panics
    /// If no port is free, or locks can't be made in the folder for temporary files.
    #[must_use]
    pub fn free() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let folder = folder();
        // Test programs that run one after the other begin at different places.
        let begin = std::process::id() as usize * 97;
        for _ in 0..COUNT {
            let offset = (begin + NEXT.fetch_add(1, Relaxed)) % usize::from(COUNT);
            let number = FIRST + u16::try_from(offset).expect("the offset is below a u16");
            if let Some(lock) = lock(folder.join(number.to_string()))
                && is_free(number)
            {
                return Self { number, _lock: lock };
            }
        }
        panic!("no port of {COUNT} is free");
    }

    /// The number.
    #[must_use]
    pub fn number(&self) -> u16 {
        self.number
    }

    /// The address on this machine.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.number).into()
    }

    /// The address as ZeroMQ writes it.
    #[must_use]
    pub fn bus_address(&self) -> String {
        format!("tcp://{}", self.address())
    }
}

/// Whether nobody listens there. The socket that asks is bound and does not listen: a program that
/// another test starts at this moment may hold a copy of it for a while, which then keeps nobody
/// from listening.
fn is_free(port: u16) -> bool {
    let bind = || -> io::Result<()> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_reuse_address(true)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())
    };
    bind().is_ok()
}

fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join("omnibus-test-ports");
    fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
    folder
}

fn lock(path: PathBuf) -> Option<File> {
    let file = File::options().create(true).append(true).open(path).ok()?;
    file.try_lock().ok()?;
    Some(file)
}
