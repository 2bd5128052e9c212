//! Is a published body judged and corrected as a plain reading of it says?
//!
//! Input: a byte of choices, the length of the identifier, the identifier, the body.
#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use omnibus_fuzz::bodies::{self, Verdict};
use omnibus_fuzz::input::Input;
use omnibus_protocol::envelope::FORGED_SENDERS_MAX;
use omnibus_protocol::{BodyError, BodyPolicy, Identifier, check_client_frame, split_frame};

/// What an identifier of 255 bytes is at most, escaped and between quotes.
const SENDER_BYTES_MAX: usize = 2 * 255 + 2;

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let policy = BodyPolicy {
        require_json: input.byte() & 1 == 0,
    };
    let identifier = usize::from(input.byte());
    let identifier = input.bytes(identifier);
    let body = input.rest();
    let Ok(Ok(identifier)) = std::str::from_utf8(identifier).map(Identifier::parse) else {
        return;
    };

    let checked = check_client_frame(body, 0, identifier, policy);
    check_frame(body, identifier, policy, &checked);
    let Ok(body) = std::str::from_utf8(body) else { return };
    let expected = bodies::judge(body, identifier.as_str(), policy.require_json);
    match checked {
        Ok(checked) => {
            let is_copy = matches!(checked, Cow::Owned(_));
            assert!(checked.len() <= body.len() + FORGED_SENDERS_MAX * SENDER_BYTES_MAX);
            assert!(!is_copy || *checked != *body.as_bytes(), "an honest body was copied");
            let checked = String::from_utf8(checked.into_owned()).expect("what goes out is text");
            assert_eq!(Verdict::Passes(checked), expected);
        }
        Err(BodyError::NotJson(_)) => assert_eq!(expected, Verdict::NotJson),
        Err(BodyError::ReservedKey { .. }) => assert_eq!(expected, Verdict::ReservedKey),
        Err(BodyError::TooManySenders) => assert_eq!(expected, Verdict::TooManySenders),
        Err(err) => panic!("{err}"),
    }
});

/// Checks that a channel in front of the body changes nothing and stays.
fn check_frame(
    body: &[u8],
    identifier: Identifier<'_>,
    policy: BodyPolicy,
    expected: &Result<Cow<'_, [u8]>, BodyError>,
) {
    let mut frame = b"channel:".to_vec();
    let body_at = frame.len();
    frame.extend_from_slice(body);
    match (check_client_frame(&frame, body_at, identifier, policy), expected) {
        (Ok(frame), Ok(body)) => assert_eq!(split_frame(&frame), Some((&b"channel"[..], &**body))),
        (Err(err), Err(expected)) => assert_eq!(err, *expected),
        (checked, _) => panic!("{checked:?} with a channel, {expected:?} without"),
    }
}
