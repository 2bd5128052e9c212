//! How does a client get in: what does it say, and what must it hear before it goes on?
//!
//! Told the bytes, so that one client can walk and wait, and many can walk at once.

use std::mem;
use std::net::SocketAddr;

use crate::error::Error;

use super::frame;

/// Something said at once, and the answers that must come to it, in this order.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(super) say: Vec<u8>,
    pub(super) hear: Vec<Answer>,
}

/// What must come next.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// The head of a response that begins so.
    Head(&'static str),
    /// The head of a response that switches to WebSocket with this extension.
    Extended(&'static str),
    /// A frame with these bytes in it.
    Frame(Vec<u8>),
    /// A frame with these bytes in it, to which something is said at once: what `respond` makes of
    /// its payload and what it is about, where it can.
    Challenge {
        part: Vec<u8>,
        about: String,
        respond: fn(&[u8], &str) -> Option<Vec<u8>>,
    },
}

/// How the answer begins that agrees to speak WebSocket.
const SWITCHED: &str = "HTTP/1.1 101 ";

impl Step {
    /// Asks for a WebSocket there.
    pub(super) fn upgrade(address: SocketAddr, path: &str, subprotocol: Option<&str>) -> Self {
        let subprotocol = subprotocol.map_or_else(String::new, |name| format!("Sec-WebSocket-Protocol: {name}\r\n"));
        // The key is the one of RFC 6455, section 1.3; nobody here looks at the answer to it.
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{subprotocol}\r\n"
        );
        Self {
            say: request.into_bytes(),
            hear: vec![Answer::Head(SWITCHED)],
        }
    }

    /// An upgrade that offers this extension of WebSocket, which the server must accept as it is.
    pub(super) fn with_extension(mut self, extension: &'static str) -> Self {
        self.say.truncate(self.say.len() - b"\r\n".len());
        self.say
            .extend_from_slice(format!("Sec-WebSocket-Extensions: {extension}\r\n\r\n").as_bytes());
        self.hear = vec![Answer::Extended(extension)];
        self
    }
}

/// A client on its way.
#[derive(Debug)]
pub(super) struct Walk {
    steps: std::vec::IntoIter<Step>,
    /// What the present step still waits for.
    due: std::vec::IntoIter<Answer>,
    /// The answer that comes next.
    next: Option<Answer>,
    /// What was said and not sent yet.
    words: Vec<u8>,
    /// What was heard and not understood yet.
    input: Vec<u8>,
}

impl Walk {
    pub(super) fn new(steps: Vec<Step>) -> Self {
        let mut walk = Self {
            steps: steps.into_iter(),
            due: Vec::new().into_iter(),
            next: None,
            words: Vec::new(),
            input: Vec::new(),
        };
        walk.go_on();
        walk
    }

    /// What is to be sent now.
    pub(super) fn words(&mut self) -> Vec<u8> {
        mem::take(&mut self.words)
    }

    /// Whether all answers have come.
    pub(super) fn is_at_end(&self) -> bool {
        self.next.is_none()
    }

    /// Takes what has come.
    ///
    /// # Errors
    /// Something else was due.
    pub(super) fn hear(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.input.extend_from_slice(bytes);
        while let Some(answer) = &self.next {
            let Some(length) = answer.in_front_of(&self.input)? else {
                return Ok(());
            };
            self.words.extend(answer.response(&self.input[..length])?);
            self.input.drain(..length);
            self.next = self.due.next();
            self.go_on();
        }
        match self.input.is_empty() {
            true => Ok(()),
            false => Err(wrong(&self.input, "nothing")),
        }
    }

    /// Begins the next steps until one has an answer to wait for.
    fn go_on(&mut self) {
        while self.next.is_none()
            && let Some(step) = self.steps.next()
        {
            self.words.extend_from_slice(&step.say);
            self.due = step.hear.into_iter();
            self.next = self.due.next();
        }
    }
}

impl Answer {
    /// The bytes that this answer takes at the front; `None` while it has not come as a whole.
    fn in_front_of(&self, input: &[u8]) -> Result<Option<usize>, Error> {
        match self {
            Self::Head(start) => match head(input) {
                Some(head) if head.starts_with(start.as_bytes()) => Ok(Some(head.len())),
                Some(head) => Err(wrong(head, start)),
                None => Ok(None),
            },
            Self::Extended(extension) => {
                let line = format!("\r\nSec-WebSocket-Extensions: {extension}\r\n");
                let is_it =
                    |head: &[u8]| head.starts_with(SWITCHED.as_bytes()) && position(head, line.as_bytes()).is_some();
                match head(input) {
                    Some(head) if is_it(head) => Ok(Some(head.len())),
                    Some(head) => Err(wrong(head, &line)),
                    None => Ok(None),
                }
            }
            Self::Frame(part) | Self::Challenge { part, .. } => match frame::payload(input) {
                Some((start, end)) if end <= input.len() => match position(&input[start..end], part) {
                    Some(_) => Ok(Some(end)),
                    None => Err(wrong(input, &String::from_utf8_lossy(part))),
                },
                _ => Ok(None),
            },
        }
    }

