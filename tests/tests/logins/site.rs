//! How does a test get a Django site's users, in each kind of database?

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::peers;
use omnibus_tests::port::Port;
use omnibus_tests::program::Program;
use omnibus_tests::python::forget_settings;
use omnibus_tests::repository;
use serde_json::{Value, json};
use tempfile::TempDir;

/// What the site signs tokens with.
pub(crate) const SECRET: &str = "planted-7d1f0c62-secret-of-the-site";

/// The key of a user that is no number.
pub(crate) const UUID: &str = "6f1c2a52-0d54-4dd6-9a39-6c2f8c6f0b11";

/// Debian's folders of PostgreSQL.
const POSTGRES: &str = "/usr/lib/postgresql";

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
    MariaDb,
}

/// A database of this test's own, and Django that writes its users.
pub(crate) struct Site {
    kind: Kind,
    folder: TempDir,
    port: Port,
    server: Option<Program>,
    django: Program,
}

impl Site {
    /// Starts the database, and lets Django make its tables.
    pub(crate) fn start(kind: Kind) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let port = Port::free();
        if kind != Kind::Sqlite {
            prepare(kind, folder.path());
        }
        let server = launch(kind, folder.path(), &port);
        let django = django(&settings(kind, folder.path(), &port));
        let mut site = Self {
            kind,
            folder,
            port,
            server,
            django,
        };
        site.ask(&json!(["make"]));
        site
    }

    /// Where the server finds it.
    pub(crate) fn url(&self) -> String {
        match self.kind {
            Kind::Sqlite => format!("sqlite://{}", file(self.folder.path()).display()),
            Kind::Postgres => format!("postgres://site@127.0.0.1:{}/postgres", self.port.number()),
            Kind::MariaDb => format!("mysql://root@localhost/test?socket={}", socket(self.folder.path())),
        }
    }

    /// Makes a user of Django's own table, or changes them.
    pub(crate) fn user(&mut self, key: u64, is_active: bool, is_staff: bool) {
        self.ask(&json!(["user", key, is_active, is_staff]));
    }

    /// Makes a user of the table whose keys are UUIDs.
    pub(crate) fn member(&mut self, key: &str, is_active: bool, is_staff: bool) {
        self.ask(&json!(["member", key, is_active, is_staff]));
    }

    /// Deletes a user of Django's own table.
    pub(crate) fn forget(&mut self, key: u64) {
        self.ask(&json!(["forget", key]));
    }

    /// A user and a token that ends in so many seconds, signed by Python.
    pub(crate) fn token(&mut self, user: &str, ends_in: u64, flags: &str) -> String {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = now.expect("it is after 1970").as_secs();
        let token = self.ask(&json!(["token", SECRET, user, now + ends_in, flags]));
        token.as_str().expect("it is a text").to_owned()
    }

    /// A user and a token of the original's form, signed by Python.
    pub(crate) fn original_token(&mut self, user: &str) -> String {
        let token = self.ask(&json!(["original_token", SECRET, user]));
        token.as_str().expect("it is a text").to_owned()
    }

    /// The names of the tables.
    pub(crate) fn tables(&mut self) -> Value {
        self.ask(&json!(["rows"]))
    }

    /// Starts a node that knows these users.
    pub(crate) fn node(&self, more: &[(&str, &str)]) -> Node {
        let url = self.url();
        let own = [
            ("auth.authenticator", "django"),
            ("auth.secret_key", SECRET),
            ("auth.database_url", url.as_str()),
        ];
        Node::with(&[&own[..], more].concat())
    }

    /// Takes the database away.
    pub(crate) fn stop(&mut self) {
        match &mut self.server {
            None => fs::rename(file(self.folder.path()), elsewhere(self.folder.path())).expect("the file is there"),
            Some(server) => {
                server.signal("KILL");
                server.exit_code(limits::STOP);
            }
        }
    }

    /// Brings it back.
    pub(crate) fn start_again(&mut self) {
        match self.kind {
            Kind::Sqlite => {
                fs::rename(elsewhere(self.folder.path()), file(self.folder.path())).expect("the file is there");
            }
            _ => self.server = launch(self.kind, self.folder.path(), &self.port),
        }
    }

    /// Holds the database where it is, so that it takes connections and says nothing.
    pub(crate) fn freeze(&mut self, frozen: bool) {
        let server = self.server.as_mut().expect("only a server can be held");
        server.signal(if frozen { "STOP" } else { "CONT" });
    }

    fn ask(&mut self, question: &Value) -> Value {
        self.django.write_line(&question.to_string());
        let answer = self.django.line(limits::START);
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{question}: {answer}"))
    }
}

