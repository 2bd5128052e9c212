//! Are a Django site's users told apart, whatever database they stand in?
//!
//! Django makes the tables and changes them, and Python signs the tokens; the databases are SQLite,
//! PostgreSQL and MariaDB, each started for its test alone.

mod site;

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use omnibus_tests::binary;
use omnibus_tests::client::{Client, Heard};
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::port::Port;

use site::{FELT_WITHIN, Kind, SECRET, Site, UUID, identifier};

const GRANTED: &str = r#"!authenticate:{"type": "authenticate", "success": true, "payload": null}"#;
const REFUSED: &str = r#"!authenticate:{"type": "authenticate", "success": false, "payload": null}"#;

/// The close codes of `spec/close-codes.toml`.
const TOKEN_EXPIRED: u16 = 3000;
const USER_DEACTIVATED: u16 = 3003;

/// Tries to log in, and says what is answered.
fn try_login(client: &mut Client, proof: &str) -> bool {
    client.send(&format!("!authenticate:{}:{proof}", identifier()));
    match client.hear(limits::ANSWER) {
        Heard::Text(text) if text == GRANTED => true,
        Heard::Text(text) if text == REFUSED => false,
        heard => panic!("{proof:?} is answered {heard:?}"),
    }
}

fn logged_in(node: &Node, proof: &str) -> Client {
    let mut client = Client::connect(node);
    assert!(try_login(&mut client, proof), "{proof:?} is refused");
    client
}

fn is_silent(client: &mut Client) -> bool {
    client.hear(limits::SILENCE) == Heard::Nothing
}

