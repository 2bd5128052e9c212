//! What do the bytes of a token say, believed or not?

/// Bytes that a user's key may have as text.
const USER_BYTES_MAX: usize = 64;

/// Digits that an expiry may have: enough for three thousand years.
const EXPIRY_DIGITS_MAX: usize = 11;

/// Bytes of HMAC-SHA256.
const MAC_BYTES: usize = 32;

/// Bytes of HMAC-SHA1.
const ORIGINAL_MAC_BYTES: usize = 20;

/// What separates this use of a secret from all others.
const PURPOSE: &str = "omnibus-token-v2";

/// A token that looks like one.
pub(super) enum Form<'a> {
    /// `v2.<expiry>.<flags>.<mac>`
    Signed(Signed<'a>),
    /// The original's: forty digits.
    Original {
        /// What they stand for.
        mac: [u8; ORIGINAL_MAC_BYTES],
    },
}

/// The parts of a token of the second version.
pub(super) struct Signed<'a> {
    /// The Unix second at which it ends.
    pub(super) expiry: u64,
    /// Whether the flag `r` is set.
    pub(super) read_only: bool,
    /// What its digits stand for.
    pub(super) mac: [u8; MAC_BYTES],
    expiry_text: &'a str,
    flags_text: &'a str,
}

impl<'a> Form<'a> {
    /// Reads a token; `None` if it is none.
    pub(super) fn read(token: &'a str) -> Option<Self> {
        if let Some(mac) = hexadecimal(token) {
            return Some(Self::Original { mac });
        }
        let mut parts = token.strip_prefix("v2.")?.split('.');
        let (expiry_text, flags_text, mac) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        Some(Self::Signed(Signed {
            expiry: expiry(expiry_text)?,
            read_only: flags(flags_text)?,
            mac: hexadecimal(mac)?,
            expiry_text,
            flags_text,
        }))
    }
}

impl Signed<'_> {
    /// What was signed: a list of netstrings, of which no two have one encoding.
    pub(super) fn netstrings(&self, user: &str) -> Vec<u8> {
        let mut text = Vec::new();
        for part in [PURPOSE, user, self.expiry_text, self.flags_text] {
            text.extend_from_slice(part.len().to_string().as_bytes());
            text.push(b':');
            text.extend_from_slice(part.as_bytes());
            text.push(b',');
        }
        text
    }
}

/// Whether this may be a user's key.
pub(super) fn is_user(user: &str) -> bool {
    (1..=USER_BYTES_MAX).contains(&user.len()) && user.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
}

fn expiry(text: &str) -> Option<u64> {
    let is_plain = (1..=EXPIRY_DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let has_leading_zero = text.len() > 1 && text.starts_with('0');
    if !is_plain || has_leading_zero {
        return None;
    }
    text.parse().ok()
}

/// Reads the flags: `-` for none, or `r`, the only one there is.
fn flags(text: &str) -> Option<bool> {
    match text {
        "-" => Some(false),
        "r" => Some(true),
        _ => None,
    }
}

/// Reads exactly `N` bytes of lower-case hexadecimal digits (U05h).
fn hexadecimal<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}
