//! How does SockJS travel in a WebSocket?

use omnibus_tests::client::{Client, Heard};
use omnibus_tests::limits;
use omnibus_tests::sockjs;

const AUTHENTICATED: &str = r#"a["!authenticate:{\"type\": \"authenticate\", \"success\": true, \"payload\": null}"]"#;

#[test]
fn a_websocket_session_frames_every_message() {
    let node = sockjs::node(&[]);
    let mut client = Client::connect_to(&format!("{}/000/abc/websocket", node.url()));
    client.expect("o");
    client.send(r#"["!authenticate:a","!subscribe:foo"]"#);
    client.expect(AUTHENTICATED);
    assert!(client.text().contains("subscribe"));
    // Nothing, and a bare text.
    client.send("");
    client.send("[]");
    client.send(r#""foo:{\"text\":\"é☃\"}""#);
    client.expect(r#"a["foo:{\"text\":\"\u00e9\u2603\"}"]"#);
    client.send(r#"["foo:{\"n\":0}","foo:{\"n\":1}","foo:{\"n\":2}"]"#);
    for number in 0..3 {
        client.expect(&format!(r#"a["foo:{{\"n\":{number}}}"]"#));
    }
}

#[test]
fn two_websockets_may_share_an_id_and_nothing_else() {
    let node = sockjs::node(&[]);
    let url = format!("{}/000/same/websocket", node.url());
    let mut clients = [Client::connect_to(&url), Client::connect_to(&url)];
    for client in &mut clients {
        client.expect("o");
        client.send(r#"["!authenticate:a"]"#);
    }
    for client in &mut clients {
        client.expect(AUTHENTICATED);
    }
}

#[test]
fn a_broken_frame_closes_a_websocket_session() {
    let node = sockjs::node(&[]);
    for frame in [r#"["a"#, "not json", "[1]", &"[".repeat(1_000)] {
        let mut client = Client::connect_to(&format!("{}/000/abc/websocket", node.url()));
        client.expect("o");
        client.send(frame);
        client.expect_close(1002);
    }
}

#[test]
fn a_websocket_session_hears_why_it_is_closed_and_heartbeats() {
    let node = sockjs::node(&[
        ("server.ping_interval", "300ms"),
        ("client.authentication_time_max", "1s"),
    ]);
    let mut client = Client::connect_to(&format!("{}/000/abc/websocket", node.url()));
    client.expect("o");
    client.expect("h");
    let last = loop {
        match client.hear(limits::ANSWER) {
            Heard::Text(text) if text == "h" => {}
            heard => break heard,
        }
    };
    assert_eq!(last, Heard::Text(r#"c[1008,"not authenticated in time"]"#.to_owned()));
    client.expect_close(1008);
}

#[test]
fn below_the_base_url_there_is_a_plain_websocket_too_and_at_it_as_ever() {
    let node = sockjs::node(&[]);
    for url in [format!("{}/websocket", node.url()), node.url()] {
        let mut client = Client::connect_to(&url);
        client.authenticate("a");
        client.subscribe("foo");
        client.send(r#"foo:{"n":1}"#);
        client.expect(r#"foo:{"n":1}"#);
    }
}
