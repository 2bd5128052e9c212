//! Does a message on a stream get through a proxy at once, whatever the proxy buffers?

use std::time::{Duration, Instant};

use omnibus_tests::client::Client;
use omnibus_tests::sockjs::{self, Session, framed};

use crate::proxy::{Kind, Proxy};
use crate::servers::Servers;

const STREAMS: [&str; 3] = ["xhr_streaming", "eventsource", "htmlfile"];

/// Together they fill no buffer: what is held back is held back to the end.
const MESSAGES: usize = 10;

/// By HTTP/1.1 nginx 1.22 passes on every chunk even so; by HTTP/1.0 it keeps what comes until its
/// buffer is full, but for the streams' `X-Accel-Buffering: no`.
const BUFFERING: (&str, &str) = ("proxy_buffering off;", "proxy_buffering on;");

/// What it asks by unless told otherwise.
const HTTP_1_0: (&str, &str) = ("proxy_http_version 1.1;", "proxy_http_version 1.0;");

/// A socket that is told that more follows waits 200 ms for it. A busy machine may delay this or
/// that message as long, but not each of them.
const QUICKEST_MAX: Duration = Duration::from_millis(100);

/// Each message is heard before the next is published.
fn messages_arrive_at_once(kind: Kind, changes: &[(&str, &str)]) {
    let servers = Servers::with(&sockjs::SETTINGS);
    let proxy = Proxy::changed(kind, servers.addresses(), changes);
    let mut publisher = Client::joined(&servers.director, "publisher", &["news"]);
    for transport in STREAMS {
        let mut session = Session::at(proxy.address());
        session.ask_to_receive(transport);
        let head = session.receiver().head();
        assert_eq!(head.status, 200, "{head:?}");
        session.receiver().chunks_up_to(&framed(transport, "o"));
        for (command, about) in [
            ("!authenticate:page", "null"),
            ("!subscribe:news", r#"{"channel": "news"}"#),
        ] {
            session.say(&[command]);
            let name = command[1..].split(':').next().expect("a command has a name");
            let answer = format!(r#"!{name}:{{"type": "{name}", "success": true, "payload": {about}}}"#);
            expect(&mut session, transport, &answer);
        }
        let delays = (0..MESSAGES).map(|number| {
            let text = format!(r#"news:{{"n":{number}}}"#);
            let published = Instant::now();
            publisher.send(&text);
            expect(&mut session, transport, &text);
            published.elapsed()
        });
        let quickest = delays.min().expect("there are messages");
        assert!(quickest < QUICKEST_MAX, "{transport} takes {quickest:?} at least");
    }
}

fn expect(session: &mut Session, transport: &str, text: &str) {
    let texts = serde_json::to_string(&[text]).expect("texts can be written");
    let expected = framed(transport, &format!("a{texts}"));
    assert_eq!(session.receiver().chunks_up_to(&expected), expected, "{transport}");
}

#[test]
fn nginx_holds_back_no_stream() {
    messages_arrive_at_once(Kind::Nginx, &[]);
}

#[test]
fn nginx_that_buffers_holds_back_no_stream() {
    messages_arrive_at_once(Kind::Nginx, &[BUFFERING]);
}

#[test]
fn nginx_that_buffers_and_asks_by_http_1_0_holds_back_no_stream() {
    messages_arrive_at_once(Kind::Nginx, &[BUFFERING, HTTP_1_0]);
}

#[test]
fn haproxy_holds_back_no_stream() {
    messages_arrive_at_once(Kind::HaProxy, &[]);
}
