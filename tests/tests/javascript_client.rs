//! Does the client that omnibusd hands out do in a browser what it says?

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::node_js::Script;
use omnibus_tests::original::Original;
use omnibus_tests::peers;
use omnibus_tests::proxy::Proxy;
use omnibus_tests::raw::{Raw, Response};
use omnibus_tests::repository;
use serde_json::{Value, json};

#[test]
fn page_of_the_original_sees_the_same_with_either_client() {
    let node = Node::start();
    let page = |client| Page {
        origin: node.address().to_string(),
        query: "token=1:token",
        client,
        sockjs: sockjs_client(),
    };
    let expected = talk(&page(original_client()));
    assert_eq!(talk(&page(client())), expected);
    assert_eq!(
        expected,
        [
            json!([
                "connected",
                "authenticated",
                "subscribed",
                "say other {\"text\":\"right\"}",
                "move other {\"left\":1.5,\"top\":null}",
                "close",
                "unsubscribed",
                "destroy"
            ]),
            json!([
                "connected",
                "authenticated",
                "subscribed",
                "say other {\"text\":\"left\"}",
                "move other {\"left\":1.5,\"top\":null}"
            ]),
        ]
    );
}

#[test]
fn page_of_the_original_sees_the_same_with_either_client_over_sockjs() {
    let settings = [
        ("OMNIBUS_WEBAPP_FACTORY", "omnibus.factories.sockjs_webapp_factory"),
        (
            "OMNIBUS_CONNECTION_FACTORY",
            "omnibus.factories.sockjs_connection_factory",
        ),
    ];
    let server = Original::with(&settings);
    let node = Node::with(&[
        ("server.webapp_factory", "sockjs"),
        ("server.connection_factory", "sockjs"),
    ]);
    let seen = |origin: SocketAddr, client, sockjs| {
        talk(&Page {
            origin: origin.to_string(),
            query: "transport=SockJS",
            client,
            sockjs,
        })
    };
    // The first publication after its start is lost by the original.
    lose_first(&server);
    let expected = seen(server.address(), original_client(), original_file("sockjs.js"));
    assert_eq!(expected[0].as_array().map(Vec::len), Some(8), "{expected:?}");
    for origin in [server.address(), node.address()] {
        assert_eq!(seen(origin, client(), original_file("sockjs.js")), expected);
        assert_eq!(seen(origin, client(), sockjs_client()), expected);
    }
}

