//! How is the crate used? A server that sends every message back, for conformance suites.
//!
//! ```text
//! cargo run --release -p omnibus-websocket --example echo -- 127.0.0.1:9001
//! ```
//!
//! One blocking thread per connection and at most 64 of them; the limits are those of a test, far
//! above what a server should allow. Who offers permessage-deflate and sends a compressed message gets
//! compressed ones.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use omnibus_websocket::{
    Decoded, Decoder, Deflater, Event, HeadLimits, Inflater, Limits, Opcode, binary, close, close_reply, encode_101,
    parse_head, pong, text, upgrade,
};

const CONNECTIONS_MAX: usize = 64;
const READ_BYTES: usize = 64 << 10;
/// A client that says nothing for so long is left.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// How long the client's side of a closed connection is read, so that our close frame is not lost.
const FAREWELL_MAX: Duration = Duration::from_secs(2);

const DEFLATE_LEVEL: u32 = 6;

/// Autobahn's group 9 sends 16 MiB at once, and 4 MiB in fragments of 64 bytes; what groups 12 and
/// 13 compress is as regular as it may be.
const LIMITS: Limits = Limits {
    message_bytes_max: 32 << 20,
    fragments_max: 1 << 17,
    message_age_max: Duration::from_secs(120),
    inflated_ratio_max: None,
};

/// What a connection reads and writes with.
struct Codec {
    decoder: Decoder,
    limits: Limits,
    inflater: Inflater,
    deflater: Deflater,
}

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9001".to_owned());
    let listener = TcpListener::bind(&address)?;
    println!("echo server on {}", listener.local_addr()?);
    let places = Arc::new(());
    for stream in listener.incoming() {
        let stream = stream?;
        // Every thread holds one clone; the listener's own is the first.
        if Arc::strong_count(&places) > CONNECTIONS_MAX {
            eprintln!("refused a connection: {CONNECTIONS_MAX} are open");
            continue;
        }
        let place = Arc::clone(&places);
        std::thread::spawn(move || {
            if let Err(err) = serve(stream) {
                eprintln!("connection lost: {err}");
            }
            drop(place);
        });
    }
    Ok(())
}

/// Serves one connection to its end.
fn serve(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(SILENCE_MAX))?;
    let mut input = vec![0; READ_BYTES];
    let mut out = Vec::new();

    let Some((mut received, is_compressed)) = answer_head(&mut stream, &mut input, &mut out)? else {
        return farewell(stream, &mut input);
    };
    let mut codec = Codec {
        decoder: Decoder::new(),
        limits: Limits {
            inflated_ratio_max: is_compressed.then_some(u32::MAX),
            ..LIMITS
        },
        inflater: Inflater::new(),
        deflater: Deflater::new(DEFLATE_LEVEL),
    };
    loop {
        let goes_on = codec.echo(&mut input[..received], &mut out);
        stream.write_all(&out)?;
        out.clear();
        if !goes_on {
            return farewell(stream, &mut input);
        }
        received = stream.read(&mut input)?;
        if received == 0 {
            return Ok(());
        }
    }
}

/// Reads the request, answers it, and moves what followed it to the front of `input`; also says
/// whether messages may be compressed. `None` if it was refused.
fn answer_head(stream: &mut TcpStream, input: &mut [u8], out: &mut Vec<u8>) -> io::Result<Option<(usize, bool)>> {
    let mut received = 0;
    let mut is_compressed = false;
    loop {
        let (status, headers, body, consumed) = match parse_head(&input[..received], &HeadLimits::default()) {
            Ok(None) => {
                let bytes = stream.read(&mut input[received..])?;
                if bytes == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                received += bytes;
                continue;
            }
            Ok(Some((head, consumed))) => match upgrade(&head) {
                Ok(accepted) => {
                    let accepted = accepted.accept_deflate();
                    is_compressed = accepted.deflate.is_some();
                    encode_101(&accepted, out);
                    (101, [].as_slice(), String::new(), consumed)
                }
                Err(err) => (err.status(), err.headers(), err.body().to_owned(), consumed),
            },
            Err(err) => (err.status(), [].as_slice(), err.to_string(), received),
        };
        if status == 101 {
            stream.write_all(out)?;
            out.clear();
            input.copy_within(consumed..received, 0);
            return Ok(Some((received - consumed, is_compressed)));
        }
        write!(
            out,
            "HTTP/1.1 {status} Refused\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        )?;
        for (name, value) in headers {
            write!(out, "{name}: {value}\r\n")?;
        }
        write!(out, "\r\n{body}")?;
        stream.write_all(out)?;
        return Ok(None);
    }
}

impl Codec {
    /// Answers all that has arrived; false if the connection is over.
    fn echo(&mut self, input: &mut [u8], out: &mut Vec<u8>) -> bool {
        let mut at = 0;
        loop {
            let Decoded { consumed, event } = self.decoder.decode(&mut input[at..], &self.limits, Instant::now());
            at += consumed;
            let (event, was_compressed) = match event {
                Ok(Some(Event::Compressed(message))) => (self.inflater.inflate(message, &self.limits).map(Some), true),
                event => (event, false),
            };
            match event {
                Ok(None) => return true,
                Ok(Some(Event::Text(payload))) if was_compressed => {
                    self.deflater.append_frame(Opcode::Text, payload.as_bytes(), out);
                }
                Ok(Some(Event::Binary(payload))) if was_compressed => {
                    self.deflater.append_frame(Opcode::Binary, payload, out);
                }
                Ok(Some(Event::Text(payload))) => text(payload, out),
                Ok(Some(Event::Binary(payload))) => binary(payload, out),
                Ok(Some(Event::Ping(payload))) => pong(payload, out),
                Ok(Some(Event::Pong(_))) => {}
                Ok(Some(Event::Compressed(_))) => unreachable!("it was inflated above"),
                Ok(Some(Event::Close(received))) => {
                    close_reply(received, out);
                    return false;
                }
                Err(violation) => {
                    close(violation.close_code(), &violation.to_string(), out);
                    return false;
                }
            }
        }
    }
}

/// Ends our side and waits for the client's end: closing with bytes unread would reset the connection
/// and could take our last frame with it.
fn farewell(mut stream: TcpStream, scratch: &mut [u8]) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(FAREWELL_MAX))?;
    let until = Instant::now() + FAREWELL_MAX;
    while Instant::now() < until && stream.read(scratch)? > 0 {}
    Ok(())
}
