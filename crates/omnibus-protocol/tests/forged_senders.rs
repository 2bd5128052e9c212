//! Does a forged sender, however it is written, become the real one, and
//! nothing else change?

use omnibus_protocol::{BodyPolicy, Identifier, check_client_frame};
use proptest::prelude::*;

/// A key, every character of which may be written as an escape.
fn key() -> impl Strategy<Value = (String, String)> {
    let name = prop_oneof![
        3 => Just("sender".to_owned()),
        1 => "[a-z]{0,4}|senders?|Sender|sende",
    ];
    (name, any::<u16>()).prop_map(|(name, escaped)| {
        let raw = name
            .chars()
            .enumerate()
            .map(|(at, c)| match escaped >> at & 1 {
                1 => format!("\\u{:04x}", u32::from(c)),
                _ => c.to_string(),
            })
            .collect();
        (name, raw)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn exactly_the_forged_values_are_exchanged(
        members in prop::collection::vec(
            (key(), "\"id[AB]\"|null|-1\\.5|\\{\"sender\":\"idB\"\\}|\\[\"idA\"\\]|\"\"", "[ \n]{0,2}"),
            0..6,
        ),
    ) {
        let write = |exchange: bool| {
            let members: Vec<String> = members
                .iter()
                .map(|((name, raw), value, white)| {
                    let exchanged = exchange && name == "sender";
                    let value = if exchanged { "\"idA\"" } else { value };
                    format!("{white}\"{raw}\"{white}:{white}{value}{white}")
                })
                .collect();
            format!("{{{}}}", members.join(","))
        };
        let body = write(false);
        let identifier = Identifier::parse("idA").unwrap();
        let checked = check_client_frame(body.as_bytes(), 0, identifier, BodyPolicy::default()).unwrap();
        let expected = write(true);
        prop_assert_eq!(&*checked, expected.as_bytes());
    }

    #[test]
    fn no_bytes_make_the_check_panic(body: Vec<u8>, require_json: bool) {
        let identifier = Identifier::parse("idA").unwrap();
        let _judgement = check_client_frame(&body, 0, identifier, BodyPolicy { require_json });
    }
}
