//! By what do subscribers receive, and which bytes does a message become on it?

use super::script;

/// What brings messages to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// At the base URL.
    WebSocket,
    /// SockJS: a response that goes on, a line a message.
    XhrStreaming,
    /// SockJS: a response that goes on, a server-sent event a message.
    EventSource,
}

impl Transport {
    /// What tables call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "WebSocket",
            Self::XhrStreaming => "xhr_streaming",
            Self::EventSource => "eventsource",
        }
    }

    /// Appends the bytes in which a subscriber gets this message. A stream has a chunk for each.
    pub(super) fn received(self, number: u64, out: &mut Vec<u8>) {
        let message = script::message(number);
        let (before, after) = match self {
            Self::WebSocket => return script::frame_of_server(message.as_bytes(), out),
            Self::XhrStreaming => ("", "\n"),
            Self::EventSource => ("data: ", "\r\n\r\n"),
        };
        // Of what JSON escapes, messages have quotes only.
        let quoted = message.replace('"', r#"\""#);
        let frame = format!(r#"{before}a["{quoted}"]{after}"#);
        out.extend_from_slice(format!("{:x}\r\n{frame}\r\n", frame.len()).as_bytes());
    }

    /// How many bytes that is, the same for all messages.
    pub(super) fn received_bytes(self) -> usize {
        let mut first = Vec::new();
        self.received(0, &mut first);
        first.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Transport; 3] = [Transport::WebSocket, Transport::XhrStreaming, Transport::EventSource];

    #[test]
    fn every_message_has_the_length_that_is_reckoned_with() {
        for transport in ALL {
            for number in [0, 1, 999_999_999_999] {
                let mut bytes = Vec::new();
                transport.received(number, &mut bytes);
                assert_eq!(bytes.len(), transport.received_bytes());
            }
        }
    }

    #[test]
    fn streams_have_a_chunk_with_one_frame_of_sockjs() {
        let expect = |transport: Transport, start: &str, end: &str| {
            let mut bytes = Vec::new();
            transport.received(7, &mut bytes);
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.starts_with(start) && text.ends_with(end), "{text:?}");
        };
        expect(
            Transport::XhrStreaming,
            "9e\r\na[\"bench:{\\\"type\\\":",
            "\\\"}}\"]\n\r\n",
        );
        expect(
            Transport::EventSource,
            "a7\r\ndata: a[\"bench:{\\\"type\\\":",
            "\\\"}}\"]\r\n\r\n\r\n",
        );
    }
}
