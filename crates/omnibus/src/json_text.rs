//! How does JSON look in the form of Python's `json.dumps`?

use omnibus_protocol::json_string::push_ascii;

/// Writes valid JSON again as Python's `json.dumps` does: on one line, `", "` and `": "` between
/// its parts, pure ASCII. Numbers, escapes and the order of keys stay as they are.
pub(crate) fn python_form(json: &str) -> String {
    let mut out = Vec::with_capacity(json.len() + json.len() / 8);
    let mut characters = json.chars();
    let mut in_string = false;
    let mut buffer = [0; 4];
    while let Some(character) = characters.next() {
        match (in_string, character) {
            (true, '\\') => {
                out.push(b'\\');
                // What follows a backslash is one ASCII character, also of \u.
                out.extend(characters.next().map(|escaped| escaped as u8));
            }
            (_, '"') => {
                in_string = !in_string;
                out.push(b'"');
            }
            (true, character) => push_ascii(&mut out, character.encode_utf8(&mut buffer)),
            (false, ' ' | '\n' | '\r' | '\t') => {}
            (false, ',') => out.extend_from_slice(b", "),
            (false, ':') => out.extend_from_slice(b": "),
            (false, character) => out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes()),
        }
    }
    String::from_utf8(out).expect("ASCII was written, and whole characters of the input")
}

/// Writes a text as a JSON string, quotes included, as Python does.
pub(crate) fn string(text: &str) -> String {
    let mut out = vec![b'"'];
    push_ascii(&mut out, text);
    out.push(b'"');
    String::from_utf8(out).expect("push_ascii writes ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_looks_as_python_writes_it() {
        for (json, python) in [
            ("{}", "{}"),
            (
                " {\n\t\"a\" :1,\"b\":[1,2 , {}],\r\n\"c\":null} ",
                r#"{"a": 1, "b": [1, 2, {}], "c": null}"#,
            ),
            (r#"{"a,b:c":"x , y : z"}"#, r#"{"a,b:c": "x , y : z"}"#),
            (r#"{"q":"\"\\\" , \u00e9"}"#, r#"{"q": "\"\\\" , \u00e9"}"#),
            ("{\"é😀\":\"\u{7f}/\"}", r#"{"\u00e9\ud83d\ude00": "\u007f/"}"#),
            (
                r#"{"n":12345678901234567890123,"f":1.0,"e":1E400}"#,
                r#"{"n": 12345678901234567890123, "f": 1.0, "e": 1E400}"#,
            ),
        ] {
            assert_eq!(python_form(json), python);
            assert_eq!(python_form(python), python, "a second time changes nothing");
        }
    }

    #[test]
    fn a_text_becomes_a_string() {
        assert_eq!(string("a\"b\né"), r#""a\"b\n\u00e9""#);
    }
}
