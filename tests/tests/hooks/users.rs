//! Is the application told which of its users it is?

use std::path::Path;

use omnibus_tests::client::Client;
use omnibus_tests::limits;
use omnibus_tests::port::Port;
use omnibus_tests::program::Program;
use omnibus_tests::python;

use crate::receiver::{Receiver, node};

const KEY: &str = "h3-secret-key-that-is-long-enough!!";

/// The original's token of user 42 under that key: `hmac.new(KEY, b"42", hashlib.sha1)`.
const TOKEN: &str = "00de84eec9cf4acde7f9ee4d0d046e41b6c34b83";

fn run(database: &Path, statements: &[&str]) {
    let mut command = python::script("peers/user_table.py");
    command.arg(database).args(statements);
    assert_eq!(Program::start("database", &mut command).exit_code(limits::STOP), 0);
}

#[test]
fn a_user_is_told_by_their_key_until_the_client_is_somebody_else_or_they_are_out() {
    let folder = tempfile::tempdir().expect("there is room for a file");
    let database = folder.path().join("site.sqlite3");
    run(
        &database,
        &[
            "CREATE TABLE auth_user (id INTEGER PRIMARY KEY, is_active BOOL NOT NULL, is_staff BOOL NOT NULL)",
            "INSERT INTO auth_user VALUES (42, 1, 1)",
        ],
    );
    let port = Port::free();
    let receiver = Receiver::start(&port, "200");
    let node = node(
        &port,
        &[
            ("auth.authenticator", "django"),
            ("auth.secret_key", KEY),
            ("auth.original_tokens", "true"),
            ("auth.database_url", &format!("sqlite://{}", database.display())),
        ],
    );
    let log_in = |client: &mut Client| {
        client.send(&format!("!authenticate:me:42:{TOKEN}"));
        client.expect(r#"!authenticate:{"type": "authenticate", "success": true, "payload": null}"#);
    };
    let mut client = Client::connect(&node);
    log_in(&mut client);
    client.subscribe("news");
    client.authenticate("me");
    log_in(&mut client);
    client.subscribe("news");
    run(&database, &["UPDATE auth_user SET is_active = 0"]);

    let told = receiver.events(8);
    let told: Vec<_> = told.iter().map(|event| (event.user.as_deref(), event.what())).collect();
    let user = Some("42");
    let expected = [
        (user, ("connect", None)),
        (user, ("subscribe", Some("news"))),
        // Nobody in particular may be in no channel here.
        (user, ("disconnect", None)),
        (None, ("connect", None)),
        (None, ("disconnect", None)),
        (user, ("connect", None)),
        (user, ("subscribe", Some("news"))),
        // Deactivated, and out.
        (user, ("disconnect", None)),
    ];
    assert_eq!(told, expected);
}
