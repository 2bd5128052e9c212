//! Does the client speak to servers as a browser does, and tell what they did?

use crate::client::run;
use crate::websocket_server::{Manner, Server};

fn publish(manner: Manner, more: &[&str]) -> (crate::client::Ran, Vec<String>) {
    let server = Server::start(manner);
    let arguments = ["publish", "news", "say", r#"{"text":"é"}"#, "--url", &server.url];
    let ran = run(&[&arguments[..], more].concat());
    (ran, server.heard())
}

#[test]
fn a_message_is_published_after_the_subscription_and_confirmed_by_its_echo() {
    let (ran, heard) = publish(Manner::Honest, &["--sender", "me"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.out, "");
    assert!(
        ran.err.contains("published in news, confirmed by websocket after"),
        "{}",
        ran.err
    );
    assert_eq!(
        heard,
        [
            "!authenticate:me",
            "!subscribe:news",
            r#"news:{"sender": "me", "type": "say", "payload": {"text": "\u00e9"}}"#,
            "!unsubscribe:news",
        ]
    );
}

#[test]
fn without_a_name_a_random_one_is_used() {
    let (one, heard) = publish(Manner::Honest, &["--json"]);
    assert_eq!(one.code, Some(0));
    let line: serde_json::Value = serde_json::from_str(&one.out).unwrap();
    assert_eq!((&line["channel"], &line["confirmed"]), (&"news".into(), &true.into()));
    assert!(heard[0].starts_with("!authenticate:omnibus-"), "{heard:?}");
    let (_, other) = publish(Manner::Honest, &[]);
    assert_ne!(heard[0], other[0]);
}

#[test]
fn a_refusal_says_what_was_refused_and_nothing_is_published() {
    for (manner, text) in [
        (Manner::Distrustful, "the identifier"),
        (Manner::Closed, "the channel news was refused"),
    ] {
        let (ran, heard) = publish(manner, &[]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains(text), "{}", ran.err);
        assert!(heard.iter().all(|text| text.starts_with('!')), "{heard:?}");
    }
}

#[test]
fn a_message_that_does_not_come_back_is_not_confirmed() {
    let (ran, _) = publish(Manner::Forgetful, &["--timeout", "300ms"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("sent but not confirmed within 300ms"), "{}", ran.err);
}

#[test]
fn where_nothing_was_sent_yet_a_time_out_is_75() {
    let (ran, heard) = publish(Manner::Mute, &["--timeout", "300ms"]);
    assert_eq!(ran.code, Some(75), "{ran:?}");
    assert_eq!(heard.len(), 1);
}

#[test]
fn a_close_is_a_refusal_or_a_loss_by_its_code_and_its_reason_forges_nothing() {
    for (code, exit) in [(1009, 1), (1008, 1), (1012, 69), (1013, 69)] {
        let (ran, _) = publish(Manner::Closing(code), &[]);
        assert_eq!(ran.code, Some(exit), "{ran:?}");
        assert!(ran.err.contains(&format!("{code} because\\u{{1b}}")), "{}", ran.err);
    }
}

#[test]
fn another_path_is_refused_with_the_status() {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/other", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 4096];
        let read = stream.read(&mut head).unwrap();
        stream
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        String::from_utf8_lossy(&head[..read]).into_owned()
    });
    let ran = run(&["ping", "--url", &url]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("404 Not Found; check the path"), "{}", ran.err);
    assert!(server.join().unwrap().starts_with("GET /other HTTP/1.1\r\n"));
}

#[test]
fn messages_are_printed_one_a_line_until_there_are_enough() {
    let server = Server::start(Manner::Talkative);
    let ran = run(&["subscribe", "news", "--count", "4", "--url", &server.url]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines: Vec<&str> = ran.out.lines().collect();
    // What came before the answer counts, what is of another channel does not.
    assert_eq!(
        lines,
        [
            r#"news:{"sender": "x", "type": "t", "payload": {"n": 1}}"#,
            r#"news:{"sender": "x", "type": "t", "payload": {"n": 2}}"#,
            r#"news:{"sender": "x", "type": "t", "payload": {"n": 3}}"#,
            r"news:no json\n",
        ]
    );
    assert!(ran.err.contains("subscribed to news"), "{}", ran.err);
    server.heard();
}

#[test]
fn too_few_messages_are_75_with_a_count_and_0_without() {
    for (more, code) in [(&["--count", "9"][..], 75), (&[], 0)] {
        let server = Server::start(Manner::Talkative);
        let arguments = [
            "subscribe",
            "news",
            "news",
            "--timeout",
            "400ms",
            "--json",
            "--url",
            &server.url,
        ];
        let ran = run(&[&arguments[..], more].concat());
        assert_eq!(ran.code, Some(code), "{ran:?}");
        let lines: Vec<serde_json::Value> = ran
            .out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 5);
        assert_eq!(lines[4]["message"]["payload"]["n"], 5);
        assert_eq!(lines[3]["text"], "no json\n");
        let heard = server.heard();
        assert_eq!(heard.iter().filter(|text| text.starts_with("!subscribe")).count(), 1);
    }
}

#[test]
fn ping_measures_three_things() {
    let server = Server::start(Manner::Honest);
    let ran = run(&["ping", "--json", "--url", &server.url]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let line: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    for key in ["connect_ms", "ping_ms", "authenticate_ms"] {
        assert!(line[key].as_f64().unwrap() > 0.0, "{key}: {line}");
    }
    assert_eq!(server.heard().len(), 2);

    let mute = Server::start(Manner::Mute);
    let ran = run(&["ping", "--timeout", "300ms", "--url", &mute.url]);
    assert_eq!(ran.code, Some(75), "{ran:?}");
    mute.heard();
}
