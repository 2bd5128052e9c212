//! How does a test run a Django project that was written against django-omnibus 0.2.0?
//!
//! `clients/python/tests/projects/newsroom`, with the original package or with ours, on a database
//! and ports of its own.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;

use omnibus_tests::port::Port;
use omnibus_tests::program::Program;
use omnibus_tests::python::forget_settings;
use omnibus_tests::{binary, limits, peers, repository};

const PROJECT: &str = "clients/python/tests/projects/newsroom";

/// Which package `omnibus` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Package {
    /// django-omnibus 0.2.0, on Django 4.2.
    Original,
    /// Ours, on the oldest Django that it knows.
    OursOnDjango42,
    /// Ours, on the newest one.
    OursOnDjango52,
}

/// What the project's environment chooses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) package: Package,
    /// `websocket` or `sockjs`.
    pub(crate) transport: &'static str,
    /// `noop` or `user`.
    pub(crate) authenticator: &'static str,
}

/// The project, served, with its omnibusd.
pub(crate) struct Project {
    options: Options,
    folder: tempfile::TempDir,
    pages: Port,
    ports: [Port; 3],
    server: Option<Program>,
    _site: Option<Program>,
}

impl Project {
    /// Starts everything: a new database with ada, ben and cleo, the server, the site.
    pub(crate) fn start(options: Options) -> Self {
        let mut project = Self {
            options,
            folder: tempfile::tempdir().expect("a folder for temporary files can be made"),
            pages: Port::free(),
            ports: [Port::free(), Port::free(), Port::free()],
            server: None,
            _site: None,
        };
        for command in ["migrate", "people"] {
            let output = project.manage(&[command]).output().expect("the Python is installed");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        project.start_server();
        let pages = project.pages.number().to_string();
        let site = Program::start("the site", &mut project.manage(&["runserver", "--noreload", &pages]));
        serves(&project.pages, &site);
        project._site = Some(site);
        project
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.pages.address())
    }

    /// Runs a command of the project to its end.
    pub(crate) fn run(&self, arguments: &[&str]) {
        let output = self.manage(arguments).output().expect("the Python is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    pub(crate) fn restart_server(&mut self) {
        let server = self.server.as_mut().expect("it was started");
        server.signal("TERM");
        server.exit_code(limits::STOP);
        self.start_server();
    }

    fn start_server(&mut self) {
        let server = Program::start("manage.py omnibusd", &mut self.manage(&["omnibusd"]));
        serves(&self.ports[0], &server);
        self.server = Some(server);
    }

    /// The project's `manage.py`.
    fn manage(&self, arguments: &[&str]) -> Command {
        let home = repository::path(PROJECT);
        let mut command = Command::new(self.python());
        match self.options.package {
            Package::Original => command
                .arg(repository::path("clients/python/tests/projects/with_original.py"))
                .arg(&home),
            Package::OursOnDjango42 | Package::OursOnDjango52 => command
                .arg("manage.py")
                .env("PYTHONPATH", repository::path("clients/python/src"))
                .env("PATH", with_our_programs()),
        };
        command.args(arguments).current_dir(&home);
        forget_settings(&mut command);
        let [pages, subscribers, publishers] = &self.ports;
        command
            .env("PYTHONUNBUFFERED", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("NEWSROOM_DATABASE_NAME", self.folder.path().join("db.sqlite3"))
            .env("NEWSROOM_PORT", pages.number().to_string())
            .env("NEWSROOM_SUBSCRIBER_ADDRESS", subscribers.bus_address())
            .env("NEWSROOM_PUBLISHER_ADDRESS", publishers.bus_address())
            .env("NEWSROOM_TRANSPORT", self.options.transport)
            .env("NEWSROOM_AUTHENTICATOR", self.options.authenticator);
        command
    }

    fn python(&self) -> PathBuf {
        peers::path(match self.options.package {
            Package::Original => "OMNIBUS_TEST_PYTHON",
            Package::OursOnDjango42 => "OMNIBUS_TEST_DJANGO42",
            Package::OursOnDjango52 => "OMNIBUS_TEST_DJANGO52",
        })
    }
}

/// The search path on which `manage.py omnibusd` finds the server, as an installed wheel's is.
fn with_our_programs() -> std::ffi::OsString {
    let ours = binary::omnibusd();
    let ours = ours.parent().expect("a program lies in a folder").to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(ours).chain(std::env::split_paths(&path))).expect("no path has a colon")
}

fn serves(port: &Port, program: &Program) {
    let takes_connections = || TcpStream::connect(port.address()).is_ok();
    assert!(
        limits::holds_within(limits::START, takes_connections),
        "{}",
        program.log()
    );
}
