//! Is the peer a ZMTP 3 socket with the same mechanism?
//!
//! ```text
//! ff | 8 bytes of padding | 7f | major minor | mechanism, 20 bytes | as-server | 31 zeros
//! ```
//!
//! (RFC 37, grammar: `greeting`). libzmq sends the first 10 or 11 bytes only
//! and waits for ours, so ours is sent whole at once, and each byte of the
//! peer's is judged as soon as it is there: a peer of an older version would
//! never send the rest.

use crate::error::{Error, quoted};
use crate::mechanism::Mechanism;

/// Bytes of a greeting.
pub(crate) const GREETING_BYTES: usize = 64;

const SIGNATURE_END: usize = 9;
const MAJOR: usize = 10;
const MINOR: usize = 11;
const MECHANISM: std::ops::Range<usize> = 12..32;
const AS_SERVER: usize = 32;

/// Collects the peer's greeting.
#[derive(Debug)]
pub(crate) struct Greeting {
    bytes: Vec<u8>,
    mechanism: Mechanism,
}

/// Says how far the peer's greeting has come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Nothing wrong so far.
    Incomplete,
    /// It is whole; the peer is spoken to in this minor version.
    Complete { minor: u8 },
}

impl Greeting {
    pub(crate) fn new(mechanism: Mechanism) -> Self {
        Self {
            bytes: Vec::new(),
            mechanism,
        }
    }

    /// Appends our greeting: the bytes of libzmq 4.3.5 (recordings Z1 to Z4).
    pub(crate) fn push_ours(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&[0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1]);
        out.extend_from_slice(self.mechanism.name().as_bytes());
        out.resize(start + AS_SERVER, 0);
        out.push(u8::from(self.mechanism.claims_server()));
        out.resize(start + GREETING_BYTES, 0);
    }

    /// Takes bytes from the front of `input` and judges what is there; returns how many.
    pub(crate) fn take(&mut self, input: &[u8]) -> Result<(usize, Progress), Error> {
        let taken = input.len().min(GREETING_BYTES - self.bytes.len());
        self.bytes.extend_from_slice(&input[..taken]);
        let progress = judge(&self.bytes, self.mechanism)?;
        Ok((taken, progress))
    }
}

/// Judges the greeting so far, each field as soon as it is whole, so that the verdict does not
/// depend on how the bytes were cut.
fn judge(bytes: &[u8], mechanism: Mechanism) -> Result<Progress, Error> {
    check_signature(bytes)?;
    check_version(bytes)?;
    if let Some(name) = bytes.get(MECHANISM) {
        check_mechanism(name, mechanism)?;
    }
    if let Some(&value) = bytes.get(AS_SERVER) {
        mechanism.check_peers_role(value)?;
    }
    // The filler is not looked at, like the padding: a later version may use it.
    match (bytes.get(MAJOR), bytes.get(MINOR)) {
        (Some(&major), Some(&minor)) if bytes.len() == GREETING_BYTES => Ok(Progress::Complete {
            minor: if major == 3 { minor.min(1) } else { 1 },
        }),
        _ => Ok(Progress::Incomplete),
    }
}

fn check_signature(bytes: &[u8]) -> Result<(), Error> {
    match (bytes.first(), bytes.get(1)) {
        (None | Some(0xff), _) => {}
        // ZMTP 1.0 opens with the length of its identity frame and that frame's flags.
        (Some(1..), Some(0)) => return Err(Error::VersionTooOld { version: "1.0" }),
        (Some(1..), None) => return Ok(()),
        (Some(&first_byte), _) => return Err(Error::NotZmtp { first_byte }),
    }
    match bytes.get(SIGNATURE_END) {
        None | Some(0x7f) => Ok(()),
        // An identity of 255 bytes or more: the flags of a frame stand where 7f should.
        Some(0) => Err(Error::VersionTooOld { version: "1.0" }),
        Some(&byte) => Err(Error::BadSignature { byte }),
    }
}

fn check_version(bytes: &[u8]) -> Result<(), Error> {
    let version = match bytes.get(MAJOR) {
        None | Some(3..) => return Ok(()),
        Some(0) => "1.0",
        Some(1) => "2.0",
        Some(2) => "2.1",
    };
    Err(Error::VersionTooOld { version })
}

