//! Do the clients that people have get in?

use std::process::{Command, Stdio};

use omnibus_tests::client::Client;
use omnibus_tests::limits;
use omnibus_tests::program::Program;
use omnibus_tests::python;

use crate::server::{Bridge, Identity, node, shown};

/// What curl writes for a URL.
fn curl(identity: &Identity, arguments: &[&str]) -> String {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--include", "--max-time", "20"])
        .args(["--cacert", shown(&identity.certificate())])
        .args(arguments)
        .output()
        .expect("curl is installed");
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// What OpenSSL's client writes that connects, sends a line, and waits for the end.
fn s_client(identity: &Identity, address: &str, arguments: &[&str]) -> String {
    let child = Command::new("openssl")
        .args(["s_client", "-connect", address, "-ign_eof", "-verify_return_error"])
        .args(["-CAfile", shown(&identity.certificate())])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.expect("openssl is installed");
    let mut input = child.stdin.take().expect("it is piped");
    std::io::Write::write_all(&mut input, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends, as the server does");
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn tornado_talks_over_wss_to_another_client() {
    let identity = Identity::new();
    let node = node(&identity, &[]);
    node.wait_for_log("wss://127.0.0.1", limits::START);
    node.wait_for_log("open https://127.0.0.1", limits::START);
    let bridge = Bridge::to(&node, &identity);
    let mut other = Client::connect_to(&bridge.url());
    other.authenticate("other");
    other.subscribe("news");
    let url = format!("wss://{}/ec", node.address());
    let mut command = python::script("peers/member.py");
    command
        .args([&url, "tornado", "news"])
        .env("SSL_CERT_FILE", identity.certificate());
    let member = Program::start("member.py", &mut command);
    assert_eq!(member.line(limits::START), "in");
    other.send(r#"news:{"type":"say","payload":{"text":"hello"}}"#);
    other.expect(r#"news:{"type":"say","payload":{"text":"hello"}}"#);
    assert_eq!(
        member.line(limits::ANSWER),
        r#"news:{"type":"say","payload":{"text":"hello"}}"#
    );
}

#[test]
fn curl_gets_pages_by_both_versions_and_learns_by_http_that_it_must_not() {
    let identity = Identity::new();
    let node = node(&identity, &[]);
    let address = node.address();
    for version in [["--tlsv1.2", "--tls-max", "1.2"], ["--tlsv1.3", "--tls-max", "1.3"]] {
        let page = curl(&identity, &[&version[..], &[&format!("https://{address}/")]].concat());
        assert!(page.contains("200 OK") && page.contains("new WebSocket("), "{page}");
        let script = curl(
            &identity,
            &[&version[..], &[&format!("https://{address}/ec/omnibus.js")]].concat(),
        );
        // Far more than one record.
        assert!(script.contains("200 OK") && script.len() > 10_000, "{}", script.len());
    }
    let plain = curl(&identity, &[&format!("http://{address}/healthz")]);
    assert!(
        plain.contains("400 Bad Request") && plain.ends_with("this port speaks TLS; use https:// or wss://\n"),
        "{plain}"
    );
}

#[test]
fn openssl_comes_back_with_its_ticket_and_is_refused_where_it_offers_nothing_that_is_spoken() {
    let identity = Identity::new();
    let node = node(&identity, &[]);
    let address = node.address().to_string();
    for version in ["-tls1_2", "-tls1_3"] {
        let session = identity.path("session.pem");
        let session = shown(&session);
        let first = s_client(
            &identity,
            &address,
            &[version, "-alpn", "h2,http/1.1", "-sess_out", session],
        );
        assert!(first.contains("ALPN protocol: http/1.1"), "{first}");
        assert!(first.contains("New, TLSv1.") && first.contains("200 OK"), "{first}");
        let second = s_client(&identity, &address, &[version, "-sess_in", session]);
        assert!(
            second.contains("Reused, TLSv1.") && second.contains("200 OK"),
            "{second}"
        );
    }
    let refused = s_client(&identity, &address, &["-alpn", "h2"]);
    assert!(refused.contains("alert no application protocol"), "{refused}");
    let refused = s_client(&identity, &address, &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]);
    assert!(refused.contains("SSL alert number"), "{refused}");
}
