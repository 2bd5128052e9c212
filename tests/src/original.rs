//! How does a test get the original server, django-omnibus 0.2.0, and its publisher?

use std::net::SocketAddr;
use std::process::Command;

use serde_json::{Value, json};

use crate::limits;
use crate::port::Port;
use crate::program::Program;
use crate::python;

/// A running original server on ports of its own.
#[derive(Debug)]
pub struct Original {
    program: Program,
    settings: Vec<(String, String)>,
    browsers: Port,
    subscribers: Port,
    publishers: Port,
}

impl Original {
    /// Starts a director.
    ///
    /// # Panics
    /// If it does not come to serve.
    #[must_use]
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// Starts one with more settings, written as their environment variables.
    ///
    /// # Panics
    /// If it does not come to serve.
    #[must_use]
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let (browsers, subscribers, publishers) = (Port::free(), Port::free(), Port::free());
        let own = [
            ("OMNIBUS_SERVER_PORT", browsers.number().to_string()),
            ("OMNIBUS_SUBSCRIBER_ADDRESS", subscribers.bus_address()),
            ("OMNIBUS_PUBLISHER_ADDRESS", publishers.bus_address()),
        ];
        let own = own.map(|(name, value)| (name.to_owned(), value));
        let more = settings
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()));
        let settings: Vec<_> = own.into_iter().chain(more).collect();
        Self {
            program: launch(&settings),
            settings,
            browsers,
            subscribers,
            publishers,
        }
    }

    /// Where browsers connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.browsers.address()
    }

    /// The URL of the WebSocket.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ws://{}/ec", self.address())
    }

    /// Where subscribers of the bus connect.
    #[must_use]
    pub fn subscriber_address(&self) -> SocketAddr {
        self.subscribers.address()
    }

    /// Where publishers on the bus connect.
    #[must_use]
    pub fn publisher_address(&self) -> SocketAddr {
        self.publishers.address()
    }

    /// The server's process itself.
    pub fn program(&mut self) -> &mut Program {
        &mut self.program
    }

    /// Starts a server that has ended anew, with the same settings and ports.
    ///
    /// # Panics
    /// If it does not come to serve.
    pub fn start_again(&mut self) {
        self.program = launch(&self.settings);
    }
}

/// Starts the server and waits until it serves.
fn launch(settings: &[(String, String)]) -> Program {
    let mut command = python::script("original/original_server.py");
    command
        .arg("--exit-with-stdin")
        .envs(settings.iter().map(|(name, value)| (name, value)));
    let program = Program::start("original_server.py", &mut command);
    assert_eq!(program.line(limits::START), "ready", "{}", program.log());
    program
}

/// A Python process that publishes with the original's own function.
#[derive(Debug)]
pub struct OriginalPublisher {
    program: Program,
}

impl OriginalPublisher {
    /// Starts one that publishes to this address. It connects with its first publication and so
    /// loses that, as the original does; [`OriginalPublisher::connect`] connects before.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn to(publisher_address: SocketAddr) -> Self {
        Self::run(&mut Self::command(&format!("tcp://{publisher_address}")))
    }

    /// The command that [`OriginalPublisher::to`] runs; the address as ZeroMQ writes it.
    ///
    /// # Panics
    /// If the environment with the original is not installed.
    #[must_use]
    pub fn command(publisher_address: &str) -> Command {
        let mut command = python::script("original/original_publish.py");
        command.env("OMNIBUS_PUBLISHER_ADDRESS", publisher_address);
        command
    }

    /// Starts one by a command that comes down to [`OriginalPublisher::command`].
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn run(command: &mut Command) -> Self {
        let mut publisher = Self {
            program: Program::start("original_publish.py", command),
        };
        assert_eq!(publisher.answer(), json!({"ok": true, "result": "ready"}));
        publisher
    }

    /// Connects and waits for the handshake.
    ///
    /// # Panics
    /// If there is none.
    pub fn connect(&mut self) {
        assert_eq!(self.ask(&json!({"connect": true})), json!({"ok": true, "result": true}));
    }

    /// Publishes; absent keys are not passed. Returns what the script answers.
    pub fn publish(&mut self, request: &Value) -> Value {
        self.ask(request)
    }

    fn ask(&mut self, request: &Value) -> Value {
        self.program.write_line(&request.to_string());
        self.answer()
    }

    fn answer(&mut self) -> Value {
        let line = self.program.line(limits::START);
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?} is no JSON: {error}"))
    }
}