fn check_mechanism(name: &[u8], mechanism: Mechanism) -> Result<(), Error> {
    let end = name.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    if &name[..end] == mechanism.name().as_bytes() {
        return Ok(());
    }
    Err(Error::MechanismMismatch {
        peer: quoted(&name[..end]),
        ours: mechanism.name(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours() -> Vec<u8> {
        let mut out = Vec::new();
        Greeting::new(Mechanism::Null).push_ours(&mut out);
        out
    }

    fn with(at: usize, byte: u8) -> Vec<u8> {
        let mut bytes = ours();
        bytes[at] = byte;
        bytes
    }

    /// Feeds the bytes in pieces of this size.
    fn read(bytes: &[u8], piece: usize) -> Result<Progress, Error> {
        let mut greeting = Greeting::new(Mechanism::Null);
        let mut progress = Progress::Incomplete;
        for piece in bytes.chunks(piece) {
            progress = greeting.take(piece)?.1;
        }
        Ok(progress)
    }

    #[test]
    fn our_greeting_is_the_64_bytes_that_libzmq_sends() {
        let mut expected = b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\x01NULL".to_vec();
        expected.resize(64, 0);
        assert_eq!(ours(), expected);
    }

    #[test]
    fn greetings_of_3_0_and_3_1_and_newer_are_accepted() {
        for piece in [1, 7, 64] {
            assert_eq!(read(&ours(), piece), Ok(Progress::Complete { minor: 1 }));
            assert_eq!(read(&with(MINOR, 0), piece), Ok(Progress::Complete { minor: 0 }));
            assert_eq!(read(&with(MINOR, 9), piece), Ok(Progress::Complete { minor: 1 }));
            let mut version_4_0 = with(MAJOR, 4);
            version_4_0[MINOR] = 0;
            assert_eq!(read(&version_4_0, piece), Ok(Progress::Complete { minor: 1 }));
        }
    }

    #[test]
    fn padding_and_filler_mean_nothing() {
        for at in [1, 8, 33, 63] {
            assert_eq!(read(&with(at, 0xaa), 64), Ok(Progress::Complete { minor: 1 }));
        }
    }

    #[test]
    fn what_follows_the_greeting_is_left_in_the_input() {
        let mut bytes = ours();
        bytes.extend_from_slice(b"\x04\x01");
        let taken = Greeting::new(Mechanism::Null).take(&bytes);
        assert_eq!(taken, Ok((64, Progress::Complete { minor: 1 })));
    }

    #[test]
    fn other_protocols_are_refused_at_their_second_byte() {
        assert_eq!(read(b"GE", 1), Err(Error::NotZmtp { first_byte: b'G' }));
        assert_eq!(read(b"\0", 1), Err(Error::NotZmtp { first_byte: 0 }));
        assert_eq!(read(&with(9, 0x7e), 64), Err(Error::BadSignature { byte: 0x7e }));
    }

    #[test]
    fn zmtp_1_and_2_are_refused_without_waiting_for_a_rest_that_never_comes() {
        let old = |version| Err(Error::VersionTooOld { version });
        // An anonymous ZMTP 1.0 peer, and one with an identity of 300 bytes.
        assert_eq!(read(b"\x01\x00", 1), old("1.0"));
        assert_eq!(read(b"\xff\0\0\0\0\0\0\x01\x2d\0", 1), old("1.0"));
        // libzmq 3.2 (ZMTP 2.0) sends 12 bytes, then its identity.
        assert_eq!(read(&with(MAJOR, 1)[..12], 1), old("2.0"));
        assert_eq!(read(&with(MAJOR, 0)[..11], 1), old("1.0"));
        assert_eq!(read(&with(MAJOR, 2)[..11], 1), old("2.1"));
    }

    #[test]
    fn another_mechanism_is_refused_by_name() {
        for (name, shown) in [
            (&b"CURVE"[..], "CURVE"),
            (b"NULLX", "NULLX"),
            (b"NUL", "NUL"),
            (b"NULL\0\0\0X", "NULL\\x00\\x00\\x00X"),
            (b"", ""),
        ] {
            let mut bytes = ours();
            bytes[MECHANISM].fill(0);
            bytes[MECHANISM][..name.len()].copy_from_slice(name);
            assert_eq!(
                read(&bytes, 5),
                Err(Error::MechanismMismatch {
                    peer: shown.into(),
                    ours: "NULL"
                })
            );
        }
    }

    #[test]
    fn a_null_peer_that_claims_to_be_server_is_refused() {
        for value in [1, 2, 0xff] {
            assert_eq!(
                read(&with(AS_SERVER, value), 64),
                Err(Error::AsServerMismatch {
                    value,
                    mechanism: "NULL",
                    needed: 0
                })
            );
        }
    }
}
