//! What do clients of nchan say?

use std::net::SocketAddr;

use super::super::frame::{self, TEXT};
use super::super::walk::Step;
use super::Dialect;

pub(crate) const NCHAN: &dyn Dialect = &Nchan;

/// The channel is in the URL, and every text is a publication.
#[derive(Debug)]
struct Nchan;

impl Dialect for Nchan {
    fn steps(&self, address: SocketAddr, _client: &str, channel: &str) -> Vec<Step> {
        vec![Step::upgrade(address, &format!("/ec/{channel}"), None)]
    }

    fn publish(&self, _channel: &str, body: &str, out: &mut Vec<u8>) {
        frame::of_client(TEXT, body.as_bytes(), out);
    }

    fn received(&self, _channel: &str, body: &str, out: &mut Vec<u8>) {
        frame::of_server(TEXT, body.as_bytes(), out);
    }
}
