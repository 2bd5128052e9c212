//! Is this a name, by the rule in words?

/// The longest name, in bytes.
const NAME_BYTES_MAX: usize = 255;

/// Whether a client may be called so: at most 255 bytes, no colon, no control character, no
/// leading `!` or `{`.
pub fn is_identifier(name: &str) -> bool {
    name.len() <= NAME_BYTES_MAX
        && !name.contains(':')
        && !name.chars().any(char::is_control)
        && !name.starts_with(['!', '{'])
}

/// Whether a channel may be called so: as a client, but not empty.
pub fn is_channel(name: &str) -> bool {
    !name.is_empty() && is_identifier(name)
}
