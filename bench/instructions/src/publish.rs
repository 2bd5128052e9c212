//! What does it cost to give a publication its place?

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use mio::net;
use omnibus_hub::{Config, Context, Encodings, Engine, Overflow, Peer, Publication, Standalone, Stream, Topic, start};

use crate::fan_out::{CHANNEL, Text, frame};

/// How long the shard may take to take its only peer in.
const PATIENCE: Duration = Duration::from_secs(60);

/// Publishes into the inbox of a shard that has one subscriber, and takes nothing out meanwhile.
pub(crate) fn walk(count: u64) -> io::Result<u64> {
    let mut encodings = Encodings::default();
    let text = encodings.register(Text);
    let config = Config {
        shards: 1,
        inbox_publications_max: usize::MAX,
        inbox_bytes_max: usize::MAX,
        ..Config::default()
    };
    let engine: Arc<dyn Engine> = Arc::new(Standalone);
    let running = start(config, encodings, &engine, Vec::new(), Vec::new())?;
    let (said, heard) = channel();
    let (mine, _theirs) = UnixStream::pair()?;
    mine.set_nonblocking(true)?;
    let stream = Stream::Unix(net::UnixStream::from_std(mine));
    assert!(running.hub().adopt(stream, Box::new(Sleeper { said }), text));
    heard.recv_timeout(PATIENCE).map_err(io::Error::other)?;

    let bytes = frame(CHANNEL);
    for _ in 0..count {
        let publication = Publication::new(bytes.as_slice().into()).known_as_text();
        let placed = running.hub().sequence(Arc::new(publication));
        placed.map_err(io::Error::other)?;
    }
    // The shard sleeps until the process ends: nothing of it can be waited for, or is counted.
    Ok(count)
}

/// A subscriber that lets its shard do nothing else.
struct Sleeper {
    said: Sender<()>,
}

impl Peer for Sleeper {
    fn on_open(&mut self, context: &mut Context<'_>) {
        context.subscribe(Topic::Channel(CHANNEL));
        self.said.send(()).expect("whoever waits for it publishes next");
        loop {
            thread::park();
        }
    }

    fn on_bytes(&mut self, input: &mut [u8], _context: &mut Context<'_>) -> usize {
        input.len()
    }

    fn outbox(&self) -> Overflow {
        Overflow::Close { bytes_max: 1 << 20 }
    }
}
