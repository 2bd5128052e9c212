//! How does a test run an example as its reader does, and look at its windows?

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;

use omnibus_tests::node_js::Script;
use omnibus_tests::port::Port;
use omnibus_tests::program::Program;
use omnibus_tests::python::forget_settings;
use omnibus_tests::{binary, limits, peers, repository};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The two forms that each example has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Files, and `omnibusd` beside them.
    Plain,
    /// A Django site that starts the server.
    Django,
}

/// A running example on ports of its own, and a browser.
pub(crate) struct Stage {
    name: &'static str,
    program: Program,
    browser: Script,
    pages: Port,
    server: Port,
    _bus: [Port; 2],
    folder: TempDir,
}

impl Stage {
    /// Runs `cargo xtask example`, and waits until it serves.
    pub(crate) fn start(name: &'static str, form: Form) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files can be made");
        let [pages, server, subscribers, publishers] = std::array::from_fn(|_| Port::free());
        let mut command = Command::new(binary::xtask());
        forget_settings(&mut command);
        command
            .args(["example", name, "--port", &pages.number().to_string()])
            .env("CARGO_MANIFEST_DIR", repository::path("xtask"))
            .env("OMNIBUS_SERVER_PORT", server.number().to_string())
            .env("OMNIBUS_SUBSCRIBER_ADDRESS", subscribers.bus_address())
            .env("OMNIBUS_PUBLISHER_ADDRESS", publishers.bus_address())
            .env("EXAMPLES_DATABASE", folder.path().join("users.sqlite3"));
        let binaries = binary::omnibusd().parent().expect("a program lies in a folder");
        assert_eq!(
            binary::omnibus().parent(),
            Some(binaries),
            "cargo puts all beside each other"
        );
        command.env("OMNIBUS_TEST_BINARIES", binaries);
        if form == Form::Django {
            command
                .arg("--django")
                .env("OMNIBUS_TEST_DJANGO52", peers::path("OMNIBUS_TEST_DJANGO52"));
        }
        let mut program = Program::start(name, &mut command);
        for port in [&pages, &server] {
            limits::eventually("a port that is served", limits::START, || {
                assert!(program.is_running(), "the example has ended:\n{}", program.log());
                TcpStream::connect(port.address())
                    .map(drop)
                    .map_err(|error| error.to_string())
            });
        }
        Self {
            name,
            program,
            browser: Script::start("browser.js", &[]),
            pages,
            server,
            _bus: [subscribers, publishers],
            folder,
        }
    }

    /// Opens a page of the site in a window of its own: another user's.
    pub(crate) fn open(&mut self, window: &str, (width, height): (u32, u32)) {
        let url = format!("http://{}/{}/", self.pages.address(), self.name);
        let open = json!({"do": "open", "window": window, "url": url, "width": width, "height": height});
        self.ask(&open);
    }

    /// Has the browser do something; see `tests/foreign/node/browser.js`.
    pub(crate) fn ask(&mut self, request: &Value) -> Value {
        self.browser.ask(request)
    }

    /// What an expression is in a window.
    pub(crate) fn look(&mut self, window: &str, script: &str) -> Value {
        let seen = self.ask(&json!({"do": "run", "window": window, "script": script}));
        assert_eq!(seen["errors"], json!([]), "the page throws");
        seen["value"].clone()
    }

    /// Waits until an expression is true in a window.
    pub(crate) fn wait(&mut self, window: &str, condition: &str) {
        limits::eventually(&format!("{window}: {condition}"), limits::ANSWER, || {
            match self.look(window, condition) {
                Value::Bool(true) => Ok(()),
                _ => Err(self.look(window, "document.body.innerText").to_string()),
            }
        });
    }

    /// Waits until a window shows a text.
    pub(crate) fn wait_for_text(&mut self, window: &str, text: &str) {
        self.wait(window, &format!("document.body.innerText.includes({})", json!(text)));
    }

    /// A path in a folder that goes with the stage.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Keeps the picture of these windows in the docs, if there is none or all are to be made
    /// anew; takes it in any case.
    pub(crate) fn picture(&mut self, windows: &[&str], cursors: &Value) {
        let kept = repository::path(&format!("docs/images/example-{}.png", self.name));
        let path = if repository::is_blessing() || !kept.exists() {
            kept
        } else {
            self.file("picture.png")
        };
        let request = json!({"do": "picture", "windows": windows, "path": path, "cursors": cursors, "port": 8000});
        self.ask(&request);
        let png = std::fs::read(&path).expect("the picture is there");
        assert!(png.starts_with(b"\x89PNG"), "it is no PNG");
    }

    /// Ends the command as Ctrl-C does; nothing that it started may be left.
    pub(crate) fn end(mut self) {
        self.program.signal("INT");
        assert_eq!(self.program.exit_code(limits::STOP), 0, "{}", self.program.log());
        for port in [&self.pages, &self.server] {
            assert!(TcpStream::connect(port.address()).is_err(), "somebody still serves");
        }
    }
}
