//! Does a compressed message become what a plain reading of DEFLATE makes of it, within its bounds,
//! and is what we compress read again?
//!
//! Input: a byte of choices, a frame's payload as a client sent it.
#![no_main]

use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use omnibus_fuzz::input::Input;
use omnibus_websocket::{
    Decoded, Decoder, Deflater, Event, INFLATED_FREE_BYTES, Inflater, Limits, Opcode, encode_compressed_frame_header,
};

/// What a message ends with that its sender does not send, and a final empty block (RFC 7692 §7.2.2).
const END: [u8; 9] = [0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff];

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let choices = input.byte();
    let payload = input.rest();
    let ratio_max = u32::from(choices >> 3);
    let limits = Limits {
        message_bytes_max: if choices & 1 == 0 { 6_000 } else { 1 << 20 },
        inflated_ratio_max: Some(ratio_max),
        ..Limits::default()
    };

    let first = inflate(&mut Inflater::new(), payload, &limits);
    let bytes_max = limits
        .message_bytes_max
        .min(INFLATED_FREE_BYTES.max(payload.len() * ratio_max as usize));
    if let Some(first) = &first {
        assert!(first.len() <= bytes_max);
        if !payload.is_empty() {
            let plain = decompress_to_vec_with_limit(&[payload, &END].concat(), bytes_max);
            // The plain reading ends with the first final block.
            assert!(first.starts_with(&plain.expect("a plain reading finds an end, too")));
        }
    }

    // Whatever an inflater has seen, it has forgotten.
    let generous = Limits {
        inflated_ratio_max: Some(u32::MAX),
        ..Limits::default()
    };
    let mut inflater = Inflater::new();
    let mut deflater = Deflater::new(u32::from(choices >> 5) + 1);
    assert_eq!(inflate(&mut inflater, payload, &limits), first);
    let sent = deflater.deflate(payload).to_vec();
    assert_eq!(inflate(&mut inflater, &sent, &generous).as_deref(), Some(payload));
    assert_eq!(deflater.deflate(payload), sent);
    assert_eq!(inflate(&mut inflater, payload, &limits), first);
});

/// Inflates a binary message of this payload.
fn inflate(inflater: &mut Inflater, payload: &[u8], limits: &Limits) -> Option<Vec<u8>> {
    let mut frame = Vec::new();
    encode_compressed_frame_header(Opcode::Binary, payload.len(), &mut frame);
    // A client's frame, under a mask of zeros.
    frame[1] |= 0x80;
    frame.extend([0; 4]);
    frame.extend(payload);
    let mut decoder = Decoder::new();
    let Decoded { event, .. } = decoder.decode(&mut frame, limits, Instant::now());
    let Ok(Some(Event::Compressed(message))) = event else {
        assert!(payload.len() > limits.message_bytes_max);
        return None;
    };
    match inflater.inflate(message, limits) {
        Ok(Event::Binary(bytes)) => Some(bytes.to_vec()),
        Ok(event) => panic!("a binary message became {event:?}"),
        Err(_) => None,
    }
}
