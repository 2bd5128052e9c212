//! Does an address of the bus read back as it is written, and is no outside one taken for a
//! private one?
//!
//! Input: the address.
#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use omnibus_bus_zmq::{Address, Host};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let address: Address = match text.parse() {
        Ok(address) => address,
        Err(err) => {
            assert_eq!(err.address, text);
            return;
        }
    };
    let written = address.to_string();
    assert_eq!(written.parse().as_ref(), Ok(&address), "{written}");
    let (scheme, rest) = written.split_once("://").expect("an address has a scheme");
    assert!(text.starts_with(&format!("{scheme}://")));
    match &address {
        Address::Tcp { host, port } => {
            assert!(rest.bytes().all(|byte| byte.is_ascii_graphic()));
            assert!(rest.ends_with(&format!(":{port}")));
            assert_eq!(address.is_beyond_loopback(), !is_loopback(host));
        }
        Address::Ipc { .. } | Address::Inproc { .. } => {
            assert_eq!(written, text);
            assert!(!rest.is_empty() && !address.is_beyond_loopback());
        }
    }
});

/// Whether nobody but this machine can reach it.
fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Any => false,
        Host::Ip(IpAddr::V4(ip)) => ip.octets()[0] == 127,
        Host::Ip(IpAddr::V6(ip)) => ip.octets() == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        Host::Name(name) => name == "localhost",
    }
}
