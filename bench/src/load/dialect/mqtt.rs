//! What do clients of an MQTT broker say on its WebSocket?
//!
//! MQTT 3.1.1, at most once (QoS 0). What is named here stands in its chapters 2 and 3.

use std::net::SocketAddr;

use super::super::frame::{self, BINARY};
use super::super::walk::{Answer, Step};
use super::Dialect;

pub(crate) const MQTT: &dyn Dialect = &Mqtt;

/// Packets; they need not be the frames.
#[derive(Debug)]
struct Mqtt;

/// First bytes of packets.
const CONNECT: u8 = 0x10;
const CONNACK: u8 = 0x20;
const PUBLISH: u8 = 0x30;
const SUBSCRIBE: u8 = 0x82;
const SUBACK: u8 = 0x90;

/// MQTT 3.1.1, a session that ends with the connection, and no time in which a client must speak.
const CONNECT_HEAD: &[u8] = b"\x00\x04MQTT\x04\x02\x00\x00";
/// The number of a subscription's packet.
const SUBSCRIPTION: [u8; 2] = [0, 1];
const AT_MOST_ONCE: u8 = 0;

impl Dialect for Mqtt {
    fn steps(&self, address: SocketAddr, client: &str, channel: &str) -> Vec<Step> {
        let mut packets = Vec::new();
        packet(CONNECT, &[CONNECT_HEAD, &text(client)], &mut packets);
        packet(
            SUBSCRIBE,
            &[&SUBSCRIPTION, &text(channel), &[AT_MOST_ONCE]],
            &mut packets,
        );
        let mut say = Vec::new();
        frame::of_client(BINARY, &packets, &mut say);
        let accepted = vec![CONNACK, 2, 0, 0];
        let subscribed = [&[SUBACK, 3], &SUBSCRIPTION[..], &[AT_MOST_ONCE]].concat();
        let hear = vec![Answer::Frame(accepted), Answer::Frame(subscribed)];
        vec![Step::upgrade(address, "/mqtt", Some("mqtt")), Step { say, hear }]
    }

    fn publish(&self, channel: &str, body: &str, out: &mut Vec<u8>) {
        let mut bytes = Vec::new();
        self.received(channel, body, &mut bytes);
        frame::of_client(BINARY, &bytes, out);
    }

    fn received(&self, channel: &str, body: &str, out: &mut Vec<u8>) {
        packet(PUBLISH, &[&text(channel), body.as_bytes()], out);
    }

    fn frames_are_known(&self) -> bool {
        false
    }
}

/// Appends a packet whose content is these parts.
fn packet(first: u8, parts: &[&[u8]], out: &mut Vec<u8>) {
    out.push(first);
    let mut length: usize = parts.iter().map(|part| part.len()).sum();
    // Seven bits a byte, the lowest first.
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// A text behind its length.
fn text(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("names here are short");
    [&length.to_be_bytes(), text.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_of_a_packet_takes_as_many_bytes_as_it_needs() {
        let head = |bytes: usize| {
            let mut out = Vec::new();
            packet(PUBLISH, &[&vec![0; bytes]], &mut out);
            out[..out.len() - bytes].to_vec()
        };
        // The table of MQTT 3.1.1, section 2.2.3.
        assert_eq!(head(127), [PUBLISH, 0x7f]);
        assert_eq!(head(128), [PUBLISH, 0x80, 0x01]);
        assert_eq!(head(16_383), [PUBLISH, 0xff, 0x7f]);
        assert_eq!(head(16_384), [PUBLISH, 0x80, 0x80, 0x01]);
    }
}
