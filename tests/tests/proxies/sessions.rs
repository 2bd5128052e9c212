//! Does every request of a SockJS session reach the server that has the session?

use omnibus_tests::client::Client;
use omnibus_tests::http::Http;
use omnibus_tests::sockjs::{self, Session, framed};

use crate::proxy::{Kind, Proxy};
use crate::servers::Servers;

/// So many that one of three servers gets them all but once in a thousand million runs.
const SESSIONS: usize = 20;

/// How often each of them polls, beyond what joining takes.
const ROUNDS: usize = 5;

const AUTHENTICATED: &str = r#"a["!authenticate:{\"type\": \"authenticate\", \"success\": true, \"payload\": null}"]"#;
const SUBSCRIBED: &str =
    r#"a["!subscribe:{\"type\": \"subscribe\", \"success\": true, \"payload\": {\"channel\": \"news\"}}"]"#;

/// Opens a session that goes on polling. At another server a request to send would be answered
/// 404, and a poll would open a session there.
fn join(proxy: &Proxy) -> Session {
    let mut session = Session::at(proxy.address());
    session.poll().expect(200, &framed("xhr", "o"));
    session.say(&["!authenticate:page"]);
    session.poll().expect(200, &framed("xhr", AUTHENTICATED));
    session.say(&["!subscribe:news"]);
    session.poll().expect(200, &framed("xhr", SUBSCRIBED));
    session.ask_to_receive("xhr");
    session
}

fn sessions_stay_at_their_servers(kind: Kind) {
    let servers = Servers::with(&sockjs::SETTINGS);
    let proxy = Proxy::start(kind, servers.addresses());
    let mut sessions: Vec<Session> = (0..SESSIONS).map(|_| join(&proxy)).collect();
    let mut publisher = Client::joined(&servers.director, "publisher", &["news"]);
    for number in 0..ROUNDS {
        publisher.send(&format!(r#"news:{{"n":{number}}}"#));
        let frame = format!(r#"a["news:{{\"n\":{number}}}"]"#);
        for session in &mut sessions {
            session.receiver().answer().expect(200, &framed("xhr", &frame));
            session.ask_to_receive("xhr");
        }
    }
    let counts = servers.addresses().map(|address| {
        let mut http = Http::connect(address);
        let mut has = |session: &&Session| {
            let request = format!("POST {}", session.url("xhr_send"));
            http.ask(&request, &[], "[]").status == 204
        };
        sessions.iter().filter(|session| has(session)).count()
    });
    assert_eq!(
        counts.iter().sum::<usize>(),
        SESSIONS,
        "each is at one server: {counts:?}"
    );
    assert!(!counts.contains(&SESSIONS), "they are spread: {counts:?}");
}

#[test]
fn sockjs_sessions_behind_nginx_stay_at_their_servers() {
    sessions_stay_at_their_servers(Kind::Nginx);
}

#[test]
fn sockjs_sessions_behind_haproxy_stay_at_their_servers() {
    sessions_stay_at_their_servers(Kind::HaProxy);
}

#[test]
fn sockjs_websockets_get_through_both_proxies() {
    let servers = Servers::with(&sockjs::SETTINGS);
    let mut publisher = Client::joined(&servers.director, "publisher", &["news"]);
    for kind in [Kind::Nginx, Kind::HaProxy] {
        let proxy = Proxy::start(kind, servers.addresses());
        let mut page = Client::connect_to(&format!("{}/000/page/websocket", proxy.url()));
        page.expect("o");
        page.send(r#"["!authenticate:page","!subscribe:news"]"#);
        page.expect(AUTHENTICATED);
        page.expect(SUBSCRIBED);
        publisher.send(r#"news:{"n":1}"#);
        page.expect(r#"a["news:{\"n\":1}"]"#);
    }
}