#[test]
fn window_that_loses_its_network_is_back_as_soon_as_the_network_is() {
    let node = Node::start();
    let cable = Proxy::to(node.address());
    let mut browser = Script::start("browser.js", &[]);
    let host = cable.bus_address().replace("tcp://", "");
    // A pause that no test waits out: only the page's own news can end it.
    let query = format!("host={host}&pause=10000000");
    open(&mut browser, "left", &page_of(&node, &query));
    open(&mut browser, "right", &page_of(&node, ""));
    run(&mut browser, "left", "Math.random = () => 0.9");
    see(&mut browser, "left", "subscribed");
    see(&mut browser, "right", "subscribed");
    say(&mut browser, "left", "before");
    see(&mut browser, "right", r#"say other {"text":"before"}"#);

    browser.ask(&json!({"do": "offline", "window": "left", "is": true}));
    cable.cut();
    see(&mut browser, "left", "unsubscribed");
    assert_eq!(say(&mut browser, "left", "lost"), json!(false));
    // Nothing comes of waiting.
    let accepted = cable.accepted();
    std::thread::sleep(limits::SILENCE);
    assert_eq!(cable.accepted(), accepted);

    run(&mut browser, "left", "void (seen.length = 0)");
    browser.ask(&json!({"do": "offline", "window": "left", "is": false}));
    see(&mut browser, "left", "subscribed");
    say(&mut browser, "left", "after");
    see(&mut browser, "right", r#"say other {"text":"after"}"#);
}

#[test]
fn window_whose_network_swallows_everything_finds_out_when_it_comes_back() {
    let node = Node::start();
    let cable = Proxy::to(node.address());
    let mut browser = Script::start("browser.js", &[]);
    let host = cable.bus_address().replace("tcp://", "");
    open(
        &mut browser,
        "left",
        &page_of(&node, &format!("host={host}&patience=1000")),
    );
    see(&mut browser, "left", "subscribed");
    run(
        &mut browser,
        "left",
        "void (connection.on('disconnected', e => seen.push(e.data.reason)))",
    );
    cable.darken();
    // It asks at once, and does not believe a socket that says nothing.
    browser.ask(&json!({"do": "offline", "window": "left", "is": true}));
    browser.ask(&json!({"do": "offline", "window": "left", "is": false}));
    see(&mut browser, "left", "unsubscribed");
    let reason = json!("no answer within 1000 ms");
    let seen = run(&mut browser, "left", "seen");
    assert!(seen.as_array().is_some_and(|seen| seen.contains(&reason)), "{seen}");
    run(&mut browser, "left", "void (seen.length = 0)");
    cable.light();
    see(&mut browser, "left", "subscribed");
}

#[test]
fn tab_behind_others_is_back_as_soon_as_it_is_looked_at() {
    let mut node = Node::start();
    let mut tabs = Script::start("tabs.js", &[]);
    // Any page of the server's origin will do; the client is the one that the server hands out.
    let url = format!("http://{}/healthz", node.address());
    tabs.ask(&json!({"do": "open", "tab": "page", "url": url}));
    let load = "new Promise((done, fail) => { const script = document.createElement('script'); \
                script.src = '/ec/omnibus.js'; script.onload = done; script.onerror = fail; \
                document.head.append(script); }).then(() => Omnibus.version)";
    let version = evaluate(&mut tabs, load);
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    let connect = "Math.random = () => 0.9; \
                   self.omnibus = new Omnibus(WebSocket, `ws://${location.host}/ec`, { autoReconnectTimeout: 1e7, \
                   autoReconnectTimeoutMax: 1e7 }); self.news = omnibus.openChannel('news'); \
                   news.subscribed().then(() => document.visibilityState)";
    assert_eq!(evaluate(&mut tabs, connect), "visible");

    tabs.ask(&json!({"do": "open", "tab": "other", "url": "about:blank"}));
    eventually(&mut tabs, "document.visibilityState", &json!("hidden"));
    // Hidden, it still hears.
    assert_eq!(evaluate(&mut tabs, "omnibus.isAuthenticated()"), true);
    node.restart();
    eventually(&mut tabs, "news.isSubscribed()", &json!(false));
    std::thread::sleep(limits::SILENCE);
    assert_eq!(evaluate(&mut tabs, "omnibus.isConnected()"), false);

    tabs.ask(&json!({"do": "show", "tab": "page"}));
    eventually(&mut tabs, "document.visibilityState", &json!("visible"));
    eventually(&mut tabs, "news.isSubscribed()", &json!(true));
}

#[test]
fn client_is_served_with_a_tag_and_not_twice_to_those_who_have_it() {
    let node = Node::start();
    let script = std::fs::read(client()).expect("the client is committed");
    let got = get(&node, "GET", "/ec/omnibus.js", "");
    assert_eq!(got.status, 200);
    assert!(got.body == script, "another file than the committed one is served");
    assert_eq!(got.header("content-type"), Some("text/javascript; charset=UTF-8"));
    assert_eq!(got.header("cache-control"), Some("public, no-cache"));
    let tag = got.header("etag").expect("it has a tag").to_owned();

    let head = get(&node, "HEAD", "/ec/omnibus.js", "");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(script.len().to_string().as_str()));

    let known = get(
        &node,
        "GET",
        "/ec/omnibus.js",
        &format!("If-None-Match: \"x\", W/{tag}\r\n"),
    );
    assert_eq!((known.status, known.body.len()), (304, 0));
    assert_eq!(known.header("etag"), Some(tag.as_str()));
    let unknown = get(&node, "GET", "/ec/omnibus.js", "If-None-Match: \"x\"\r\n");
    assert_eq!((unknown.status, unknown.body.len()), (200, script.len()));

    // Whoever names the content may keep it; another name is none of this content.
    let named = get(&node, "GET", &format!("/ec/omnibus.js?v={}", tag.trim_matches('"')), "");
    assert_eq!(
        named.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    let misnamed = get(&node, "GET", "/ec/omnibus.js?v=0", "");
    assert_eq!(misnamed.header("cache-control"), Some("public, no-cache"));

    let elsewhere = Node::with(&[("server.base_url", "/a/b")]);
    assert_eq!(get(&elsewhere, "GET", "/a/b/omnibus.js", "").status, 200);
    assert_eq!(get(&elsewhere, "GET", "/ec/omnibus.js", "").status, 404);
}

/// A page at the server's origin, and the scripts that it loads.
struct Page {
    origin: String,
    query: &'static str,
    client: PathBuf,
    sockjs: PathBuf,
}

/// The file that omnibusd hands out.
fn client() -> PathBuf {
    repository::path("crates/omnibus-front/src/omnibus.js")
}

fn original_client() -> PathBuf {
    original_file("omnibus.js")
}

fn original_file(name: &str) -> PathBuf {
    peers::path("OMNIBUS_TEST_ORIGINAL_STATIC").join(name)
}

fn sockjs_client() -> PathBuf {
    peers::path("OMNIBUS_TEST_NODE_MODULES").join("sockjs-client/dist/sockjs.js")
}

/// Two windows of a page talk, and the left one leaves; returns what each has seen.
fn talk(page: &Page) -> [Value; 2] {
    let mut browser = Script::start("browser.js", &[]);
    let request = |window| page_request(&page.origin, page.query, &page.client, &page.sockjs, window);
    for window in ["left", "right"] {
        browser.ask(&request(window));
        see(&mut browser, window, "subscribed");
    }
    assert_eq!(say(&mut browser, "left", "left"), json!(true));
    see(&mut browser, "right", r#"move other {"left":1.5,"top":null}"#);
    assert_eq!(say(&mut browser, "right", "right"), json!(true));
    see(&mut browser, "left", r#"move other {"left":1.5,"top":null}"#);
    run(&mut browser, "left", "void channel.close()");
    see(&mut browser, "left", "destroy");
    ["left", "right"].map(|window| run(&mut browser, window, "seen"))
}

/// Publishes once, which nobody hears.
fn lose_first(server: &Original) {
    let mut browser = Script::start("browser.js", &[]);
    let origin = server.address().to_string();
    let request = page_request(
        &origin,
        "transport=SockJS",
        &original_client(),
        &sockjs_client(),
        "first",
    );
    browser.ask(&request);
    see(&mut browser, "first", "subscribed");
    say(&mut browser, "first", "lost");
    let heard = "new Promise(done => setTimeout(done, 300))";
    run(&mut browser, "first", heard);
}

fn page_of(node: &Node, query: &str) -> impl Fn(&str) -> Value {
    let origin = node.address().to_string();
    move |window| page_request(&origin, query, &client(), &sockjs_client(), window)
}

fn page_request(origin: &str, query: &str, client: &Path, sockjs: &Path, window: &str) -> Value {
    json!({
        "do": "open",
        "window": window,
        "url": format!("http://{origin}/talk.html?{query}"),
        "width": 320,
        "height": 240,
        "files": {
            "/talk.html": repository::path("tests/foreign/node/talk.html"),
            "/static/omnibus.js": client,
            "/static/sockjs.js": sockjs,
        },
    })
}

fn open(browser: &mut Script, window: &str, page: &impl Fn(&str) -> Value) {
    browser.ask(&page(window));
}

fn say(browser: &mut Script, window: &str, text: &str) -> Value {
    run(browser, window, &format!("say({})", json!(text)))
}

/// Runs a script in a window, whose page must not throw.
fn run(browser: &mut Script, window: &str, script: &str) -> Value {
    let answer = browser.ask(&json!({"do": "run", "window": window, "script": script}));
    assert_eq!(answer["errors"], json!([]), "the page throws");
    answer["value"].clone()
}

/// Waits until a window has seen this.
fn see(browser: &mut Script, window: &str, what: &str) {
    limits::eventually(&format!("{window} sees {what}"), limits::ANSWER, || {
        let seen = run(browser, window, "seen");
        let has_come = seen.as_array().is_some_and(|seen| seen.contains(&json!(what)));
        if has_come { Ok(()) } else { Err(seen.to_string()) }
    });
}

fn evaluate(tabs: &mut Script, script: &str) -> Value {
    tabs.ask(&json!({"do": "evaluate", "tab": "page", "script": script}))["value"].clone()
}

fn eventually(tabs: &mut Script, script: &str, expected: &Value) {
    limits::eventually(script, limits::ANSWER, || {
        let value = evaluate(tabs, script);
        if value == *expected {
            Ok(())
        } else {
            Err(value.to_string())
        }
    });
}

fn get(node: &Node, method: &str, path: &str, headers: &str) -> Response {
    let mut raw = Raw::connect(node.address());
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", node.address());
    raw.write(request.as_bytes()).expect("the server reads a request");
    raw.response(method == "HEAD")
}
