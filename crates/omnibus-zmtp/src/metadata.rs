//! What do the two ends tell each other in READY?
//!
//! A list of properties, each a name of 1 to 255 characters with its length in
//! one byte, and a value with its length in four (RFC 37, grammar: `metadata`).

use crate::error::Error;
use crate::socket_type::SocketType;

/// The property that every READY must have.
const SOCKET_TYPE: &str = "Socket-Type";

/// Longest name and longest value of a property (RFC 37, "The NULL Security Mechanism").
const NAME_BYTES_MAX: usize = 255;
const VALUE_BYTES_MAX: usize = i32::MAX as usize;

/// The properties of a peer's READY.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Metadata {
    /// The value of Socket-Type as it stands.
    pub(crate) socket_type: Option<Vec<u8>>,
    /// The others.
    pub(crate) properties: Vec<(String, Vec<u8>)>,
}

/// Appends the properties of our READY.
pub(crate) fn push_metadata(socket_type: SocketType, properties: &[(String, Vec<u8>)], out: &mut Vec<u8>) {
    push_property(SOCKET_TYPE, socket_type.as_str().as_bytes(), out);
    for (name, value) in properties {
        if fault_of_own(name, value).is_none() {
            push_property(name, value, out);
        }
    }
}

/// Checks the properties of our own configuration; what fails here is never sent.
pub(crate) fn check_own(properties: &[(String, Vec<u8>)]) -> Result<(), Error> {
    for (name, value) in properties {
        if let Some(fault) = fault_of_own(name, value) {
            let name = name.clone();
            return Err(Error::OwnProperty { name, fault });
        }
    }
    Ok(())
}

fn fault_of_own(name: &str, value: &[u8]) -> Option<&'static str> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        Some("has a name that is not 1 to 255 characters")
    } else if !name.bytes().all(is_name_char) {
        Some("has a name with other characters than letters, digits and -_.+")
    } else if name.eq_ignore_ascii_case(SOCKET_TYPE) {
        Some("is set by the role")
    } else if value.len() > VALUE_BYTES_MAX {
        Some("has a value above 2^31-1 bytes")
    } else {
        None
    }
}

fn is_name_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+')
}

fn push_property(name: &str, value: &[u8], out: &mut Vec<u8>) {
    // `fault_of_own` has bounded both lengths.
    out.push(name.len() as u8);
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(&(value.len() as u32).to_be_bytes());
    out.extend_from_slice(value);
}

/// Reads the properties of a peer's READY.
///
/// Names are compared without regard to case and none may occur twice: two node ids would let
/// two readers of one READY disagree on who the peer is.
pub(crate) fn read_metadata(data: &[u8], properties_max: usize) -> Result<Metadata, Error> {
    let mut socket_type = None;
    let mut properties: Vec<(String, Vec<u8>)> = Vec::new();
    let mut rest = data;
    let mut number = 0;
    while !rest.is_empty() {
        number += 1;
        if number > properties_max {
            let max = properties_max;
            return Err(Error::TooManyProperties { max });
        }
        let (name, value, after) = read_property(rest).map_err(|fault| Error::BadProperty { number, fault })?;
        rest = after;
        let is_type = name.eq_ignore_ascii_case(SOCKET_TYPE);
        let known = |(known, _): &(String, Vec<u8>)| known.eq_ignore_ascii_case(name);
        if (is_type && socket_type.is_some()) || properties.iter().any(known) {
            let fault = "repeats a name";
            return Err(Error::BadProperty { number, fault });
        }
        if is_type {
            socket_type = Some(value.to_vec());
        } else {
            properties.push((name.to_owned(), value.to_vec()));
        }
    }
    Ok(Metadata {
        socket_type,
        properties,
    })
}

/// A property's name and value, and what follows it.
type Property<'a> = (&'a str, &'a [u8], &'a [u8]);

