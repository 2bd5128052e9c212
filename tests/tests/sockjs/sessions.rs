//! Does a session keep what a WebSocket keeps, while its requests come and go?

use std::time::{Duration, Instant};

use omnibus_tests::client::Client;
use omnibus_tests::http::Http;
use omnibus_tests::limits;
use omnibus_tests::publisher::Publisher;
use omnibus_tests::sockjs::{self, Session, framed};

const STREAMS: [&str; 3] = ["xhr_streaming", "eventsource", "htmlfile"];

#[test]
fn a_session_misses_nothing_while_nobody_receives_for_it() {
    let node = sockjs::node(&[]);
    let mut session = Session::joined(&node, &["foo"]);
    let mut publisher = Publisher::connect(node.publisher_address());
    let mut heard = String::new();
    // Polls, streams and pauses take turns; every connection may come to another shard.
    for number in 0..60 {
        publisher.publish(format!("foo:{{\"n\":{number}}}").as_bytes());
        if number % 3 == 0 {
            session.reconnect(&node);
        }
        if number % 2 == 0 {
            heard.push_str(&session.poll().body);
        }
    }
    let deadline = Instant::now() + limits::ANSWER;
    while !heard.contains("\\\"n\\\":59}") {
        assert!(Instant::now() < deadline, "{heard}");
        heard.push_str(&session.poll().body);
    }
    let numbers: Vec<u32> = heard
        .split("\\\"n\\\":")
        .skip(1)
        .map(|rest| {
            rest.split('}')
                .next()
                .and_then(|number| number.parse().ok())
                .expect("a number")
        })
        .collect();
    assert_eq!(numbers, (0..60).collect::<Vec<_>>());
}

