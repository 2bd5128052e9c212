//! What runs in a test?

use std::net::SocketAddr;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mio::net::TcpListener;
use omnibus_hub::{
    Accept, Config, Encode, Encodings, Engine, Hub, Listener, Publication, Refused, Running, Stream, start,
};

use super::lines::Shared;
use super::{Client, Confirming, Lines};

/// A node whose connections speak [`Lines`].
pub(crate) struct Node {
    pub(crate) hub: Hub,
    pub(crate) engine: Arc<Confirming>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) address: SocketAddr,
    /// Where the bus takes connections.
    pub(crate) bus_address: SocketAddr,
    running: Option<Running>,
}

impl Node {
    /// A node with this many shards, else with the bounds of every day.
    pub(crate) fn with_shards(shards: usize) -> Self {
        Self::start(Config {
            shards,
            ..Config::default()
        })
    }

    pub(crate) fn start(config: Config) -> Self {
        let mut encodings = Encodings::default();
        let shared = Arc::new(Shared {
            plain: encodings.register(Plain { before: "" }),
            loud: encodings.register(Plain { before: "LOUD " }),
            gone: AtomicUsize::new(0),
            drained: AtomicUsize::new(0),
            input: Mutex::default(),
            lateness: Mutex::default(),
            known: Mutex::default(),
        });
        let engine = Arc::new(Confirming::default());
        let as_engine: Arc<dyn Engine> = engine.clone();
        let (address, clients) = entrance(&shared);
        let (bus_address, bus) = entrance(&shared);
        let running = start(config, encodings, &as_engine, vec![clients], vec![bus]).unwrap();
        Self {
            hub: running.hub().clone(),
            engine,
            shared,
            address,
            bus_address,
            running: Some(running),
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address)
    }

    /// A client whose socket buffers are small on both sides.
    pub(crate) fn narrow_client(&self) -> Client {
        Client::connect_narrow(self.address)
    }

    /// So many clients that have subscribed to a channel.
    pub(crate) fn subscribers(&self, count: usize, channel: &str) -> Vec<Client> {
        (0..count)
            .map(|_| {
                let mut client = self.client();
                client.ask(&format!("sub {channel}"), &format!("+{channel}"));
                client
            })
            .collect()
    }

    pub(crate) fn publish(&self, frame: impl Into<String>) -> Result<(), Refused> {
        self.hub
            .sequence(Arc::new(Publication::new(frame.into().into_bytes().into())))
    }

    /// Stops; whether all had gone in time.
    pub(crate) fn stop(&mut self, grace: Duration) -> bool {
        self.running.take().unwrap().stop(grace)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            let _all_gone_or_not = running.stop(Duration::ZERO);
        }
    }
}

fn entrance(shared: &Arc<Shared>) -> (SocketAddr, (Listener, Accept)) {
    let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    (address, (Listener::Tcp(listener), accept(Arc::clone(shared))))
}

fn accept(shared: Arc<Shared>) -> Accept {
    Box::new(move |stream: &Stream, _address| {
        let Stream::Tcp(socket) = stream else {
            unreachable!("the tests listen on TCP");
        };
        // Small enough that little is needed to fill it.
        socket2::SockRef::from(socket).set_send_buffer_size(16 << 10).unwrap();
        (Box::new(Lines::new(Arc::clone(&shared), "first")), shared.plain)
    })
}

/// A publication as one line; what is marked is encoded slowly, or never.
struct Plain {
    before: &'static str,
}

impl Encode for Plain {
    fn encode(&self, publication: &Publication, out: &mut Vec<u8>) -> bool {
        out.extend_from_slice(self.before.as_bytes());
        let frame = publication.frame();
        if frame.starts_with(b"tedious:") {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(!frame.ends_with(b":boom"), "as the test wants it");
        out.extend_from_slice(frame);
        out.push(b'\n');
        // What was appended before a refusal must not reach anyone.
        !frame.ends_with(b":secret")
    }
}
