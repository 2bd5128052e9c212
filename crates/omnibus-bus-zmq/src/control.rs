//! What do nodes say to each other beside publications?
//!
//! ZMTP commands, which no legacy peer ever sees. On the subscriber connection the node below
//! says INTEREST and the node above answers JOINED; on the publisher connection the node above
//! says RESUME, once, and then ACK.

use omnibus_zmtp::encode_command;

const INTEREST: &[u8] = b"INTEREST";
const JOINED: &[u8] = b"JOINED";
const RESUME: &[u8] = b"RESUME";
const ACK: &[u8] = b"ACK";

const ADD: u8 = b'+';
const REMOVE: u8 = b'-';

/// One thing that a node says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control<'a> {
    /// The node below wants more or fewer topics. `serial u64 | (+ or -, length u16, prefix)…`
    Interest { serial: u64, changes: Changes<'a> },
    /// What is published to the topics of this INTEREST, and of all before, now arrives. `serial u64`
    Joined { serial: u64 },
    /// What the node above has from this node, at this start of it: the last number, if it
    /// remembers the node at all. `known u8 | sequence u64`
    Resume { accepted: Option<u64> },
    /// The node above has accepted publications up to this number. `sequence u64`
    Ack { sequence: u64 },
}

/// The changes of an INTEREST, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Changes<'a>(&'a [u8]);

/// One change of the interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change<'a> {
    /// This prefix is wanted from now on.
    Add(&'a [u8]),
    /// It is not any more.
    Remove(&'a [u8]),
}

impl<'a> Control<'a> {
    /// Reads a command; `None` for one that this version does not know or that is malformed.
    pub(crate) fn parse(name: &[u8], body: &'a [u8]) -> Option<Self> {
        let number = || body.first_chunk().map(|bytes| u64::from_be_bytes(*bytes));
        match name {
            INTEREST => {
                let changes = Changes(body.get(8..)?);
                changes.is_whole().then_some(Self::Interest {
                    serial: number()?,
                    changes,
                })
            }
            JOINED => Some(Self::Joined { serial: number()? }),
            RESUME => {
                let (&known, rest) = body.split_first()?;
                let sequence = u64::from_be_bytes(*rest.first_chunk()?);
                Some(Self::Resume {
                    accepted: (known != 0).then_some(sequence),
                })
            }
            ACK => Some(Self::Ack { sequence: number()? }),
            _ => None,
        }
    }

    pub(crate) fn append_to(self, out: &mut Vec<u8>) {
        match self {
            Self::Interest { serial, changes } => {
                encode_command(INTEREST, &[&serial.to_be_bytes(), changes.0].concat(), out)
            }
            Self::Joined { serial } => encode_command(JOINED, &serial.to_be_bytes(), out),
            Self::Resume { accepted } => {
                let known = [u8::from(accepted.is_some())];
                encode_command(
                    RESUME,
                    &[&known, accepted.unwrap_or_default().to_be_bytes().as_slice()].concat(),
                    out,
                );
            }
            Self::Ack { sequence } => encode_command(ACK, &sequence.to_be_bytes(), out),
        }
    }
}

impl<'a> Changes<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn is_whole(self) -> bool {
        let mut rest = self;
        while rest.next().is_some() {}
        rest.0.is_empty()
    }
}

impl<'a> Iterator for Changes<'a> {
    type Item = Change<'a>;

    fn next(&mut self) -> Option<Change<'a>> {
        let (&[kind, high, low], rest) = self.0.split_first_chunk::<3>()?;
        let (prefix, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([high, low])))?;
        let change = match kind {
            ADD => Change::Add(prefix),
            REMOVE => Change::Remove(prefix),
            _ => return None,
        };
        self.0 = rest;
        Some(change)
    }
}

impl Change<'_> {
    /// Appends one change of an INTEREST. A topic is never longer than 16 KiB, the most that
    /// `bus.topic_bytes_max` may be.
    pub(crate) fn append_to(self, out: &mut Vec<u8>) {
        let (kind, prefix) = match self {
            Change::Add(prefix) => (ADD, prefix),
            Change::Remove(prefix) => (REMOVE, prefix),
        };
        let length = u16::try_from(prefix.len()).expect("topics are bounded to a few kilobytes");
        out.push(kind);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(prefix);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body_of(control: Control<'_>) -> (Vec<u8>, Vec<u8>) {
        let mut out = Vec::new();
        control.append_to(&mut out);
        // A short command frame: flags, length, name length, name, data.
        let name_end = 3 + usize::from(out[2]);
        (out[3..name_end].to_vec(), out[name_end..].to_vec())
    }

    #[test]
    fn what_a_node_says_reads_back() {
        let mut changes = Vec::new();
        Change::Add(b"news:").append_to(&mut changes);
        Change::Remove(b"").append_to(&mut changes);
        for control in [
            Control::Interest {
                serial: 3,
                changes: Changes::new(&changes),
            },
            Control::Joined { serial: 3 },
            Control::Resume { accepted: Some(9) },
            Control::Resume { accepted: None },
            Control::Ack { sequence: 9 },
        ] {
            let (name, body) = body_of(control);
            assert_eq!(Control::parse(&name, &body), Some(control));
        }
        assert_eq!(
            Changes::new(&changes).collect::<Vec<_>>(),
            [Change::Add(b"news:"), Change::Remove(b"")]
        );
    }

    #[test]
    fn a_broken_interest_is_none_at_all() {
        let mut body = 1_u64.to_be_bytes().to_vec();
        body.extend_from_slice(b"+\x00\x09news:");
        assert_eq!(Control::parse(INTEREST, &body), None);
        assert_eq!(Control::parse(b"LATER", &[]), None);
    }
}
