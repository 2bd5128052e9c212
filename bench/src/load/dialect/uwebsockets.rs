//! What do clients of our server around uWebSockets say?

use std::net::SocketAddr;

use super::super::frame::{self, TEXT};
use super::super::walk::{Answer, Step};
use super::{Dialect, OMNIBUS};

pub(crate) const UWEBSOCKETS: &dyn Dialect = &UWebSockets;

/// `+channel` subscribes and is sent back. Publications are those of Omnibus, to the byte.
#[derive(Debug)]
struct UWebSockets;

impl Dialect for UWebSockets {
    fn steps(&self, address: SocketAddr, _client: &str, channel: &str) -> Vec<Step> {
        let command = format!("+{channel}").into_bytes();
        let mut say = Vec::new();
        frame::of_client(TEXT, &command, &mut say);
        let hear = vec![Answer::Frame(command)];
        vec![Step::upgrade(address, "/", None), Step { say, hear }]
    }

    fn publish(&self, channel: &str, body: &str, out: &mut Vec<u8>) {
        OMNIBUS.publish(channel, body, out);
    }

    fn received(&self, channel: &str, body: &str, out: &mut Vec<u8>) {
        OMNIBUS.received(channel, body, out);
    }
}
