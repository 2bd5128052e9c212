//! What does a peer send that knows ZMTP, and what must be made of it?
//!
//! Bytes are written after RFC 37 and RFC 23 and not by the encoder that is checked elsewhere.

use omnibus_zmtp::{Config, Error, Role, SocketType};

use crate::input::Input;
use crate::zmtp::{Seen, Setting};

const MORE: u8 = 1;
const LONG: u8 = 2;
const COMMAND: u8 = 4;

/// A conversation of a peer, and how it must end.
#[derive(Debug)]
pub struct Script {
    /// Everything that the peer sends.
    pub stream: Vec<u8>,
    /// What must be seen of it, at least.
    pub seen: Vec<Seen>,
    /// What must be sent to the peer, where nothing is wrong before READY.
    pub out: Option<Vec<u8>>,
    /// How it ends.
    pub end: ScriptEnd,
}

/// How a conversation ends.
#[derive(Debug)]
pub enum ScriptEnd {
    /// With the stream.
    Open,
    /// With an error of this kind.
    Fails(Error),
    /// Nobody knows: there are bytes in it that came from the fuzzer.
    Unknown,
}

/// The greeting of a NULL peer of ZMTP 3.
pub fn greeting(minor: u8) -> Vec<u8> {
    let mut out = b"\xff\0\0\0\0\0\0\0\x01\x7f\x03".to_vec();
    out.push(minor);
    out.extend_from_slice(b"NULL");
    out.resize(64, 0);
    out
}

/// A READY with these properties beside its Socket-Type.
pub fn ready(socket_type: SocketType, properties: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    push_command(b"READY", &ready_data(socket_type, properties), false, &mut out);
    out
}

impl Script {
    /// Reads a script to its end.
    pub fn read(setting: &Setting, input: &mut Input<'_>) -> Self {
        let mut writer = Writer::new(setting);
        let mut end = writer.handshake(input).err();
        while !input.is_empty() && end.is_none() {
            end = writer.step(input).err();
        }
        // What stands behind the end changes nothing.
        if !matches!(end, None | Some(ScriptEnd::Unknown)) {
            writer.script.stream.extend_from_slice(input.rest());
        }
        writer.script.end = end.unwrap_or(ScriptEnd::Open);
        writer.script
    }
}

/// Writes a script and keeps account of what it means.
struct Writer<'a> {
    setting: &'a Setting,
    peer: SocketType,
    /// The frames of the unfinished message.
    frames: Vec<Vec<u8>>,
    script: Script,
}

impl<'a> Writer<'a> {
    fn new(setting: &'a Setting) -> Self {
        Self {
            setting,
            peer: SocketType::Pub,
            frames: Vec::new(),
            script: Script {
                stream: Vec::new(),
                seen: Vec::new(),
                out: None,
                end: ScriptEnd::Open,
            },
        }
    }

    /// Writes greeting and READY.
    fn handshake(&mut self, input: &mut Input<'_>) -> Result<(), ScriptEnd> {
        let config = &self.setting.config;
        let choices = input.byte();
        self.peer = match choices & 6 {
            0 => SocketType::Pub,
            2 => SocketType::XPub,
            4 => SocketType::Sub,
            _ => SocketType::XSub,
        };
        let properties: Vec<(String, Vec<u8>)> = (0..choices >> 4 & 3)
            .map(|number| (format!("X-{number}"), body(input)))
            .collect();
        let data = ready_data(self.peer, &properties);
        self.script.stream = greeting(choices & 1);
        push_command(b"READY", &data, choices & 8 != 0, &mut self.script.stream);

        let bytes = 1 + b"READY".len() + data.len();
        let max = config.limits.handshake_bytes_max;
        if bytes > max {
            let bytes = bytes as u64;
            return Err(ScriptEnd::Fails(Error::HandshakeTooLong { bytes, max }));
        }
        let Some(ours) = ours(config, self.peer) else {
            return Err(ScriptEnd::Fails(Error::WrongSocketType {
                peer: self.peer.to_string(),
                accepted: "",
            }));
        };
        self.script.seen.push(Seen::Ready);
        let mut out = greeting(1);
        out.extend(ready(ours, &[]));
        self.script.out = Some(out);
        Ok(())
    }

    /// Writes one frame.
    fn step(&mut self, input: &mut Input<'_>) -> Result<(), ScriptEnd> {
        let choices = input.byte();
        let is_long = choices & 8 != 0;
        let is_last = choices & 16 == 0;
        match choices & 7 {
            0 | 1 => self.message_frame(body(input), is_last, is_long),
            2 => self.command(b"SUBSCRIBE", &body(input), is_long),
            3 => self.command(b"CANCEL", &body(input), is_long),
            4 => self.command(b"PING", &body(input), is_long),
            5 => {
                let names: [&[u8]; 8] = [b"PONG", b"INTEREST", b"ERROR", b"READY", b"", b"A B", b"x", b"PINGS"];
                let name = names[usize::from(input.byte()) % names.len()];
                self.command(name, &body(input), is_long)
            }
            6 => {
                let mut subscription = vec![u8::from(choices & 32 == 0)];
                subscription.extend(body(input));
                self.message_frame(subscription, is_last, is_long)
            }
            _ => {
                let count = usize::from(input.byte() & 15);
                self.script.stream.extend_from_slice(input.bytes(count));
                // From here on the account is closed, but the traffic goes on.
                let known = self.script.seen.len();
                while !input.is_empty() {
                    let _closed = self.step(input);
                }
                self.script.seen.truncate(known);
                Err(ScriptEnd::Unknown)
            }
        }
    }

