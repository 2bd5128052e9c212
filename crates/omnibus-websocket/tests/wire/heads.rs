//! Which request heads are read, which are refused, and what does an upgrade answer?

use omnibus_websocket::{HeadError, HeadLimits, RequestHead, Upgrade, UpgradeError, encode_101, parse_head, upgrade};

const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

fn parse(head: &[u8]) -> Result<RequestHead<'_>, HeadError> {
    let (parsed, consumed) = parse_head(head, &HeadLimits::default())?.expect("the head is complete");
    assert_eq!(consumed, head.len());
    Ok(parsed)
}

/// A head of `line` and `headers`.
fn head(line: &str, headers: &[&str]) -> Vec<u8> {
    let mut head = format!("{line}\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    (head + "\r\n").into_bytes()
}

/// The upgrade of recording H01 with some of its headers replaced, added, or (those without a value)
/// taken away.
fn upgrade_with(changes: &[&str]) -> Result<Upgrade, UpgradeError> {
    let recorded = [
        "Host: 127.0.0.1:24242",
        "Upgrade: websocket",
        "Connection: Upgrade",
        KEY,
        "Sec-WebSocket-Version: 13",
    ];
    let name = |header: &str| header.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let kept = recorded
        .into_iter()
        .filter(|header| changes.iter().all(|change| name(change) != name(header)));
    let headers: Vec<&str> = kept
        .chain(changes.iter().copied().filter(|change| !change.ends_with(':')))
        .collect();
    upgrade(&parse(&head("GET /ec HTTP/1.1", &headers)).expect("the head is well-formed"))
}

#[test]
fn head_gives_method_target_version_and_headers() {
    let bytes = head(
        "GET /ec?a=1?b HTTP/1.1",
        &["Host: example.org:4242", "X-A: 1", "x-a:\t2 ", "X-B: \u{e9}"],
    );
    let head = parse(&bytes).unwrap();
    assert_eq!((head.method, head.target, head.minor_version), ("GET", "/ec?a=1?b", 1));
    assert_eq!(
        (head.path(), head.query(), head.host()),
        ("/ec", Some("a=1?b"), Some("example.org:4242"))
    );
    assert_eq!(head.header("x-A"), Some("1"));
    assert_eq!(head.headers("X-A").collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(head.header("X-B"), Some("\u{e9}"));
    assert_eq!(head.header("X-C"), None);
    assert_eq!((head.content_length(), head.is_chunked()), (None, false));
}

#[test]
fn what_follows_a_head_is_left_alone() {
    let bytes = [head("GET / HTTP/1.1", &["Host: a"]), b"\x81\x80\0\0\0\0".to_vec()].concat();
    let (_, consumed) = parse_head(&bytes, &HeadLimits::default()).unwrap().unwrap();
    assert_eq!(bytes.len() - consumed, 6);
}

#[test]
fn head_is_incomplete_up_to_its_last_byte() {
    let bytes = head("GET / HTTP/1.1", &["Host: a", "Origin: http://a"]);
    for cut in 0..bytes.len() {
        assert_eq!(
            parse_head(&bytes[..cut], &HeadLimits::default()),
            Ok(None),
            "cut at {cut}"
        );
    }
}

#[test]
fn target_may_be_a_url_whose_host_is_the_host() {
    let bytes = head("GET http://a:1/ec?x HTTP/1.1", &["Host: a:1"]);
    assert_eq!(
        (parse(&bytes).unwrap().path(), parse(&bytes).unwrap().query()),
        ("/ec", Some("x"))
    );
    assert_eq!(parse(&head("GET http://a HTTP/1.1", &["Host: A"])).unwrap().path(), "/");
    assert_eq!(parse(&head("OPTIONS * HTTP/1.1", &["Host: a"])).unwrap().path(), "*");
    assert_eq!(
        parse(&head("GET http://a/ HTTP/1.1", &["Host: b"])),
        Err(HeadError::Host)
    );
}

#[test]
fn old_http_needs_no_host() {
    assert_eq!(parse(&head("GET / HTTP/1.0", &[])).unwrap().host(), None);
}

#[test]
fn ambiguous_and_malformed_heads_are_refused() {
    let table: [(&str, &[u8], HeadError); 31] = [
        (
            "bare LF",
            b"GET / HTTP/1.1\nHost: a\n\n",
            HeadError::BareLineEnd { at: 14 },
        ),
        (
            "bare LF in a value",
            b"GET / HTTP/1.1\r\nHost: a\nb: c\r\n\r\n",
            HeadError::BareLineEnd { at: 23 },
        ),
        (
            "bare CR in a value",
            b"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n",
            HeadError::BareLineEnd { at: 23 },
        ),
        (
            "NUL in a value",
            b"GET / HTTP/1.1\r\nHost: a\0\r\n\r\n",
            HeadError::Nul { at: 23 },
        ),
        (
            "folded line",
            b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
            HeadError::FoldedLine { at: 25 },
        ),
        (
            "folded first header",
            b"GET / HTTP/1.1\r\n\tHost: a\r\n\r\n",
            HeadError::FoldedLine { at: 16 },
        ),
        (
            "space before colon",
            b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            HeadError::SpaceBeforeColon,
        ),
        (
            "tab before colon",
            b"GET / HTTP/1.1\r\nHost\t: a\r\n\r\n",
            HeadError::SpaceBeforeColon,
        ),
        ("TLS", b"\x16\x03\x01\x02\0", HeadError::NotHttp { byte: 0x16 }),
        (
            "empty line first",
            b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            HeadError::NotHttp { byte: b'\r' },
        ),
        ("no Host", b"GET / HTTP/1.1\r\n\r\n", HeadError::NoHost),
        (
            "two Hosts",
            b"GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n",
            HeadError::Repeated { name: "host" },
        ),
        ("empty Host", b"GET / HTTP/1.1\r\nHost:\r\n\r\n", HeadError::Host),
        (
            "Host with user",
            b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
            HeadError::Host,
        ),
        ("Host list", b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", HeadError::Host),
        (
            "bad Host on 1.0",
            b"GET / HTTP/1.0\r\nHost: a/b\r\n\r\n",
            HeadError::Host,
        ),
        (
            "two Origins",
            b"GET / HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\nOrigin: http://b\r\n\r\n",
            HeadError::Repeated { name: "origin" },
        ),
        (
            "Origin beyond ASCII",
            b"GET / HTTP/1.1\r\nHost: a\r\nOrigin: http://\xff\r\n\r\n",
            HeadError::NotAscii { name: "origin" },
        ),
        (
            "two keys",
            b"GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: a\r\nSec-WebSocket-Key: a\r\n\r\n",
            HeadError::Repeated {
                name: "sec-websocket-key",
            },
        ),
        (
            "two lengths",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
            HeadError::Repeated { name: "content-length" },
        ),
        (
            "length and chunked",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            HeadError::TwoFramings,
        ),
        (
            "two codings",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            HeadError::TransferEncoding,
        ),
        (
            "unknown coding",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
            HeadError::TransferEncoding,
        ),
        (
            "chunked in HTTP/1.0",
            b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            HeadError::TransferEncoding,
        ),
        (
            "length list",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n",
            HeadError::ContentLength,
        ),
        (
            "signed length",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n",
            HeadError::ContentLength,
        ),
        (
            "empty length",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
            HeadError::ContentLength,
        ),
        (
            "length beyond 64 bits",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
            HeadError::ContentLength,
        ),
        (
            "target without slash",
            b"GET ec HTTP/1.1\r\nHost: a\r\n\r\n",
            HeadError::Target,
        ),
        (
            "target of a proxy",
            b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
            HeadError::Target,
        ),
        (
            "target beyond ASCII",
            "GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n".as_bytes(),
            HeadError::Target,
        ),
    ];
    for (what, bytes, error) in table {
        assert_eq!(error.status(), 400, "{what}");
        assert_eq!(parse_head(bytes, &HeadLimits::default()), Err(error), "{what}");
    }
}

#[test]
fn what_is_not_http_1_is_malformed() {
    for bytes in [
        &b"NOT HTTP\r\n\r\n"[..],
        b"GET /\r\n\r\n",
        b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\n",
        b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\n: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\x7f\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX\xe9: a\r\n\r\n",
    ] {
        let refused = parse_head(bytes, &HeadLimits::default());
        assert!(matches!(refused, Err(HeadError::Malformed { .. })), "{refused:?}");
    }
}

#[test]
fn too_large_a_head_is_431() {
    let limits = HeadLimits {
        head_bytes_max: 100,
        header_count_max: 2,
    };
    let long = head("GET / HTTP/1.1", &["Host: a", &format!("X: {}", "x".repeat(100))]);
    let error = parse_head(&long, &limits).unwrap_err();
    assert_eq!((error.status(), error), (431, HeadError::TooLarge { bytes_max: 100 }));

    let many = head("GET / HTTP/1.1", &["Host: a", "X:", "Y:"]);
    let error = parse_head(&many, &limits).unwrap_err();
    assert_eq!(
        (error.status(), error),
        (431, HeadError::TooManyHeaders { headers_max: 2 })
    );
}

#[test]
fn upgrade_is_answered_with_three_headers_and_no_more() {
    let accepted = upgrade_with(&[]).unwrap();
    assert_eq!(accepted.accept, ACCEPT);
    let mut answer = Vec::new();
    encode_101(&accepted, &mut answer);
    let expected = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {ACCEPT}\r\n\r\n"
    );
    assert_eq!(String::from_utf8(answer).unwrap(), expected);
}

#[test]
fn upgrades_that_the_original_accepts_are_accepted() {
    for (recording, changes) in [
        ("H02", &["Origin: http://127.0.0.1:24242"][..]),
        ("H06", &["Sec-WebSocket-Version: 8"]),
        ("H06", &["Sec-WebSocket-Version: 7"]),
        ("H19", &["Connection: keep-alive, Upgrade"]),
        ("H19", &["Connection: keep-alive", "Connection: upgrade"]),
        ("H01", &["Upgrade: WebSocket"]),
        ("H01", &["Content-Length: 0"]),
    ] {
        assert_eq!(
            upgrade_with(changes).map(|accepted| accepted.accept),
            Ok(ACCEPT.to_owned()),
            "{recording}"
        );
    }
}

#[test]
fn offers_are_kept_and_none_is_accepted_unasked() {
    let accepted = upgrade_with(&[
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x; a=\"1,\\\"2\"",
        "Sec-WebSocket-Extensions: y",
        "Sec-WebSocket-Protocol: omnibus, v1",
    ])
    .unwrap();
    let extensions = ["permessage-deflate; client_max_window_bits", "x; a=\"1,\\\"2\"", "y"];
    assert_eq!(accepted.extensions, extensions);
    assert_eq!(accepted.protocols, ["omnibus", "v1"]);
    let mut answer = Vec::new();
    encode_101(&accepted, &mut answer);
    assert!(!String::from_utf8(answer).unwrap().contains("deflate"));
}

#[test]
fn the_first_offer_of_compression_that_can_be_kept_is_accepted_from_several_headers() {
    let accepted = upgrade_with(&[
        "Sec-WebSocket-Extensions: x, permessage-deflate; server_max_window_bits=9",
        "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=\"15\", permessage-deflate",
    ])
    .unwrap()
    .accept_deflate();
    let mut answer = Vec::new();
    encode_101(&accepted, &mut answer);
    let header = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; \
                  client_no_context_takeover; server_max_window_bits=15\r\n\r\n";
    assert!(String::from_utf8(answer).unwrap().ends_with(header));

    let declined = upgrade_with(&["Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9"]);
    assert_eq!(declined.unwrap().accept_deflate().deflate, None);
}

#[test]
fn refused_upgrades_answer_as_recorded() {
    let table: [(&str, &[&str], UpgradeError, u16, &str); 14] = [
        (
            "H10",
            &["Upgrade:"],
            UpgradeError::NoUpgrade,
            400,
            "Can \"Upgrade\" only to \"WebSocket\".",
        ),
        (
            "",
            &["Upgrade: h2c"],
            UpgradeError::NoUpgrade,
            400,
            "Can \"Upgrade\" only to \"WebSocket\".",
        ),
        (
            "H20",
            &["Connection:"],
            UpgradeError::NoConnectionUpgrade,
            400,
            "\"Connection\" must be \"Upgrade\".",
        ),
        (
            "",
            &["Connection: close"],
            UpgradeError::NoConnectionUpgrade,
            400,
            "\"Connection\" must be \"Upgrade\".",
        ),
        ("H07", &["Sec-WebSocket-Version: 12"], UpgradeError::Version, 426, ""),
        ("", &["Sec-WebSocket-Version: 013"], UpgradeError::Version, 426, ""),
        ("", &["Sec-WebSocket-Version:"], UpgradeError::Version, 426, ""),
        (
            "H07b",
            &["Sec-WebSocket-Key:"],
            UpgradeError::Key,
            400,
            "Missing/Invalid WebSocket headers",
        ),
        (
            "",
            &["Sec-WebSocket-Key: x"],
            UpgradeError::Key,
            400,
            "Missing/Invalid WebSocket headers",
        ),
        (
            "",
            &["Sec-WebSocket-Key: dG9vIHNob3J0"],
            UpgradeError::Key,
            400,
            "Missing/Invalid WebSocket headers",
        ),
        (
            "",
            &["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ"],
            UpgradeError::Key,
            400,
            "Missing/Invalid WebSocket headers",
        ),
        (
            "",
            &["Content-Length: 1"],
            UpgradeError::Body,
            400,
            "A WebSocket request must not have a body.",
        ),
        (
            "",
            &["Transfer-Encoding: chunked"],
            UpgradeError::Body,
            400,
            "A WebSocket request must not have a body.",
        ),
        (
            "",
            &["Upgrade:", "Sec-WebSocket-Key:"],
            UpgradeError::NoUpgrade,
            400,
            "Can \"Upgrade\" only to \"WebSocket\".",
        ),
    ];
    for (recording, changes, error, status, body) in table {
        assert_eq!(upgrade_with(changes), Err(error), "{recording} {changes:?}");
        assert_eq!(
            (error.status(), error.body()),
            (status, body),
            "{recording} {changes:?}"
        );
    }
    assert_eq!(UpgradeError::Version.headers(), [("Sec-WebSocket-Version", "7, 8, 13")]);
}

#[test]
fn only_a_get_of_http_1_1_is_upgraded() {
    let headers = [
        "Host: a",
        "Upgrade: websocket",
        "Connection: Upgrade",
        KEY,
        "Sec-WebSocket-Version: 13",
    ];
    for method in ["POST", "HEAD", "OPTIONS", "get"] {
        let bytes = head(&format!("{method} /ec HTTP/1.1"), &headers);
        assert_eq!(upgrade(&parse(&bytes).unwrap()), Err(UpgradeError::Method), "{method}");
    }
    assert_eq!(UpgradeError::Method.status(), 405);
    let body = "<html><title>405: Method Not Allowed</title><body>405: Method Not Allowed</body></html>";
    assert_eq!(UpgradeError::Method.body(), body);
    let old = head("GET /ec HTTP/1.0", &headers);
    assert_eq!(upgrade(&parse(&old).unwrap()), Err(UpgradeError::Http10));
    assert_eq!(UpgradeError::Http10.status(), 400);
}
