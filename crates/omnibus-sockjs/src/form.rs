//! What does a form of one field hold? The body of `jsonp_send`.

/// The value of the field `d` of an urlencoded form, decoded; empty where there is none.
///
/// Escapes that are none stay as they are, as browsers and the original read them.
#[must_use]
pub fn form_payload(form: &[u8]) -> Vec<u8> {
    let fields = form.split(|&byte| byte == b'&');
    let encoded = fields.filter_map(|field| field.strip_prefix(b"d=")).next();
    decoded(encoded.unwrap_or_default())
}

fn decoded(encoded: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut at = 0;
    while let Some(&byte) = encoded.get(at) {
        at += 1;
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match encoded.get(at..at + 2).and_then(hexadecimal) {
                Some(byte) => {
                    at += 2;
                    byte
                }
                None => b'%',
            },
            byte => byte,
        });
    }
    bytes
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(digits[at]).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_found_and_decoded() {
        assert_eq!(form_payload(b"d=%5B%22x%22%5D"), br#"["x"]"#);
        assert_eq!(form_payload(b"t=1&d=a+b%2Bc&e=2"), b"a b+c");
        assert_eq!(form_payload(b"d=%C3%A9"), "é".as_bytes());
    }

    #[test]
    fn a_form_without_it_is_empty_and_broken_escapes_stay() {
        for form in [b"".as_slice(), b"d=", b"p=p", b"dd=x"] {
            assert_eq!(form_payload(form), b"");
        }
        assert_eq!(form_payload(b"d=%5%zz%"), b"%5%zz%");
    }
}