#[test]
fn all_transports_hear_the_same_in_the_same_order() {
    let node = sockjs::node(&[]);
    let mut listeners: Vec<(&str, Session)> = STREAMS
        .into_iter()
        .map(|transport| {
            let mut session = Session::new(&node);
            session.stream(transport);
            session.receiver().expect_chunk(&framed(transport, "o"));
            session.join(&["foo"]);
            for _ in 0..2 {
                assert!(session.receiver().chunk().is_some());
            }
            (transport, session)
        })
        .collect();
    let mut websocket = Client::joined(&node, "w", &["foo"]);
    for number in 0..50 {
        let (_, session) = &mut listeners[number % STREAMS.len()];
        session.say(&[&format!(r#"foo:{{"from":"sockjs","n":{number}}}"#)]);
        websocket.expect(&format!(r#"foo:{{"from":"sockjs","n":{number}}}"#));
    }
    for (transport, session) in &mut listeners {
        for number in 0..50 {
            let frame = format!(r#"a["foo:{{\"from\":\"sockjs\",\"n\":{number}}}"]"#);
            session.receiver().expect_chunk(&framed(transport, &frame));
        }
    }
}

#[test]
fn an_abandoned_session_is_gone_after_five_seconds() {
    let node = sockjs::node(&[]);
    let mut session = Session::joined(&node, &["foo"]);
    std::thread::sleep(Duration::from_millis(3_500));
    session.say(&["!a:1"]);
    session.poll();
    std::thread::sleep(Duration::from_millis(5_600));
    assert_eq!(session.send("xhr_send", &[], r#"["!a:1"]"#).status, 404);
    session.poll().expect(200, "o\n");
}

#[test]
fn a_session_whose_request_is_cut_is_closed_and_says_so() {
    let node = sockjs::node(&[]);
    for transport in ["xhr", "xhr_streaming", "eventsource"] {
        let mut session = Session::joined(&node, &["foo"]);
        session.ask_to_receive(transport);
        assert!(transport != "xhr" || session.receiver().is_silent());
        if transport != "xhr" {
            session.receiver().head();
        }
        session.reconnect(&node);
        limits::eventually("the session is closed", limits::ANSWER, || {
            let answer = session.poll().body;
            match answer.as_str() {
                "c[1002,\"Connection interrupted\"]\n" => Ok(()),
                _ => Err(answer),
            }
        });
        assert_eq!(session.send("xhr_send", &[], r#"["!a:1"]"#).status, 404);
        session.poll().expect(200, "c[1002,\"Connection interrupted\"]\n");
    }
}

#[test]
fn who_receives_hears_heartbeats() {
    let node = sockjs::node(&[("server.ping_interval", "300ms")]);
    for transport in STREAMS {
        let mut session = Session::new(&node);
        session.stream(transport);
        session.receiver().expect_chunk(&framed(transport, "o"));
        session.receiver().expect_chunk(&framed(transport, "h"));
        session.receiver().expect_chunk(&framed(transport, "h"));
    }
    let mut session = Session::joined(&node, &[]);
    session.poll().expect(200, "h\n");
    session.ask_to_receive("jsonp");
    session.receiver().answer().expect(200, &framed("jsonp", "h"));
}

#[test]
fn a_client_that_does_not_say_who_it_is_is_told_why_it_is_closed() {
    let node = sockjs::node(&[("client.authentication_time_max", "1s")]);
    let mut session = Session::new(&node);
    session.poll().expect(200, "o\n");
    let closed = "c[1008,\"not authenticated in time\"]";
    assert_eq!(session.poll().body, format!("{closed}\n"));
    for transport in STREAMS {
        let mut session = Session::new(&node);
        session.stream(transport);
        session.receiver().expect_chunk(&framed(transport, "o"));
        session.receiver().expect_chunk(&framed(transport, closed));
        assert_eq!(session.receiver().chunk(), None);
    }
}

#[test]
fn a_stopping_server_says_so_on_every_transport() {
    let mut node = sockjs::node(&[]);
    let closed = "c[1001,\"server is stopping\"]";
    let mut poll = Session::joined(&node, &["foo"]);
    poll.ask_to_receive("xhr");
    assert!(poll.receiver().is_silent());
    let _away = Session::joined(&node, &["foo"]);
    let mut streams: Vec<(&str, Session)> = STREAMS
        .into_iter()
        .map(|transport| {
            let mut session = Session::new(&node);
            session.stream(transport);
            session.receiver().expect_chunk(&framed(transport, "o"));
            (transport, session)
        })
        .collect();
    assert_eq!(node.stop(), 0);
    poll.receiver().answer().expect(200, &framed("xhr", closed));
    for (transport, session) in &mut streams {
        session.receiver().expect_chunk(&framed(transport, closed));
    }
}

#[test]
fn a_session_that_too_much_waits_for_is_closed_and_its_neighbours_hear_all() {
    let node = sockjs::node(&[("client.outbox_bytes_max", "64 KiB")]);
    let mut slow = Session::joined(&node, &["foo"]);
    let mut quick = Client::joined(&node, "q", &["foo"]);
    let mut publisher = Publisher::connect(node.publisher_address());
    for number in 0..100 {
        let text = format!("foo:{{\"n\":{number},\"text\":\"{}\"}}", "x".repeat(1_000));
        publisher.publish(text.as_bytes());
        quick.expect(&text);
    }
    let closed = limits::eventually("the session is closed", limits::ANSWER, || {
        let body = slow.poll().body;
        if body.starts_with("c[") { Ok(body) } else { Err(body) }
    });
    assert!(closed.starts_with("c[1013,"), "{closed}");
}

#[test]
fn an_address_has_so_many_sessions_and_no_more() {
    let node = sockjs::node(&[("sockjs.sessions_per_address_max", "3")]);
    let mut sessions: Vec<Session> = (0..3).map(|_| Session::joined(&node, &["foo"])).collect();
    let refused = Session::new(&node).poll();
    assert_eq!(refused.status, 503, "{refused:?}");
    // Those that are there go on.
    for session in &mut sessions {
        session.say(&["!a:1"]);
        assert!(session.poll().body.contains("!a:"));
    }
    // A session on a WebSocket ends with it, and needs no place.
    let _websocket = Client::joined(&node, "w", &["foo"]);
}

#[test]
fn connections_serve_one_request_after_the_other() {
    let node = sockjs::node(&[]);
    let mut http = Http::connect(node.address());
    // All at once, and answered in their order.
    let poll = "POST /ec/0/many/xhr HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
    let body = r#"["!a:1"]"#;
    let send = format!(
        "POST /ec/0/many/xhr_send HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    http.write(format!("{poll}{send}{poll}GET /ec HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes());
    http.answer().expect(200, "o\n");
    http.answer().expect(204, "");
    assert!(http.answer().body.starts_with("a[\"!a:"));
    http.answer().expect(200, "Welcome to SockJS!\n");
    let last = http.ask("GET /ec", &["Connection: close"], "");
    assert_eq!(last.header("connection"), Some("close"));
    assert_eq!(http.rest(), "");
}
