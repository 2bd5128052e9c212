//! Which function of the page may a script call?

use std::fmt;

use thiserror::Error;

/// The longest name of a callback.
pub const CALLBACK_BYTES_MAX: usize = 128;

/// The name of a function, letters, digits, `_`, `.` and `-` only: it stands in a script as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback(Box<str>);

/// Why there is no callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CallbackError {
    /// The query has none.
    #[error("\"callback\" parameter required")]
    Missing,
    /// It is not a plain name.
    #[error("invalid \"callback\" parameter")]
    Invalid,
}

impl Callback {
    /// Finds the parameter `c`, or `callback`, in a query and checks it.
    ///
    /// # Errors
    /// There is none, or it could be more than a name.
    pub fn from_query(query: Option<&str>) -> Result<Self, CallbackError> {
        let parameters = query.unwrap_or_default().split('&');
        let encoded = parameters
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| matches!(*name, "c" | "callback"))
            .map(|(_, value)| value)
            .filter(|value| !value.is_empty())
            .ok_or(CallbackError::Missing)?;
        // Three bytes of a query make one of a name at most.
        if encoded.len() > CALLBACK_BYTES_MAX * 3 {
            return Err(CallbackError::Invalid);
        }
        let name = percent_decoded(encoded).ok_or(CallbackError::Invalid)?;
        let is_plain = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
        if is_plain && name.len() <= CALLBACK_BYTES_MAX {
            Ok(Self(name.into()))
        } else {
            Err(CallbackError::Invalid)
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Callback {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn percent_decoded(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<String, CallbackError> {
        Callback::from_query(Some(query)).map(|callback| callback.to_string())
    }

    #[test]
    fn a_plain_name_is_taken_however_it_is_encoded() {
        assert_eq!(parse("c=%63allback").as_deref(), Ok("callback"));
        assert_eq!(parse("t=1&c=_jp.a-B_9").as_deref(), Ok("_jp.a-B_9"));
        assert_eq!(parse("callback=x").as_deref(), Ok("x"));
    }

    #[test]
    fn whatever_could_be_more_than_a_name_is_refused() {
        for query in [
            "c=%20",
            "c=*",
            "c=abc(",
            "c=abc%28",
            "c=a;b",
            "c=%3Cscript%3E",
            "c=a%0d",
            "c=%",
            "c=%4",
            "c=%zz",
            "c=%c3%a9",
            "c=%ff",
            "c=a+b",
        ] {
            assert_eq!(parse(query), Err(CallbackError::Invalid), "{query}");
        }
        for query in ["", "c", "c=", "d=x", "C=x"] {
            assert_eq!(parse(query), Err(CallbackError::Missing), "{query}");
        }
        assert_eq!(Callback::from_query(None), Err(CallbackError::Missing));
    }

    #[test]
    fn a_name_has_a_longest_length() {
        let longest = "x".repeat(CALLBACK_BYTES_MAX);
        assert_eq!(parse(&format!("c={longest}")), Ok(longest.clone()));
        assert_eq!(parse(&format!("c={longest}x")), Err(CallbackError::Invalid));
        let encoded = "%78".repeat(CALLBACK_BYTES_MAX + 1);
        assert_eq!(parse(&format!("c={encoded}")), Err(CallbackError::Invalid));
    }
}
