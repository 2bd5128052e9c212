//! What do a client's WebSocket frames say, read frame by frame from the whole stream?
//! (RFC 6455 §5, RFC 7692 §6)

/// A message or control frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// A compressed message as it was sent, and whether it is text.
    Compressed(bool, Vec<u8>),
    /// A ping.
    Ping(Vec<u8>),
    /// A pong.
    Pong(Vec<u8>),
    /// A close frame.
    Close(Option<(u16, String)>),
}

/// How much a client may send.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Bytes of one message.
    pub message_bytes_max: usize,
    /// Frames of one message.
    pub fragments_max: u32,
    /// Whether compression was negotiated.
    pub may_compress: bool,
}

/// A whole stream as it was understood.
#[derive(Debug, PartialEq, Eq)]
pub struct Reading {
    /// What was said before the end.
    pub said: Vec<Said>,
    /// Why it ended.
    pub end: End,
}

/// How a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Where nothing is wrong; a frame or message may be unfinished.
    Fine,
    /// Within the head of a frame that would break a rule with this code if it went on with
    /// zeros; the bytes that are there may say so already or not.
    Doubtful(u16),
    /// With a rule broken, and this close code.
    Broken(u16),
}

/// A message that has begun.
struct Unfinished {
    is_text: bool,
    is_compressed: bool,
    frames: u32,
    bytes: Vec<u8>,
}

/// The head of one frame.
struct Head {
    fin: bool,
    opcode: u8,
    masked: bool,
    mask: [u8; 4],
    compressed: bool,
    reserved: bool,
    length: u64,
    length_is_short: bool,
    head_bytes: usize,
}

/// Reads a stream; `bounds` hold from before an event to the next, given how many there were.
pub fn read(stream: &[u8], bounds: impl Fn(&[Said]) -> Bounds) -> Reading {
    let mut said = Vec::new();
    let mut unfinished = None;
    let mut rest = stream;
    while !rest.is_empty() {
        match step(rest, &mut unfinished, bounds(&said), &mut said) {
            Ok(taken) => rest = &rest[taken..],
            Err(end) => return Reading { said, end },
        }
    }
    Reading { said, end: End::Fine }
}

/// Reads one frame and returns its length.
fn step(rest: &[u8], unfinished: &mut Option<Unfinished>, bounds: Bounds, said: &mut Vec<Said>) -> Result<usize, End> {
    let mut padded = rest[..rest.len().min(14)].to_vec();
    padded.resize(14, 0);
    let head = head(&padded);
    let verdict = judge(&head, unfinished.as_ref(), bounds);
    if head.head_bytes > rest.len() {
        return Err(verdict.map_or_else(End::Doubtful, |()| End::Fine));
    }
    verdict.map_err(End::Broken)?;

    let arrived = &rest[head.head_bytes..];
    let is_whole = head.length <= arrived.len() as u64;
    let arrived = if is_whole {
        &arrived[..head.length as usize]
    } else {
        arrived
    };
    let payload: Vec<u8> = arrived
        .iter()
        .enumerate()
        .map(|(at, byte)| byte ^ head.mask[at % 4])
        .collect();
    if head.opcode >= 8 {
        if !is_whole {
            return Err(End::Fine);
        }
        said.push(control(head.opcode, payload).map_err(End::Broken)?);
        return Ok(head.head_bytes + arrived.len());
    }
    let message = unfinished.get_or_insert_with(|| Unfinished {
        is_text: head.opcode == 1,
        is_compressed: head.compressed,
        frames: 0,
        bytes: Vec::new(),
    });
    message.frames += 1;
    message.bytes.extend(payload);
    let text = std::str::from_utf8(&message.bytes);
    if message.is_text && !message.is_compressed && text.is_err_and(|err| err.error_len().is_some()) {
        return Err(End::Broken(1007));
    }
    if !is_whole {
        return Err(End::Fine);
    }
    if head.fin {
        let message = unfinished.take().expect("it was put there above");
        said.push(if message.is_compressed {
            Said::Compressed(message.is_text, message.bytes)
        } else if message.is_text {
            Said::Text(String::from_utf8(message.bytes).map_err(|_| End::Broken(1007))?)
        } else {
            Said::Binary(message.bytes)
        });
    }
    Ok(head.head_bytes + arrived.len())
}

/// Reads the head of a frame from bytes that are enough for the longest one.
fn head(bytes: &[u8]) -> Head {
    let masked = bytes[1] & 0x80 != 0;
    let (length, at, length_is_short) = match bytes[1] & 0x7f {
        126 => {
            let length = u64::from(bytes[2]) << 8 | u64::from(bytes[3]);
            (length, 4, length > 125)
        }
        127 => {
            let length = bytes[2..10]
                .iter()
                .fold(0, |length, &byte| length << 8 | u64::from(byte));
            (length, 10, length > 0xffff && length >> 63 == 0)
        }
        length => (u64::from(length), 2, true),
    };
    let mask = if masked {
        [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]
    } else {
        [0; 4]
    };
    Head {
        fin: bytes[0] & 0x80 != 0,
        opcode: bytes[0] & 0x0f,
        masked,
        mask,
        compressed: bytes[0] & 0x40 != 0,
        reserved: bytes[0] & 0x30 != 0,
        length,
        length_is_short,
        // A frame without a mask is refused by its second byte.
        head_bytes: if masked { at + 4 } else { 2 },
    }
}

/// Judges a frame by its head, and returns the close code if it breaks a rule.
fn judge(head: &Head, unfinished: Option<&Unfinished>, bounds: Bounds) -> Result<(), u16> {
    let is_control = head.opcode >= 8;
    let is_known = matches!(head.opcode, 0 | 1 | 2 | 8 | 9 | 10);
    let is_misplaced = !is_control && (head.opcode == 0) != unfinished.is_some();
    let is_mismarked = head.compressed && !(bounds.may_compress && matches!(head.opcode, 1 | 2));
    if head.reserved
        || is_mismarked
        || !is_known
        || !head.masked
        || !head.length_is_short
        || (is_control && (!head.fin || head.length > 125))
        || is_misplaced
    {
        return Err(1002);
    }
    if is_control {
        return Ok(());
    }
    let (frames, bytes) = unfinished.map_or((0, 0), |message| (message.frames, message.bytes.len()));
    let bytes = head.length.saturating_add(bytes as u64);
    if frames >= bounds.fragments_max || bytes > bounds.message_bytes_max as u64 {
        return Err(1009);
    }
    Ok(())
}

fn control(opcode: u8, payload: Vec<u8>) -> Result<Said, u16> {
    match opcode {
        9 => Ok(Said::Ping(payload)),
        10 => Ok(Said::Pong(payload)),
        _ if payload.is_empty() => Ok(Said::Close(None)),
        _ if payload.len() == 1 => Err(1002),
        _ => {
            let code = u16::from_be_bytes([payload[0], payload[1]]);
            let reserved = [1004, 1005, 1006, 1015];
            if !(1000..5000).contains(&code) || (1015..3000).contains(&code) || reserved.contains(&code) {
                return Err(1002);
            }
            let reason = String::from_utf8(payload[2..].to_vec()).map_err(|_| 1007_u16)?;
            Ok(Said::Close(Some((code, reason))))
        }
    }
}
