//! How does a text stand in JSON, so that no browser and no proxy takes harm?
//!
//! ASCII only, as the original writes it: some browsers change or drop characters beyond it on
//! their way through a transport (sockjs-protocol, "JSONEncoding"; recording J11).

/// Appends a JSON string, quotes included.
pub(crate) fn append_json_string(text: &str, out: &mut Vec<u8>) {
    append_string(text, &PLAIN, out);
}

/// Appends a JSON string that may also stand in a script within a page: `<`, `>` and `&` are
/// escaped, so that no text can end the script.
pub(crate) fn append_script_string(text: &str, out: &mut Vec<u8>) {
    append_string(text, &IN_SCRIPT, out);
}

fn append_string(text: &str, escaped: &Escaped, out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| escaped[usize::from(byte)]) {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let mut characters = rest[at..].chars();
        if let Some(character) = characters.next() {
            append_escaped(character, out);
        }
        rest = characters.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
    out.push(b'"');
}

fn append_escaped(character: char, out: &mut Vec<u8>) {
    let short = match character {
        '"' | '\\' => character,
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        _ => {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                append_unit(*unit, out);
            }
            return;
        }
    };
    out.push(b'\\');
    out.extend(u8::try_from(short));
}

fn append_unit(unit: u16, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(b"\\u");
    for shift in [12, 8, 4, 0] {
        out.push(DIGITS[usize::from(unit >> shift & 0xf)]);
    }
}

/// Which bytes begin a character that is escaped.
type Escaped = [bool; 256];

const PLAIN: Escaped = escaped(b"\"\\");
const IN_SCRIPT: Escaped = escaped(b"\"\\<>&");

const fn escaped(special: &[u8]) -> Escaped {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = byte < 0x20 || byte >= 0x7f;
        byte += 1;
    }
    let mut at = 0;
    while at < special.len() {
        table[special[at] as usize] = true;
        at += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(text: &str) -> String {
        let mut out = Vec::new();
        append_json_string(text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_string_is_escaped_as_the_original_escapes_it() {
        assert_eq!(plain("a/b \"c\" \\"), r#""a/b \"c\" \\""#);
        assert_eq!(plain("\n\r\t\u{8}\u{c}\0\u{1f}"), r#""\n\r\t\b\f\u0000\u001f""#);
        assert_eq!(plain("é☃\u{7f}\u{1f600}"), r#""\u00e9\u2603\u007f\ud83d\ude00""#);
    }

    #[test]
    fn a_script_string_cannot_end_its_script() {
        let mut out = Vec::new();
        append_script_string("</script><!--&", &mut out);
        assert_eq!(out, br#""\u003c/script\u003e\u003c!--\u0026""#);
    }

    proptest! {
        #[test]
        fn every_text_survives_and_is_ascii(text: String) {
            for append in [append_json_string, append_script_string] {
                let mut out = Vec::new();
                append(&text, &mut out);
                prop_assert!(out.iter().all(|byte| (0x20..0x7f).contains(byte)));
                prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text.as_str());
            }
        }
    }
}
