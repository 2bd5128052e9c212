//! Does every URL and transport answer as sockjs-protocol asks?

use omnibus_tests::http::Http;
use omnibus_tests::sockjs::{self, Session, framed};
use serde_json::Value;

const STREAMS: [&str; 3] = ["xhr_streaming", "eventsource", "htmlfile"];
const FRESH: &str = "no-store, no-cache, no-transform, must-revalidate, max-age=0";

#[test]
fn the_base_url_greets_and_what_sockjs_does_not_know_is_not_found() {
    let node = sockjs::node(&[]);
    let mut http = Http::connect(node.address());
    for url in ["/ec", "/ec/"] {
        let answer = http.ask(&format!("GET {url}"), &[], "");
        answer.expect(200, "Welcome to SockJS!\n");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"));
    }
    for url in [
        "/a",
        "/a.html",
        "//",
        "///",
        "/a/a",
        "/a/a/",
        "/a./a/xhr",
        "/a/a./xhr",
        "/./././xhr",
        "//xhr",
    ] {
        let mut http = Http::connect(node.address());
        assert_eq!(http.ask(&format!("POST /ec{url}"), &[], "").status, 404, "{url}");
    }
}

#[test]
fn info_says_what_is_served_and_a_new_number_each_time() {
    let node = sockjs::node(&[]);
    let mut http = Http::connect(node.address());
    let mut numbers = Vec::new();
    for _ in 0..2 {
        let answer = http.ask("GET /ec/info", &["Origin: http://127.0.0.1:8000"], "");
        assert_eq!(answer.header("cache-control"), Some(FRESH));
        assert_eq!(
            answer.header("access-control-allow-origin"),
            Some("http://127.0.0.1:8000")
        );
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
        assert_eq!(answer.header("set-cookie"), None);
        let info: Value = serde_json::from_str(&answer.body).expect("info is JSON");
        assert_eq!(info["websocket"], true);
        assert_eq!(info["cookie_needed"], true);
        assert_eq!(info["origins"], serde_json::json!(["*:*"]));
        numbers.push(info["entropy"].as_u64().expect("entropy is a number"));
    }
    assert_ne!(numbers[0], numbers[1]);
    let node = sockjs::node(&[("sockjs.transports", "xhr"), ("sockjs.cookie", "false")]);
    let info = Http::connect(node.address()).ask("GET /ec/info", &[], "");
    assert!(
        info.body.starts_with(r#"{"websocket":false,"cookie_needed":false,"#),
        "{info:?}"
    );
    assert_eq!(info.header("access-control-allow-origin"), Some("*"));
}

#[test]
fn the_iframe_is_kept_for_a_year_and_known_again() {
    let node = sockjs::node(&[]);
    let mut http = Http::connect(node.address());
    let first = http.ask("GET /ec/iframe.html", &[], "");
    let etag = first.header("etag").expect("the page has a tag").to_owned();
    for url in [
        "/iframe-a.html",
        "/iframe-.html",
        "/iframe-0.1.2abc-dirty.2144.html?t=1234",
    ] {
        let answer = http.ask(&format!("GET /ec{url}"), &[], "");
        answer.expect(200, &first.body);
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000"));
        assert!(answer.header("expires").is_some());
    }
    assert!(first.body.contains("sockjs-client@1.6.1"), "{}", first.body);
    let known = http.ask("GET /ec/iframe.html", &[&format!("If-None-Match: {etag}")], "");
    known.expect(304, "");
    assert_eq!(known.header("content-type"), None);
}

#[test]
fn preflights_are_answered_for_a_year() {
    let node = sockjs::node(&[("server.allowed_origins", "*")]);
    let mut http = Http::connect(node.address());
    for (url, methods) in [
        ("/info", "OPTIONS, GET"),
        ("/0/a/xhr", "OPTIONS, POST"),
        ("/0/a/xhr_send", "OPTIONS, POST"),
        ("/0/a/xhr_streaming", "OPTIONS, POST"),
        ("/0/a/eventsource", "OPTIONS, GET"),
    ] {
        for origin in ["test", "null"] {
            let headers = [&format!("Origin: {origin}"), "Access-Control-Request-Headers: a, b, c"];
            let answer = http.ask(&format!("OPTIONS /ec{url}"), &headers, "");
            answer.expect(204, "");
            assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
            assert_eq!(answer.header("access-control-allow-methods"), Some(methods));
            assert_eq!(answer.header("access-control-allow-headers"), Some("a, b, c"));
            assert_eq!(answer.header("access-control-max-age"), Some("31536000"));
        }
    }
}

#[test]
fn a_wrong_method_is_told_the_right_ones() {
    let node = sockjs::node(&[]);
    for (request, allowed) in [
        ("GET /ec/0/a/xhr", "OPTIONS, POST"),
        ("GET /ec/0/a/xhr_send", "OPTIONS, POST"),
        ("POST /ec/0/a/eventsource", "OPTIONS, GET"),
        ("POST /ec/0/a/websocket", "GET"),
        ("POST /ec/websocket", "GET"),
    ] {
        let answer = Http::connect(node.address()).ask(request, &[], "");
        answer.expect(405, "");
        assert_eq!(answer.header("allow"), Some(allowed), "{request}");
        assert_eq!(answer.header("content-type"), None);
    }
}

#[test]
fn a_poll_opens_a_session_and_the_next_brings_what_there_is() {
    let node = sockjs::node(&[]);
    let mut session = Session::new(&node);
    let opened = session.poll();
    opened.expect(200, "o\n");
    assert_eq!(
        opened.header("content-type"),
        Some("application/javascript; charset=UTF-8")
    );
    assert_eq!(opened.header("cache-control"), Some(FRESH));
    assert_eq!(opened.header("set-cookie"), Some("JSESSIONID=dummy; Path=/"));
    session.say(&["!a:1", "!b:2"]);
    let frame = r#"a["!a:{\"type\": \"a\", \"success\": false, \"payload\": null}","!b:{\"type\": \"b\", \"success\": false, \"payload\": null}"]"#;
    session.poll().expect(200, &framed("xhr", frame));
}

#[test]
fn a_poll_waits_until_there_is_something() {
    let node = sockjs::node(&[]);
    let mut session = Session::joined(&node, &["foo"]);
    session.ask_to_receive("xhr");
    assert!(session.receiver().is_silent());
    session.say(&[r#"foo:{"n":1}"#]);
    let frame = r#"a["foo:{\"n\":1}"]"#;
    session.receiver().answer().expect(200, &framed("xhr", frame));
}

#[test]
fn the_server_s_part_of_the_url_means_nothing() {
    let node = sockjs::node(&[]);
    let mut http = Http::connect(node.address());
    http.ask("POST /ec/000/part/xhr", &[], "").expect(200, "o\n");
    http.ask("POST /ec/_/part/xhr_send", &[], r#"["!a:1"]"#).expect(204, "");
    assert!(http.ask("POST /ec/999/part/xhr", &[], "").body.starts_with("a["));
}

#[test]
fn a_second_request_that_receives_is_told_so() {
    let node = sockjs::node(&[]);
    for transport in STREAMS {
        let mut session = Session::new(&node);
        session.stream(transport);
        session.receiver().expect_chunk(&framed(transport, "o"));
        let frame = r#"c[2010,"Another connection still open"]"#;
        let mut other = Http::connect(node.address());
        let poll = format!("POST {}", session.url("xhr"));
        other.ask(&poll, &[], "").expect(200, &framed("xhr", frame));
        other.send(&format!("POST {}", session.url("xhr_streaming")), &[], "");
        other.head();
        assert_eq!(other.chunk().map(|prelude| prelude.len()), Some(2_049));
        other.expect_chunk(&framed("xhr_streaming", frame));
        assert_eq!(other.chunk(), None);
        // The first is none the worse.
        session.say(&["!a:1"]);
        assert!(session.receiver().chunk().is_some_and(|frame| frame.contains("!a:")));
    }
}

#[test]
fn streams_bring_a_frame_a_message_and_end_when_they_are_long_enough() {
    let node = sockjs::node(&[("sockjs.stream_bytes_max", "4096")]);
    for (transport, content_type) in [
        ("xhr_streaming", "application/javascript; charset=UTF-8"),
        ("eventsource", "text/event-stream"),
        ("htmlfile", "text/html; charset=UTF-8"),
    ] {
        let mut session = Session::new(&node);
        let head = session.stream(transport);
        assert_eq!(head.header("content-type"), Some(content_type));
        assert_eq!(head.header("cache-control"), Some(FRESH));
        session.receiver().expect_chunk(&framed(transport, "o"));
        session.join(&["foo"]);
        let answers = [session.receiver().chunk(), session.receiver().chunk()];
        assert!(
            answers.iter().flatten().all(|answer| answer.contains("success")),
            "{answers:?}"
        );
        session.say(&[r#"foo:{"text":"  \u0000\n\r é"}"#]);
        let frame = r#"a["foo:{\"text\":\"  \\u0000\\n\\r \u00e9\"}"]"#;
        session.receiver().expect_chunk(&framed(transport, frame));
        let long = format!(r#"foo:{{"text":"{}"}}"#, "x".repeat(4_096));
        session.say(&[&long]);
        assert!(session.receiver().chunk().is_some_and(|frame| frame.contains("xxx")));
        assert_eq!(session.receiver().chunk(), None);
        // The same connection, and the same session.
        session.say(&[r#"foo:{"n":2}"#]);
        session.poll().expect(200, "a[\"foo:{\\\"n\\\":2}\"]\n");
    }
}

#[test]
fn jsonp_calls_the_page_and_takes_forms() {
    let node = sockjs::node(&[]);
    let mut session = Session::new(&node);
    session.ask_to_receive("jsonp");
    let opened = session.receiver().answer();
    opened.expect(200, &framed("jsonp", "o"));
    assert_eq!(opened.header("x-content-type-options"), Some("nosniff"));
    let form = "Content-Type: application/x-www-form-urlencoded";
    session
        .send("jsonp_send", &[form], "d=%5B%22%21a%3A1%22%5D")
        .expect(200, "ok");
    session
        .send("jsonp_send", &["Content-Type: text/plain"], r#"["!%61:1"]"#)
        .expect(200, "ok");
    session.ask_to_receive("jsonp");
    let body = session.receiver().answer().body;
    assert!(
        body.starts_with(r#"/**/cb("a[\"!a:{"#) && body.contains("!%61:{"),
        "{body}"
    );
    for form_body in ["", "d=", "p=p"] {
        session
            .send("jsonp_send", &[form], form_body)
            .expect(500, "Payload expected.\n");
    }
    session
        .send("jsonp_send", &[form], "d=%5B%22x")
        .expect(500, "Broken JSON encoding.\n");
}

#[test]
fn a_cookie_that_a_load_balancer_has_set_is_kept() {
    let node = sockjs::node(&[]);
    let mut http = Http::connect(node.address());
    let answer = http.ask("POST /ec/0/cookie/xhr", &["Cookie: a=b; JSESSIONID=abcdef"], "");
    assert_eq!(answer.header("set-cookie"), Some("JSESSIONID=abcdef; Path=/"));
    let forged = http.ask("POST /ec/0/cookie/xhr_send", &["Cookie: JSESSIONID=a=b\tc"], "[]");
    assert_eq!(forged.header("set-cookie"), Some("JSESSIONID=dummy; Path=/"));
}

#[test]
fn http_1_0_gets_streams_without_chunks_and_ends_with_its_answer() {
    let node = sockjs::node(&[("sockjs.stream_bytes_max", "1024")]);
    let mut http = Http::connect(node.address());
    http.write(b"POST /ec/0/ten/xhr_streaming HTTP/1.0\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n");
    let head = http.head();
    assert_eq!(
        (head.header("transfer-encoding"), head.header("content-length")),
        (None, None)
    );
    let mut sender = Http::connect(node.address());
    let texts = serde_json::to_string(&vec!["!a:1"; 20]).expect("texts can be written");
    sender.ask("POST /ec/0/ten/xhr_send", &[], &texts).expect(204, "");
    let rest = http.rest();
    assert!(
        rest.starts_with(&format!("{}\no\na[\"!a:", "h".repeat(2_048))),
        "{rest}"
    );
    assert!(rest.ends_with("\"]\n"), "{rest}");
}