    /// What is said to this answer, which has come like this.
    fn response(&self, came: &[u8]) -> Result<Vec<u8>, Error> {
        let Self::Challenge { about, respond, .. } = self else {
            return Ok(Vec::new());
        };
        let payload = frame::payload(came).map(|(start, end)| &came[start..end]);
        let response = payload.and_then(|payload| respond(payload, about));
        response.ok_or_else(|| wrong(came, "what can be responded to"))
    }
}

/// The head of a response with which the bytes begin, its end included.
fn head(bytes: &[u8]) -> Option<&[u8]> {
    const END: &[u8] = b"\r\n\r\n";
    Some(&bytes[..position(bytes, END)? + END.len()])
}

fn position(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// The server has answered something else.
pub(super) fn wrong(got: &[u8], expected: &str) -> Error {
    Error::Answer {
        got: String::from_utf8_lossy(got).into_owned(),
        expected: expected.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps() -> Vec<Step> {
        let step = |say: &str, hear| Step { say: say.into(), hear };
        vec![
            step(
                "one",
                vec![Answer::Head("HTTP/1.1 101 "), Answer::Frame(b"hello".to_vec())],
            ),
            step("two", Vec::new()),
            step("three", vec![Answer::Frame(b"yes".to_vec())]),
        ]
    }

    fn answers() -> Vec<u8> {
        let mut bytes = b"HTTP/1.1 101 Switching Protocols\r\n\r\n".to_vec();
        frame::of_server(frame::TEXT, b"hello there", &mut bytes);
        bytes
    }

    #[test]
    fn next_step_is_said_once_the_answers_to_the_last_have_come_in_whatever_pieces() {
        let mut walk = Walk::new(steps());
        assert_eq!(walk.words(), b"one");
        for byte in answers() {
            assert_eq!(walk.words(), b"");
            walk.hear(&[byte]).unwrap();
        }
        assert_eq!(walk.words(), b"twothree");
        assert!(!walk.is_at_end());
        walk.hear(&[frame::TEXT, 3, b'y', b'e', b's']).unwrap();
        assert!(walk.is_at_end());
    }

    #[test]
    fn other_answers_and_more_than_the_last_one_are_refused() {
        assert!(Walk::new(steps()).hear(b"HTTP/1.1 403 Forbidden\r\n\r\n").is_err());
        let mut walk = Walk::new(steps());
        walk.hear(&answers()).unwrap();
        assert!(walk.hear(&[frame::TEXT, 2, b'n', b'o']).is_err());
        let mut walk = Walk::new(steps());
        walk.hear(&answers()).unwrap();
        assert!(walk.hear(&[frame::TEXT, 3, b'y', b'e', b's', frame::TEXT]).is_err());
    }

    #[test]
    fn challenge_is_responded_to_before_the_next_answer() {
        let walk = || {
            let respond: fn(&[u8], &str) -> Option<Vec<u8>> = |heard, about| {
                let name = heard.strip_prefix(b"who ")?;
                Some([name, b" at ", about.as_bytes()].concat())
            };
            let challenge = Answer::Challenge {
                part: b"who".to_vec(),
                about: "home".to_owned(),
                respond,
            };
            let hear = vec![challenge, Answer::Frame(b"welcome".to_vec())];
            Walk::new(vec![Step {
                say: b"hello".to_vec(),
                hear,
            }])
        };
        let frame = |text: &[u8]| {
            let mut bytes = Vec::new();
            frame::of_server(frame::TEXT, text, &mut bytes);
            bytes
        };
        let mut known = walk();
        assert_eq!(known.words(), b"hello");
        known.hear(&frame(b"who Ann")).unwrap();
        assert_eq!(known.words(), b"Ann at home");
        known.hear(&frame(b"welcome")).unwrap();
        assert!(known.is_at_end());
        assert!(walk().hear(&frame(b"whoever")).is_err());
    }

    #[test]
    fn server_must_switch_the_extension_on_that_was_offered() {
        let offer = || {
            let address = (std::net::Ipv4Addr::LOCALHOST, 80).into();
            Walk::new(vec![Step::upgrade(address, "/", None).with_extension("shout; loud")])
        };
        let words = String::from_utf8(offer().words()).unwrap();
        assert!(
            words.ends_with("\r\nSec-WebSocket-Extensions: shout; loud\r\n\r\n"),
            "{words}"
        );
        let switched = "HTTP/1.1 101 Switching Protocols\r\n";
        let mut walk = offer();
        let answer = format!("{switched}Sec-WebSocket-Extensions: shout; loud\r\n\r\n");
        walk.hear(answer.as_bytes()).unwrap();
        assert!(walk.is_at_end());
        assert!(offer().hear(format!("{switched}\r\n").as_bytes()).is_err());
    }
}