/// All that the table decides: who gets in, who writes, and what becomes of it when it changes.
fn users_are_told_apart(kind: Kind) {
    let mut site = Site::start(kind);
    for (key, is_active, is_staff) in [(1, true, true), (2, true, false), (3, false, true), (4, true, true)] {
        site.user(key, is_active, is_staff);
    }
    let node = site.node(&[]);
    let token = |site: &mut Site, user: &str| site.token(user, 600, "-");

    let mut staff = logged_in(&node, &token(&mut site, "1"));
    let mut reader = logged_in(&node, &token(&mut site, "2"));
    let read_only = site.token("4", 600, "r");
    let mut bound = logged_in(&node, &read_only);
    for client in [&mut staff, &mut reader, &mut bound] {
        client.subscribe("news");
    }
    reader.send(r#"news:{"type":"reader"}"#);
    bound.send(r#"news:{"type":"bound"}"#);
    assert!(
        is_silent(&mut staff),
        "who is no staff, or has a token for reading, is not heard"
    );
    staff.send(r#"news:{"type":"staff"}"#);
    for client in [&mut staff, &mut reader, &mut bound] {
        client.expect(r#"news:{"type":"staff"}"#);
    }

    let mut stranger = Client::connect(&node);
    let inactive = token(&mut site, "3");
    assert!(!try_login(&mut stranger, &inactive), "inactive");
    for user in [
        "99",
        "abc",
        "999999999999999999999999999999",
        "1;DROP",
        "'OR''='",
        "\"--",
    ] {
        let signed = token(&mut site, user);
        let mut stranger = Client::connect(&node);
        assert!(!try_login(&mut stranger, &signed), "{user}");
    }
    let tables = site.tables().to_string();
    assert!(tables.contains("auth_user") && tables.contains("members"), "{tables}");

    changes_are_felt(&mut site, &mut staff, &mut reader);
}

/// Whoever is unstaffed is silenced, and whoever is deactivated is out, within five seconds.
fn changes_are_felt(site: &mut Site, staff: &mut Client, reader: &mut Client) {
    site.user(1, true, false);
    let changed = Instant::now();
    thread::sleep(FELT_WITHIN);
    staff.send(r#"news:{"type":"late"}"#);
    assert!(
        is_silent(reader),
        "an unstaffed user is heard after {:?}",
        changed.elapsed()
    );
    site.user(1, true, true);
    limits::eventually("who is staff again is heard", FELT_WITHIN, || {
        staff.send(r#"news:{"type":"again"}"#);
        match reader.hear(limits::SILENCE) {
            Heard::Text(_) => Ok(()),
            heard => Err(format!("{heard:?}")),
        }
    });
    site.user(2, false, false);
    let changed = Instant::now();
    let end = loop {
        match reader.hear(FELT_WITHIN) {
            Heard::Text(_) => {}
            heard => break heard,
        }
    };
    assert_eq!(end, Heard::Close(Some(USER_DEACTIVATED)));
    assert!(changed.elapsed() <= FELT_WITHIN, "{:?}", changed.elapsed());
    site.forget(1);
    let end = loop {
        match staff.hear(FELT_WITHIN) {
            Heard::Text(_) => {}
            heard => break heard,
        }
    };
    assert_eq!(end, Heard::Close(Some(USER_DEACTIVATED)), "a deleted user is out, too");
}

#[test]
fn users_of_sqlite_are_told_apart_and_changes_are_felt_within_five_seconds() {
    users_are_told_apart(Kind::Sqlite);
}

#[test]
fn users_of_postgresql_are_told_apart_and_changes_are_felt_within_five_seconds() {
    users_are_told_apart(Kind::Postgres);
}

#[test]
fn users_of_mariadb_are_told_apart_and_changes_are_felt_within_five_seconds() {
    users_are_told_apart(Kind::MariaDb);
}

/// Keys that are no numbers, in a table and columns of the site's own.
fn keys_may_be_uuids(kind: Kind) {
    let mut site = Site::start(kind);
    site.member(UUID, true, true);
    let node = site.node(&[
        ("auth.user_table", "members"),
        ("auth.user_key", "key"),
        ("auth.active_column", "enabled"),
        ("auth.staff_column", "crew"),
    ]);
    let token = site.token(UUID, 600, "-");
    let mut staff = logged_in(&node, &token);
    staff.subscribe("news");
    staff.send("news:{}");
    staff.expect("news:{}");
    for user in ["1", "6f1c2a52-0d54-4dd6-9a39-6c2f8c6f0b12", "nobody"] {
        let token = site.token(user, 600, "-");
        assert!(!try_login(&mut Client::connect(&node), &token), "{user}");
    }
    site.member(UUID, false, true);
    assert_eq!(staff.hear(FELT_WITHIN), Heard::Close(Some(USER_DEACTIVATED)));
}

#[test]
fn keys_of_sqlite_may_be_uuids() {
    keys_may_be_uuids(Kind::Sqlite);
}

#[test]
fn keys_of_postgresql_may_be_uuids() {
    keys_may_be_uuids(Kind::Postgres);
}

#[test]
fn keys_of_mariadb_may_be_uuids() {
    keys_may_be_uuids(Kind::MariaDb);
}

/// Logins are answered within two seconds, connections live on, and nothing has to be restarted.
fn a_database_may_go_away(kind: Kind) {
    let mut site = Site::start(kind);
    site.user(1, true, true);
    let node = site.node(&[("auth.cache_time", "0s")]);
    let token = site.token("1", 600, "-");
    let mut staff = logged_in(&node, &token);
    staff.subscribe("news");

    let is_refused = |node: &Node| {
        let mut client = Client::connect(node);
        let asked = Instant::now();
        let is_granted = try_login(&mut client, &token);
        assert!(
            asked.elapsed() < Duration::from_secs(2),
            "{kind:?}: {:?}",
            asked.elapsed()
        );
        !is_granted
    };
    site.stop();
    for _ in 0..20 {
        assert!(is_refused(&node), "{kind:?}: let in without a database");
    }
    // Longer than it takes to look connected users up again.
    thread::sleep(Duration::from_secs(3));
    staff.send("news:{}");
    staff.expect("news:{}");
    let log = node.log();
    assert_eq!(log.matches("the user table can't be read").count(), 1, "{log}");

    site.start_again();
    limits::eventually("logins go on", limits::START, || {
        if is_refused(&node) {
            Err("refused".to_owned())
        } else {
            Ok(())
        }
    });
    if kind != Kind::Sqlite {
        site.freeze(true);
        for _ in 0..3 {
            assert!(is_refused(&node), "{kind:?}: let in by a database that says nothing");
        }
        site.freeze(false);
        limits::eventually("logins go on", limits::START, || {
            if is_refused(&node) {
                Err("refused".to_owned())
            } else {
                Ok(())
            }
        });
    }
    staff.send("news:{}");
    staff.expect("news:{}");
}

#[test]
fn logins_are_refused_in_time_while_sqlite_is_away_and_go_on_afterwards() {
    a_database_may_go_away(Kind::Sqlite);
}

#[test]
fn logins_are_refused_in_time_while_postgresql_is_away_and_go_on_afterwards() {
    a_database_may_go_away(Kind::Postgres);
}

#[test]
fn logins_are_refused_in_time_while_mariadb_is_away_and_go_on_afterwards() {
    a_database_may_go_away(Kind::MariaDb);
}

#[test]
fn forged_and_malformed_tokens_are_refused_and_neighbours_notice_nothing() {
    let mut site = Site::start(Kind::Sqlite);
    site.user(1, true, true);
    let node = site.node(&[]);
    let good = site.token("1", 600, "-");
    let original = site.original_token("1");
    let run_out = site.token("1", 0, "-");
    let unknown_flag = site.token("1", 600, "z");
    let (_, token) = good.split_once(':').expect("a user stands before it");
    let mac = token.rsplit('.').next().expect("a digest stands in it");
    let mut neighbour = logged_in(&node, &good);
    neighbour.subscribe("news");
    let forged = [
        "1".to_owned(),
        "1:".to_owned(),
        ":".to_owned(),
        "::".to_owned(),
        format!("{good}:x"),
        format!("2:{token}"),
        format!(" 1:{token}"),
        format!("01:{token}"),
        good.replace(mac, &mac.to_uppercase()),
        good.replace(mac, &"0".repeat(64)),
        good.replace(".-.", ".r."),
        good.replace("v2.", "v2.9"),
        good.replace("v2.", "v3."),
        format!("1:{mac}"),
        "1:é".to_owned(),
        "é:x".to_owned(),
        format!("1:{}", "v2.".repeat(4_000)),
        run_out,
        unknown_flag,
        original,
    ];
    for proof in forged {
        // Each from a new connection; all from one address, so that they are told later and later.
        assert!(!try_login(&mut Client::connect(&node), &proof), "{proof:?}");
    }
    let asked = Instant::now();
    let mut again = logged_in(&node, &good);
    assert!(
        asked.elapsed() < Duration::from_secs(1),
        "who shares an address with them waits: {:?}",
        asked.elapsed()
    );
    again.subscribe("news");
    again.send("news:{}");
    neighbour.expect("news:{}");
}

#[test]
fn a_connection_is_closed_when_its_token_runs_out_and_comes_back_with_a_new_one() {
    let mut site = Site::start(Kind::Sqlite);
    site.user(1, true, true);
    let node = site.node(&[]);
    let short = site.token("1", 3, "-");
    let long = site.token("1", 600, "-");
    let mut left = logged_in(&node, &short);
    let mut renewed = logged_in(&node, &short);
    assert!(
        try_login(&mut renewed, &long),
        "a new token may come on the same connection"
    );
    assert_eq!(left.hear(Duration::from_secs(5)), Heard::Close(Some(TOKEN_EXPIRED)));
    assert!(!try_login(&mut Client::connect(&node), &short), "it is of no more use");
    renewed.subscribe("news");
    renewed.send("news:{}");
    renewed.expect("news:{}");
}

#[test]
fn messages_behind_a_login_wait_for_its_verdict() {
    let mut site = Site::start(Kind::Sqlite);
    site.user(1, true, true);
    let node = site.node(&[]);
    let token = site.token("1", 600, "-");
    for _ in 0..20 {
        let mut client = Client::connect(&node);
        client.send(&format!("!authenticate:a:{token}"));
        client.send("!subscribe:news");
        client.send("news:{}");
        client.expect(GRANTED);
        client.expect(r#"!subscribe:{"type": "subscribe", "success": true, "payload": {"channel": "news"}}"#);
        client.expect("news:{}");
    }
}

#[test]
fn original_tokens_are_taken_where_they_are_asked_for_and_one_line_says_so() {
    let mut site = Site::start(Kind::Sqlite);
    site.user(1, true, true);
    let token = site.original_token("1");
    let node = site.node(&[("auth.original_tokens", "true")]);
    let _let_in = logged_in(&node, &token);
    let log = node.log();
    assert_eq!(log.matches("tokens that never end").count(), 1, "{log}");
}

#[test]
fn nothing_of_a_secret_or_a_token_is_in_the_log_at_trace_level() {
    let mut site = Site::start(Kind::Sqlite);
    site.user(1, true, true);
    let good = site.token("1", 600, "-");
    let port = Port::free();
    let log_path = std::env::temp_dir().join(format!("omnibus-planted-{}", port.number()));
    let log = std::fs::File::create(&log_path).expect("the log can be written");
    let own = |key: &str, value: &str| format!("--{key}={value}");
    let mut server = Command::new(binary::omnibusd())
        .args([
            own("server-listen", &port.address().to_string()),
            own("log-level", "trace"),
            own("bus-director", "false"),
            own("auth-authenticator", "django"),
            own("auth-original-tokens", "true"),
        ])
        .env("OMNIBUS_SECRET_KEY", SECRET)
        .env("OMNIBUS_DATABASE_URL", site.url())
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a descriptor is left"))
        .stderr(log)
        .spawn()
        .expect("omnibusd starts");
    limits::eventually("omnibusd serves", limits::START, || {
        std::net::TcpStream::connect(port.address()).map_err(|error| error.to_string())
    });
    let url = format!("ws://{}/ec", port.address());
    let forged = format!("1:v2.1790000000.-.{}", "cafe".repeat(16));
    let planted = [
        good.clone(),
        forged,
        "1:planted-malformed".to_owned(),
        site.original_token("1"),
    ];
    for proof in &planted {
        let mut client = Client::connect_to(&url);
        try_login(&mut client, proof);
        client.send("!subscribe:planted-channel");
        assert!(matches!(client.hear(limits::ANSWER), Heard::Text(_)));
    }
    let stop = Command::new("kill").arg(server.id().to_string()).status();
    assert!(stop.is_ok_and(|status| status.success()));
    server.wait().expect("it was started here");
    let log = std::fs::read_to_string(&log_path).expect("the log is text");
    std::fs::remove_file(&log_path).expect("it was made here");
    assert!(log.contains("TRACE") && log.contains("logins_granted=2"), "{log}");
    assert!(!log.contains(SECRET), "the secret is in the log");
    for proof in &planted {
        let (_, token) = proof.split_once(':').expect("a user stands before it");
        assert!(!log.contains(token), "{token} is in the log");
        let digest = token.rsplit('.').next().unwrap_or(token);
        assert!(!log.contains(digest), "{digest} is in the log");
    }
}
