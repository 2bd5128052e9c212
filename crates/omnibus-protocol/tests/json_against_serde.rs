//! Does the scanner judge JSON as serde_json does?

use omnibus_protocol::ScanError;
use omnibus_protocol::json::scan_object;
use omnibus_protocol::json_string::RawString;
use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::Value;

fn scan(body: &str) -> Result<Vec<(&str, &str)>, ScanError> {
    let mut members = Vec::new();
    scan_object(body.as_bytes(), |member| {
        let key = std::str::from_utf8(member.key.as_bytes()).expect("the body is text");
        members.push((key, &body[member.value]));
    })?;
    Ok(members)
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}|[\"\\\\\u{0}-\u{20}]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("\\PC{0,10}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// What `serde_json` thinks of the grammar, and that it is an object.
fn is_object_to_serde(body: &str) -> bool {
    let starts = body.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{');
    starts && serde_json::from_str::<IgnoredAny>(body).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_members_are_those_that_serde_finds(value in json(), pretty: bool) {
        let body = if pretty {
            serde_json::to_string_pretty(&value).unwrap()
        } else {
            value.to_string()
        };
        // Read back, because serde does not round-trip every float.
        let Value::Object(object) = serde_json::from_str(&body).unwrap() else {
            prop_assert_eq!(scan(&body), Err(ScanError::NotAnObject));
            return Ok(());
        };
        let members = scan(&body).unwrap();
        prop_assert_eq!(members.len(), object.len());
        for ((raw_key, raw_value), (key, value)) in members.into_iter().zip(&object) {
            prop_assert!(RawString::new(raw_key.as_bytes()).equals(key));
            prop_assert_eq!(&serde_json::from_str::<Value>(raw_value).unwrap(), value);
        }
    }

    #[test]
    fn one_wrong_byte_is_judged_as_serde_judges_it(
        value in json(),
        place: prop::sample::Index,
        byte in "[\\[\\]{}\",:0-9eE+\\-.tfn \\\\u\n\u{0}é]",
        replace: bool,
    ) {
        let mut body: Vec<char> = format!("{{\"k\":{value}}}").chars().collect();
        let at = place.index(body.len());
        let byte = byte.chars().next().unwrap();
        if replace { body[at] = byte } else { body.insert(at, byte) }
        let body: String = body.into_iter().collect();
        prop_assert_eq!(scan(&body).is_ok(), is_object_to_serde(&body), "{}", body);
    }

    #[test]
    fn soup_of_json_tokens_is_judged_as_serde_judges_it(
        soup in "(\\{|\\}|\\[|\\]|,|:|\"a\"|\"\\\\u0041\"|1|-|0|\\.5|e9|true|null| |\n){0,12}"
    ) {
        for body in [format!("{{\"k\":{soup}}}"), format!("{{{soup}}}"), soup] {
            prop_assert_eq!(scan(&body).is_ok(), is_object_to_serde(&body), "{}", body);
        }
    }

    #[test]
    fn no_bytes_make_the_scanner_panic(mut body: Vec<u8>) {
        let _judgement = scan_object(&body, |_| {});
        body.splice(0..0, *b"{\"");
        let _judgement = scan_object(&body, |_| {});
    }
}