    fn message_frame(&mut self, body: Vec<u8>, is_last: bool, is_long: bool) -> Result<(), ScriptEnd> {
        let limits = &self.setting.config.limits;
        let flags = if is_last { 0 } else { MORE };
        push_frame(flags, &body, is_long, &mut self.script.stream);

        let is_subscription =
            self.peer.is_subscriber() && self.frames.is_empty() && matches!(body.first(), Some(0 | 1));
        let max = limits.topic_bytes_max;
        if is_subscription && body.len() - 1 > max {
            let bytes = body.len() as u64 - 1;
            return Err(ScriptEnd::Fails(Error::TopicTooLong { bytes, max }));
        }
        if self.frames.len() == limits.message_frames_max as usize {
            let max = limits.message_frames_max;
            return Err(ScriptEnd::Fails(Error::TooManyFrames { max }));
        }
        let bytes = self.frames.concat().len() + body.len();
        let max = limits.message_bytes_max;
        if bytes > max {
            let bytes = bytes as u64;
            return Err(ScriptEnd::Fails(Error::MessageTooLong { bytes, max }));
        }
        self.frames.push(body);
        if is_last {
            let frames = std::mem::take(&mut self.frames);
            self.script.seen.push(self.meaning(frames));
        }
        Ok(())
    }

    /// Says what a message is.
    fn meaning(&self, mut frames: Vec<Vec<u8>>) -> Seen {
        match frames[0].split_first() {
            Some((1, topic)) if self.peer.is_subscriber() => Seen::Subscribe(topic.to_vec()),
            Some((0, topic)) if self.peer.is_subscriber() => Seen::Cancel(topic.to_vec()),
            _ => {
                let frame_count = frames.len() as u32;
                frames.truncate(self.setting.keep_frames as usize);
                Seen::Message { frames, frame_count }
            }
        }
    }

    fn command(&mut self, name: &[u8], data: &[u8], is_long: bool) -> Result<(), ScriptEnd> {
        let limits = &self.setting.config.limits;
        push_command(name, data, is_long, &mut self.script.stream);
        let fails = |error| Err(ScriptEnd::Fails(error));

        let bytes = 1 + name.len() + data.len();
        let max = limits.command_bytes_max;
        if bytes > max {
            let bytes = bytes as u64;
            return fails(Error::CommandTooLong { bytes, max });
        }
        let unexpected = Error::UnexpectedCommand {
            name: String::new(),
            place: "",
        };
        match name {
            b"" | b"A B" => fails(Error::BadCommandName { bytes }),
            b"SUBSCRIBE" | b"CANCEL" if self.peer.is_publisher() => fails(unexpected),
            b"SUBSCRIBE" | b"CANCEL" if data.len() > limits.topic_bytes_max => {
                let (bytes, max) = (data.len() as u64, limits.topic_bytes_max);
                fails(Error::TopicTooLong { bytes, max })
            }
            b"SUBSCRIBE" => self.sees(Seen::Subscribe(data.to_vec())),
            b"CANCEL" => self.sees(Seen::Cancel(data.to_vec())),
            b"PING" if (2..=18).contains(&data.len()) => {
                if let Some(out) = &mut self.script.out {
                    push_command(b"PONG", &data[2..], false, out);
                }
                Ok(())
            }
            b"PING" => fails(Error::BadPing { bytes: data.len() }),
            b"PONG" => Ok(()),
            b"READY" => fails(unexpected),
            b"ERROR" => fails(Error::Peer { reason: String::new() }),
            _ => self.sees(Seen::Command(name.to_vec(), data.to_vec())),
        }
    }

    fn sees(&mut self, seen: Seen) -> Result<(), ScriptEnd> {
        self.script.seen.push(seen);
        Ok(())
    }
}

/// Reads a body: some bytes of the input, and some more of no interest.
fn body(input: &mut Input<'_>) -> Vec<u8> {
    let lengths = input.byte();
    let mut body = input.bytes(usize::from(lengths & 15)).to_vec();
    body.resize(body.len() + usize::from(lengths >> 4) * 24, b'x');
    body
}

/// What we are to a peer, if it is served.
fn ours(config: &Config, peer: SocketType) -> Option<SocketType> {
    match config.role {
        Role::Listener { accepts } if peer.is_publisher() => accepts.publishers_as,
        Role::Listener { accepts } => accepts.subscribers_as,
        Role::Connector { socket_type } => (socket_type.is_publisher() != peer.is_publisher()).then_some(socket_type),
    }
}

fn ready_data(socket_type: SocketType, properties: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut data = Vec::new();
    push_property("Socket-Type", socket_type.as_str().as_bytes(), &mut data);
    for (name, value) in properties {
        push_property(name, value, &mut data);
    }
    data
}

fn push_property(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.push(u8::try_from(name.len()).expect("names here are short"));
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(&u32::try_from(value.len()).expect("values here are short").to_be_bytes());
    out.extend_from_slice(value);
}

fn push_command(name: &[u8], data: &[u8], is_long: bool, out: &mut Vec<u8>) {
    let mut body = vec![u8::try_from(name.len()).expect("names here are short")];
    body.extend_from_slice(name);
    body.extend_from_slice(data);
    push_frame(COMMAND, &body, is_long, out);
}

/// Writes a frame, in the long form where the short one does not do.
fn push_frame(flags: u8, body: &[u8], is_long: bool, out: &mut Vec<u8>) {
    match u8::try_from(body.len()) {
        Ok(bytes) if !is_long => out.extend_from_slice(&[flags, bytes]),
        _ => {
            out.push(flags | LONG);
            out.extend_from_slice(&(body.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(body);
}
