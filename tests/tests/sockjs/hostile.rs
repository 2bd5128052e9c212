//! What does bad input do to its sender, and what to its neighbours?

use omnibus_tests::client::Client;
use omnibus_tests::http::Http;
use omnibus_tests::node::Node;
use omnibus_tests::sockjs::{self, Session};

#[test]
fn broken_bodies_are_refused_and_nothing_of_them_is_done() {
    let node = sockjs::node(&[]);
    let mut session = Session::joined(&node, &["foo"]);
    for body in [
        r#"["foo:{}","#,
        r#"["foo:{}",1]"#,
        r#"["foo:{}"]]"#,
        r#"{"foo":"foo:{}"}"#,
        "null",
        &"[".repeat(10_000),
        &format!("{}\"foo:{{}}\"{}", "[".repeat(65), "]".repeat(65)),
    ] {
        session
            .send("xhr_send", &[], body)
            .expect(500, "Broken JSON encoding.\n");
    }
    session.send("xhr_send", &[], "").expect(500, "Payload expected.\n");
    // A body nested too deep, in a text that is a string like any other.
    let bomb = format!("foo:{}1{}", "{\"a\":".repeat(65), "}".repeat(65));
    session.say(&[&bomb, r#"foo:{"n":1}"#]);
    session.poll().expect(200, "a[\"foo:{\\\"n\\\":1}\"]\n");
}

#[test]
fn requests_that_two_readers_could_read_differently_are_refused() {
    let node = sockjs::node(&[]);
    let head = "POST /ec/0/a/xhr_send HTTP/1.1\r\nHost: x\r\n";
    for (headers, status) in [
        ("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", 400),
        ("Content-Length: 2\r\nContent-Length: 3\r\n", 400),
        ("Content-Length: +2\r\n", 400),
        ("Transfer-Encoding: chunked\r\n", 400),
        ("Transfer-Encoding: gzip\r\n", 400),
    ] {
        let mut http = Http::connect(node.address());
        http.write(format!("{head}{headers}\r\n[]GET /ec HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes());
        let answer = http.answer();
        assert_eq!(answer.status, status, "{headers}");
        assert_eq!(http.rest(), "", "nothing behind it is read: {headers}");
    }
}

#[test]
fn a_body_that_is_too_large_is_refused_before_it_comes() {
    let node = sockjs::node(&[]);
    let mut session = Session::new(&node);
    session.poll().expect(200, "o\n");
    // A stranger may say little; who is known, as much as a message has.
    for (length, status) in [(40_000, 413), (3 << 20, 413)] {
        let mut http = Http::connect(node.address());
        let url = session.url("xhr_send");
        http.write(format!("POST {url} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n").as_bytes());
        assert_eq!(http.answer().status, status);
        session.join(&["foo"]);
    }
    session.poll();
    let text = format!(r#"foo:{{"text":"{}"}}"#, "x".repeat(40_000));
    session.say(&[&text]);
    assert!(session.poll().body.len() > 40_000);
}

#[test]
fn pages_of_other_hosts_are_refused_unless_they_are_listed() {
    let node = sockjs::node(&[("server.allowed_origins", "https://app.example")]);
    let ask = |request: &str, header: &str| Http::connect(node.address()).ask(request, &[header], "");
    for request in [
        "GET /ec/info",
        "POST /ec/0/a/xhr",
        "POST /ec/0/a/xhr_send",
        "OPTIONS /ec/0/a/xhr",
        "POST /ec/0/a/xhr_streaming",
        "GET /ec/0/a/eventsource",
    ] {
        for header in [
            "Origin: https://evil.example",
            "Origin: null",
            "Sec-Fetch-Site: cross-site",
        ] {
            let answer = ask(request, header);
            assert_eq!(answer.status, 403, "{request} {header}");
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
    }
    let listed = ask("POST /ec/0/a/xhr", "Origin: https://app.example");
    listed.expect(200, "o\n");
    assert_eq!(
        listed.header("access-control-allow-origin"),
        Some("https://app.example")
    );
}

#[test]
fn transports_that_run_scripts_are_off_unless_asked_for_and_sockjs_too() {
    let node = Node::with(&[("server.webapp_factory", "sockjs")]);
    for request in [
        "GET /ec/0/a/htmlfile?c=x",
        "GET /ec/0/a/jsonp?c=x",
        "POST /ec/0/a/jsonp_send",
    ] {
        assert_eq!(
            Http::connect(node.address()).ask(request, &[], "").status,
            404,
            "{request}"
        );
    }
    let node = Node::start();
    for request in ["GET /ec/info", "POST /ec/0/a/xhr", "GET /ec/", "GET /ec/iframe.html"] {
        assert_eq!(
            Http::connect(node.address()).ask(request, &[], "").status,
            404,
            "{request}"
        );
    }
}

#[test]
fn a_callback_is_a_name_and_nothing_else() {
    let node = sockjs::node(&[]);
    for transport in ["jsonp", "htmlfile"] {
        let ask = |query: &str| Http::connect(node.address()).ask(&format!("GET /ec/0/a/{transport}{query}"), &[], "");
        ask("").expect(500, "\"callback\" parameter required\n");
        for callback in ["%20", "*", "abc(", "abc%28", "%3Cscript%3E", "a%0d%0ab", "%ff", "a;b"] {
            ask(&format!("?c={callback}")).expect(500, "invalid \"callback\" parameter\n");
        }
        ask(&format!("?c={}", "x".repeat(129))).expect(500, "invalid \"callback\" parameter\n");
    }
}

#[test]
fn no_message_ends_a_script() {
    let node = sockjs::node(&[]);
    let mut session = Session::new(&node);
    session.stream("htmlfile");
    session.receiver().chunk();
    session.join(&["foo"]);
    session.receiver().chunk();
    session.receiver().chunk();
    session.say(&[r#"foo:{"text":"</script><script>alert(1)</script>"}"#]);
    let frame = session.receiver().chunk().expect("the message comes");
    assert_eq!(frame.matches('<').count(), 2, "{frame}");
}

#[test]
fn guessed_sessions_are_not_found_and_neighbours_notice_nothing() {
    let node = sockjs::node(&[]);
    let mut neighbour = Session::joined(&node, &["foo"]);
    let mut http = Http::connect(node.address());
    for number in 0..300 {
        let request = format!("POST /ec/0/guess{number}/xhr_send");
        assert_eq!(http.ask(&request, &[], r#"["foo:{}"]"#).status, 404);
    }
    neighbour.say(&[r#"foo:{"n":1}"#]);
    neighbour.poll().expect(200, "a[\"foo:{\\\"n\\\":1}\"]\n");
    let mut client = Client::joined(&node, "w", &["foo"]);
    client.send(r#"foo:{"n":2}"#);
    client.expect(r#"foo:{"n":2}"#);
}

#[test]
fn many_polls_of_one_session_at_once_hurt_nobody() {
    let node = sockjs::node(&[]);
    let mut session = Session::joined(&node, &["foo"]);
    session.ask_to_receive("xhr");
    assert!(session.receiver().is_silent());
    let poll = format!("POST {}", session.url("xhr"));
    for _ in 0..100 {
        let answer = Http::connect(node.address()).ask(&poll, &[], "");
        answer.expect(200, "c[2010,\"Another connection still open\"]\n");
    }
    session.say(&[r#"foo:{"n":1}"#]);
    let answer = session.receiver().answer();
    answer.expect(200, "a[\"foo:{\\\"n\\\":1}\"]\n");
}
