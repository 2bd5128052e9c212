//! How is a value shown to a reader of logs and reports?
//!
//! What stands in a file or an environment may hold anything: control characters are escaped so
//! that no value writes a line of its own, a long one is cut, and what may be a secret is masked.

/// Characters of a value that are shown at most.
const SHOWN_CHARACTERS_MAX: usize = 120;

/// What stands for a secret.
pub(crate) const MASKED: &str = "(hidden)";

/// Parts of a name that say that its value is nobody's business.
const SECRET_WORDS: [&str; 6] = ["secret", "password", "passwd", "token", "private", "database_url"];

/// Shows the value of `name`: escaped, cut, or masked if the name speaks of a secret.
pub(crate) fn value_of(name: &str, value: &str) -> String {
    if is_secret(name) {
        return MASKED.to_owned();
    }
    text(value)
}

/// Shows a text on one line.
pub(crate) fn text(value: &str) -> String {
    let mut shown = String::new();
    for (count, character) in value.chars().enumerate() {
        if count == SHOWN_CHARACTERS_MAX {
            shown.push('…');
            break;
        }
        if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}') {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Says whether a setting, a variable or a flag of this name holds a secret; where a secret is kept is
/// none.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    if name.ends_with("_file") {
        return false;
    }
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_can_not_write_a_line_of_its_own() {
        assert_eq!(text("a\nERROR forged\u{1b}[2J"), "a\\u{a}ERROR forged\\u{1b}[2J");
        assert_eq!(text("flip\u{202e}ped"), "flip\\u{202e}ped");
    }

    #[test]
    fn a_long_value_is_cut() {
        let shown = text(&"é".repeat(1_000));
        assert_eq!(shown.chars().count(), SHOWN_CHARACTERS_MAX + 1);
        assert!(shown.ends_with('…'));
    }

    #[test]
    fn a_secret_is_masked_by_the_name_of_its_setting() {
        for name in [
            "OMNIBUS_SECRET_KEY",
            "auth.token",
            "--api-password",
            "OMNIBUS_DATABASE_URL",
        ] {
            assert_eq!(value_of(name, "hunter2"), MASKED, "{name}");
        }
        assert_eq!(value_of("server.port", "4242"), "4242");
    }
}
