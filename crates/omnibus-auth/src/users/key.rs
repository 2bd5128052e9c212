//! As what does a user's key stand in the table?

/// What the key's column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    /// A number of at most 64 bits.
    Integer,
    /// The database's own UUIDs.
    Uuid,
    /// Text; also UUIDs, where Django keeps them as text.
    Text,
}

impl KeyKind {
    /// Reads the name that a database gives to a column's type.
    pub(super) fn of_column(type_name: &str) -> Self {
        let name = type_name.to_ascii_uppercase();
        if name == "UUID" {
            Self::Uuid
        } else if name.contains("INT") || name.contains("SERIAL") {
            Self::Integer
        } else {
            Self::Text
        }
    }

    /// The texts under which this user may stand in the table; none if they can't.
    ///
    /// A number has one text only: with `007` beside `7`, one user would have many names. Django
    /// keeps a UUID as 32 digits where the database has no type for it.
    pub(super) fn forms(self, user: &str) -> Vec<String> {
        match self {
            Self::Integer => match user.parse::<i64>() {
                Ok(number) if number.to_string() == user => vec![user.to_owned()],
                _ => Vec::new(),
            },
            Self::Uuid if is_uuid(user) => vec![user.to_owned()],
            Self::Uuid => Vec::new(),
            Self::Text if is_uuid(user) => vec![user.to_owned(), user.replace('-', "")],
            Self::Text => vec![user.to_owned()],
        }
    }
}

/// Where the hyphens of a UUID stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// Whether this is a UUID as Python writes it: lower-case, with hyphens.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| {
            if HYPHENS.contains(&at) {
                byte == b'-'
            } else {
                matches!(byte, b'0'..=b'9' | b'a'..=b'f')
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "6f1c2a52-0d54-4dd6-9a39-6c2f8c6f0b11";

    #[test]
    fn what_is_no_key_is_not_asked_for() {
        for user in [
            "abc",
            " 1",
            "+1",
            "01",
            "1.0",
            "0x1",
            "-0",
            "",
            "999999999999999999999999999999",
            "1 OR 1=1",
        ] {
            assert!(KeyKind::Integer.forms(user).is_empty(), "{user:?}");
            assert!(KeyKind::Uuid.forms(user).is_empty(), "{user:?}");
        }
        assert!(KeyKind::Uuid.forms(&UUID.to_uppercase()).is_empty());
        assert!(KeyKind::Uuid.forms(&UUID.replace('-', "")).is_empty());
        assert_eq!(KeyKind::Integer.forms("9223372036854775807"), ["9223372036854775807"]);
        assert_eq!(KeyKind::Integer.forms("-5"), ["-5"]);
    }

    #[test]
    fn a_uuid_is_also_looked_for_as_django_writes_it_where_there_is_no_type() {
        assert_eq!(KeyKind::Uuid.forms(UUID), [UUID]);
        assert_eq!(KeyKind::Text.forms(UUID), [UUID, "6f1c2a520d544dd69a396c2f8c6f0b11"]);
        assert_eq!(KeyKind::Text.forms("anna"), ["anna"]);
    }

    #[test]
    fn kinds_are_told_by_the_names_of_the_databases() {
        for name in ["INTEGER", "bigint", "INT8", "INT UNSIGNED", "SMALLINT"] {
            assert_eq!(KeyKind::of_column(name), KeyKind::Integer, "{name}");
        }
        assert_eq!(KeyKind::of_column("UUID"), KeyKind::Uuid);
        for name in ["VARCHAR", "TEXT", "CHAR", "NULL"] {
            assert_eq!(KeyKind::of_column(name), KeyKind::Text, "{name}");
        }
    }
}
