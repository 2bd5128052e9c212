//! How do two ZeroMQ sockets talk over a TCP connection?
//!
//! This crate speaks ZMTP 3.1 (ZeroMQ RFC 37) and accepts peers of ZMTP 3.0
//! (RFC 23). It does no I/O and reads no clock: it is handed bytes and an
//! `Instant`, and says what they mean and what to send. It covers the
//! publish-subscribe sockets (RFC 29) and the NULL mechanism.
//!
//! | question | where |
//! |---|---|
//! | what is one connection doing? | [`Connection`], [`Decoded`], [`Event`], [`Message`] |
//! | what may a peer be and send? | [`Config`], [`Role`], [`Accepts`], [`Limits`], [`Heartbeat`] |
//! | who is the peer? | [`Peer`], [`SocketType`] |
//! | how is something sent? | [`encode_message`], [`encode_command`], [`Connection::encode_subscribe`] |
//! | why did it end? | [`Error`] |
//!
//! ```
//! use std::time::Instant;
//! use omnibus_zmtp::{Accepts, Config, Connection, Event, SocketType};
//!
//! let now = Instant::now();
//! let hub = Config::listener(Accepts::everyone());
//! let reader = Config::connector(SocketType::Sub);
//! let (mut at_hub, mut at_reader) = (Connection::new(&hub, now), Connection::new(&reader, now));
//! let (mut to_reader, mut to_hub) = (Vec::new(), Vec::new());
//! at_hub.start(&mut to_reader);
//! at_reader.start(&mut to_hub);
//!
//! // The reader has the hub's greeting and answers with its READY.
//! let greeting = std::mem::take(&mut to_reader);
//! assert!(matches!(at_reader.decode(&reader, &greeting, now, &mut to_hub).event, Ok(None)));
//! // The hub sees a SUB and answers with a READY that says XPUB.
//! assert!(matches!(at_hub.decode(&hub, &to_hub, now, &mut to_reader).event, Ok(Some(Event::Ready))));
//! assert_eq!(at_hub.peer().map(|peer| peer.socket_type), Some(SocketType::Sub));
//! assert!(matches!(at_reader.decode(&reader, &to_reader, now, &mut to_hub).event, Ok(Some(Event::Ready))));
//! ```

#![forbid(unsafe_code)]

mod command;
mod config;
mod connection;
mod encode;
mod error;
mod event;
mod frame;
mod gate;
mod greeting;
mod handshake;
mod heartbeat;
mod mechanism;
mod message;
mod metadata;
mod peer;
mod reader;
mod socket_type;
mod traffic;

pub use config::{Accepts, Config, Heartbeat, Limits, Role};
pub use connection::Connection;
pub use encode::{encode_command, encode_error, encode_frame_header, encode_message};
pub use error::Error;
pub use event::{Decoded, Event};
pub use frame::FrameKind;
pub use mechanism::Mechanism;
pub use message::{Frames, Message};
pub use peer::Peer;
pub use socket_type::SocketType;