fn read_property(bytes: &[u8]) -> Result<Property<'_>, &'static str> {
    let (name, rest) = bytes
        .split_first()
        .and_then(|(&name_bytes, rest)| rest.split_at_checked(usize::from(name_bytes)))
        .ok_or("ends within its name")?;
    if name.is_empty() {
        return Err("has an empty name");
    }
    let name = std::str::from_utf8(name)
        .ok()
        .filter(|name| name.bytes().all(is_name_char))
        .ok_or("has a name with other characters than letters, digits and -_.+")?;
    let (&value_bytes, rest) = rest.split_first_chunk().ok_or("ends within its value's length")?;
    let value_bytes = usize::try_from(u32::from_be_bytes(value_bytes)).unwrap_or(usize::MAX);
    let (value, rest) = rest.split_at_checked(value_bytes).ok_or("ends within its value")?;
    Ok((name, value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(data: &[u8]) -> &'static str {
        match read_metadata(data, 32) {
            Err(Error::BadProperty { fault, .. }) => fault,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn our_properties_are_those_that_libzmq_writes_for_a_sub() {
        let mut out = Vec::new();
        push_metadata(SocketType::Sub, &[], &mut out);
        assert_eq!(out, b"\x0bSocket-Type\0\0\0\x03SUB");
    }

    #[test]
    fn properties_are_read_back_in_order() {
        let properties = vec![
            ("X-Node".to_owned(), b"\0\xff".to_vec()),
            ("Identity".to_owned(), Vec::new()),
        ];
        let mut out = Vec::new();
        push_metadata(SocketType::XPub, &properties, &mut out);
        assert_eq!(
            read_metadata(&out, 3),
            Ok(Metadata {
                socket_type: Some(b"XPUB".to_vec()),
                properties
            })
        );
        assert_eq!(read_metadata(&out, 2), Err(Error::TooManyProperties { max: 2 }));
    }

    #[test]
    fn the_case_of_a_name_means_nothing() {
        let metadata = read_metadata(b"\x0bsOCKET-tYPE\0\0\0\x03SUB", 32).unwrap();
        assert_eq!(metadata.socket_type.as_deref(), Some(&b"SUB"[..]));
    }

    #[test]
    fn a_property_that_is_cut_anywhere_is_refused() {
        let whole = b"\x03X-A\0\0\0\x02ab";
        assert!(read_metadata(whole, 32).is_ok());
        for cut in 1..whole.len() {
            let expected = match cut {
                1..4 => "ends within its name",
                4..8 => "ends within its value's length",
                _ => "ends within its value",
            };
            assert_eq!(fault(&whole[..cut]), expected, "cut at {cut}");
        }
    }

    #[test]
    fn names_outside_the_grammar_are_refused() {
        assert_eq!(fault(b"\0\0\0\0\0"), "has an empty name");
        assert_eq!(
            fault(b"\x02a \0\0\0\0"),
            "has a name with other characters than letters, digits and -_.+"
        );
        assert_eq!(
            fault(b"\x02\xff\xfe\0\0\0\0"),
            "has a name with other characters than letters, digits and -_.+"
        );
        assert_eq!(fault(b"\x01a\0\0\0\0\x01A\0\0\0\0"), "repeats a name");
        assert_eq!(
            fault(b"\x0bSocket-Type\0\0\0\x03SUB\x0bSocket-Type\0\0\0\x03PUB"),
            "repeats a name"
        );
    }

    #[test]
    fn a_value_that_declares_4_gib_is_refused_without_being_allocated() {
        assert_eq!(fault(b"\x01a\xff\xff\xff\xff"), "ends within its value");
    }

    #[test]
    fn a_faulty_property_of_ours_is_never_sent() {
        let mut out = Vec::new();
        let properties = [(String::new(), Vec::new()), ("X".repeat(256), Vec::new())];
        push_metadata(SocketType::Pub, &properties, &mut out);
        assert_eq!(out, b"\x0bSocket-Type\0\0\0\x03PUB");
    }
}
