//! Who are the users of the recordings?

use std::process::Command;
use std::sync::OnceLock;

use omnibus_tests::limits;
use omnibus_tests::peers;
use omnibus_tests::program::Program;
use omnibus_tests::repository;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The users that the original was recorded with: a key, whether active, whether staff.
const USERS: [(u64, bool, bool); 4] = [(1, true, true), (2, true, false), (3, false, false), (4, true, true)];

/// The URL of a database that Django has made, with these users; once for all replays.
pub(crate) fn url() -> &'static str {
    static SITE: OnceLock<(TempDir, String)> = OnceLock::new();
    let (_folder, url) = SITE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("db.sqlite3");
        let database = json!({"ENGINE": "django.db.backends.sqlite3", "NAME": file});
        let mut command = Command::new(peers::path("OMNIBUS_TEST_DJANGO42"));
        command
            .arg("-u")
            .arg(repository::path("tests/foreign/python/peers/site_users.py"))
            .arg(database.to_string());
        let mut django = Program::start("Django", &mut command);
        let users = USERS.map(|(key, is_active, is_staff)| json!(["user", key, is_active, is_staff]));
        for question in [json!(["make"])].into_iter().chain(users) {
            ask(&mut django, &question);
        }
        let url = format!("sqlite://{}", file.display());
        (folder, url)
    });
    url
}

fn ask(django: &mut Program, question: &Value) {
    django.write_line(&question.to_string());
    assert_eq!(django.line(limits::START), "null", "{question}");
}
