//! Does what one peer has sent arrive at the next as it did here?

use omnibus_zmtp::encode_message;

use crate::pieces::Pieces;
use crate::zmtp::{Received, Seen, Setting, receive};
use crate::zmtp_script;

/// Sends on the messages that were kept whole, and checks that they arrive as they did before.
pub fn messages_pass_on(setting: &Setting, received: &Received) {
    let Some((peer, _)) = &received.ready else { return };
    let mut stream = zmtp_script::greeting(peer.minor);
    stream.extend(zmtp_script::ready(peer.socket_type, &[]));
    let mut expected = vec![Seen::Ready];
    for seen in &received.seen {
        if let Seen::Message { frames, frame_count } = seen
            && frames.len() == *frame_count as usize
        {
            let frames: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
            encode_message(&frames, &mut stream);
            expected.push(seen.clone());
        }
    }
    let again = receive(setting, &stream, Pieces::WHOLE);
    assert_eq!((again.seen, again.error), (expected, None));
}