fn file(folder: &Path) -> std::path::PathBuf {
    folder.join("db.sqlite3")
}

fn elsewhere(folder: &Path) -> std::path::PathBuf {
    folder.join("moved.sqlite3")
}

fn socket(folder: &Path) -> String {
    folder.join("m.sock").display().to_string()
}

/// A command that runs as nobody where the tests run as root, which databases refuse to.
fn as_nobody(program: &OsStr) -> Command {
    let is_root = fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
    let mut command = match is_root {
        false => Command::new(program),
        true => {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"])
                .arg(program);
            command
        }
    };
    command.env("LC_ALL", "C").env("TZ", "UTC").current_dir("/");
    command
}

fn postgres(program: &str) -> Command {
    let versions = fs::read_dir(POSTGRES).expect("PostgreSQL is installed: `cargo xtask setup`");
    let mut versions: Vec<_> = versions.filter_map(|entry| Some(entry.ok()?.path())).collect();
    versions.sort();
    let newest = versions.last().expect("PostgreSQL is installed: `cargo xtask setup`");
    as_nobody(newest.join("bin").join(program).as_os_str())
}

/// Makes the files of a server's database.
fn prepare(kind: Kind, folder: &Path) {
    let own = Command::new("chown").arg("nobody").arg(folder).status();
    let may_chown = own.is_ok_and(|status| status.success());
    let data = folder.join("data");
    let mut command = match kind {
        Kind::Sqlite => return,
        Kind::Postgres => {
            let mut command = postgres("initdb");
            command.args([
                "--username=site",
                "--auth=trust",
                "--no-sync",
                "--encoding=UTF8",
                "--pgdata",
            ]);
            command.arg(&data);
            command
        }
        Kind::MariaDb => {
            let mut command = as_nobody(OsStr::new("mariadb-install-db"));
            command.args(["--no-defaults", "--auth-root-authentication-method=normal"]);
            command.arg(format!("--datadir={}", data.display()));
            command
        }
    };
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?} (own folder: {may_chown}): {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Starts the server, where there is one, and waits until it takes connections.
fn launch(kind: Kind, folder: &Path, port: &Port) -> Option<Program> {
    let data = folder.join("data");
    let (mut command, ready) = match kind {
        Kind::Sqlite => return None,
        Kind::Postgres => {
            let mut command = postgres("postgres");
            command.arg("-D").arg(&data).arg("-k").arg(folder);
            command
                .args(["-h", "127.0.0.1", "-c", "fsync=off", "-p"])
                .arg(port.number().to_string());
            (command, "ready to accept connections")
        }
        Kind::MariaDb => {
            let mut command = as_nobody(OsStr::new("/usr/sbin/mariadbd"));
            command.args([
                "--no-defaults",
                "--skip-networking",
                "--innodb-flush-log-at-trx-commit=2",
            ]);
            command.arg(format!("--datadir={}", data.display()));
            command.arg(format!("--socket={}", socket(folder)));
            command.arg(format!("--pid-file={}", folder.join("m.pid").display()));
            (command, "ready for connections")
        }
    };
    let server = Program::start("the database", &mut command);
    limits::eventually("the database starts", limits::START, || {
        let log = server.log();
        if log.contains(ready) { Ok(()) } else { Err(log) }
    });
    Some(server)
}

/// What Django calls the database.
fn settings(kind: Kind, folder: &Path, port: &Port) -> Value {
    match kind {
        Kind::Sqlite => json!({"ENGINE": "django.db.backends.sqlite3", "NAME": file(folder)}),
        Kind::Postgres => json!({
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres",
            "USER": "site",
            "HOST": "127.0.0.1",
            "PORT": port.number(),
        }),
        Kind::MariaDb => json!({
            "ENGINE": "django.db.backends.mysql",
            "NAME": "test",
            "USER": "root",
            "HOST": "",
            "OPTIONS": {"unix_socket": socket(folder)},
        }),
    }
}

fn django(settings: &Value) -> Program {
    let mut command = Command::new(peers::path("OMNIBUS_TEST_DJANGO42"));
    command
        .arg("-u")
        .arg(repository::path("tests/foreign/python/peers/site_users.py"))
        .arg(settings.to_string())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    forget_settings(&mut command);
    Program::start("Django", &mut command)
}

/// A name of a client that no other has.
pub(crate) fn identifier() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("client-{}", NEXT.fetch_add(1, Relaxed))
}

/// How soon a change in the table must be felt.
pub(crate) const FELT_WITHIN: Duration = Duration::from_secs(5);
