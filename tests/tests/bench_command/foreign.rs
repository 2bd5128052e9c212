//! What can a server do wrong? A little one on a foreign stack does all of it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// Every tenth publication is treated wrongly.
const WRONG_EVERY: usize = 10;

/// The publication before which the server stalls, and for how long.
const STALL_AT: usize = 20;
const STALL: Duration = Duration::from_millis(300);

/// What the server does to what is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Honest,
    Drops,
    Doubles,
    /// Delivers one message behind the next.
    Swaps,
    /// Is busy with something else for a while.
    Stalls,
    /// Closes everybody with this code at the first of the wrong ones.
    Closes(u16),
    /// Believes only so many clients.
    LetsInOnly(usize),
}

/// A running server; it ends when this is dropped.
pub(crate) struct Foreign {
    address: SocketAddr,
    _runtime: Runtime,
}

type Listeners = HashMap<String, Vec<UnboundedSender<Message>>>;

struct Hub {
    manner: Manner,
    let_in: AtomicUsize,
    channels: Mutex<Channels>,
}

#[derive(Default)]
struct Channels {
    listeners: Listeners,
    /// Of each channel, so that every run begins anew.
    published: HashMap<String, usize>,
    held_back: Option<Message>,
}

impl Foreign {
    pub(crate) fn start(manner: Manner) -> Self {
        let runtime = Runtime::new().expect("there are threads");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let hub = Arc::new(Hub {
            manner,
            let_in: AtomicUsize::new(0),
            channels: Mutex::default(),
        });
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&hub)));
            }
        });
        Self {
            address,
            _runtime: runtime,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}/ec", self.address)
    }
}

async fn serve(stream: TcpStream, hub: Arc<Hub>) {
    let Ok(socket) = accept_async(stream).await else { return };
    let (mut sink, mut stream) = socket.split();
    let (sender, mut outbox) = unbounded_channel();
    tokio::spawn(async move {
        while let Some(message) = outbox.recv().await {
            if sink.send(message).await.is_err() {
                return;
            }
        }
    });
    while let Some(Ok(message)) = stream.next().await {
        let Message::Text(text) = &message else { continue };
        let Some((name, argument)) = text.split_once(':') else {
            continue;
        };
        match name.strip_prefix('!') {
            Some(command) => {
                let believes = match hub.manner {
                    Manner::LetsInOnly(count) if command == "authenticate" => hub.let_in.fetch_add(1, Relaxed) < count,
                    _ => true,
                };
                if command == "subscribe" {
                    let mut channels = hub.channels.lock().await;
                    let listeners = channels.listeners.entry(argument.to_owned()).or_default();
                    listeners.push(sender.clone());
                }
                let answer = format!(r#"!{command}:{{"type":"{command}","success":{believes},"payload":null}}"#);
                let _gone = sender.send(Message::text(answer));
            }
            None => hub.publish(name, message.clone()).await,
        }
    }
}

impl Hub {
    async fn publish(&self, channel: &str, message: Message) {
        let mut channels = self.channels.lock().await;
        let number = channels.published.entry(channel.to_owned()).or_default();
        *number += 1;
        let number = *number;
        let is_wrong = number % WRONG_EVERY == WRONG_EVERY - 1;
        let messages = match self.manner {
            Manner::Drops if is_wrong => vec![],
            Manner::Doubles if is_wrong => vec![message.clone(), message],
            Manner::Swaps if is_wrong => {
                channels.held_back = Some(message);
                vec![]
            }
            Manner::Closes(code) if is_wrong => vec![Message::Close(Some(CloseFrame {
                code: code.into(),
                reason: "because".into(),
            }))],
            Manner::Stalls if number == STALL_AT => {
                // With the lock held, so that nobody gets anything meanwhile.
                tokio::time::sleep(STALL).await;
                vec![message]
            }
            _ => [Some(message), channels.held_back.take()]
                .into_iter()
                .flatten()
                .collect(),
        };
        for listener in channels.listeners.get(channel).into_iter().flatten() {
            for message in &messages {
                let _gone = listener.send(message.clone());
            }
        }
    }
}
