//! How do the tests start servers, speak to them, and look inside?
//!
//! [`node::Node`] is an `omnibusd` of the test's own, [`original::Original`] the server that it
//! replaces. [`client::Client`] speaks to either as a well-behaved WebSocket client does,
//! [`raw::Raw`] sends whatever bytes a test wants, and [`publisher::Publisher`] stands for a
//! backend on the bus. [`transcripts`] reads the recordings, [`replay`] replays them.
//!
//! Nothing here waits for ever: see [`limits`].
#![forbid(unsafe_code)]

pub mod binary;
pub mod checker;
pub mod client;
pub mod counters;
pub mod differences;
pub mod http;
pub mod limits;
pub mod node;
pub mod node_js;
pub mod original;
pub mod participant;
pub mod peers;
pub mod port;
pub mod process;
pub mod program;
pub mod proxy;
pub mod publisher;
pub mod python;
pub mod raw;
pub mod replay;
pub mod repository;
pub mod slow;
pub mod sockjs;
pub mod steady;
pub mod stream;
pub mod transcripts;
pub mod watchdog;

mod shown;
