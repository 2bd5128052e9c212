//! What does a server say? The frames of SockJS, before a transport wraps them.

use crate::escape::append_json_string;

/// Appends `o`: the session is open.
pub fn append_open(out: &mut Vec<u8>) {
    out.push(b'o');
}

/// Appends `h`: the session lives.
pub fn append_heartbeat(out: &mut Vec<u8>) {
    out.push(b'h');
}

/// Appends `a["…"]` with one message.
pub fn append_message(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"a[");
    append_json_string(text, out);
    out.push(b']');
}

/// Appends `c[code,"reason"]`: the session is closed.
pub fn append_close(code: u16, reason: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("c[{code},").as_bytes());
    append_json_string(reason, out);
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_those_of_the_protocol() {
        let mut out = Vec::new();
        append_open(&mut out);
        append_heartbeat(&mut out);
        append_message("foo:{\"q\":\"é\"}", &mut out);
        append_close(3000, "Go away!", &mut out);
        assert_eq!(out, br#"oha["foo:{\"q\":\"\u00e9\"}"]c[3000,"Go away!"]"#);
    }
}
