//! How does a test get an `omnibusd` of its own?

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use crate::binary;
use crate::limits;
use crate::port::Port;
use crate::process::Process;
use crate::program::Program;
use crate::python::forget_settings;

/// A running `omnibusd` on ports of its own.
///
/// Dropped, it is killed. A server that panicked fails its test even if no client noticed.
#[derive(Debug)]
pub struct Node {
    program: Program,
    settings: BTreeMap<String, String>,
    ports: Ports,
}

#[derive(Debug)]
struct Ports {
    browsers: Port,
    subscribers: Port,
    publishers: Port,
}

impl Node {
    /// Starts a node with two shards that is its own director, and otherwise all defaults.
    ///
    /// # Panics
    /// If it does not come to serve.
    #[must_use]
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// Starts a node with more settings: keys as in the settings file, values as flags
    /// have them.
    ///
    /// # Panics
    /// If it does not come to serve.
    #[must_use]
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let ports = Ports {
            browsers: Port::free(),
            subscribers: Port::free(),
            publishers: Port::free(),
        };
        let own = [
            ("server.listen", ports.browsers.address().to_string()),
            ("server.shards", "2".to_owned()),
            ("bus.subscriber_address", ports.subscribers.bus_address()),
            ("bus.publisher_address", ports.publishers.bus_address()),
        ];
        let own = own.map(|(name, value)| (name.to_owned(), value));
        let more = settings
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()));
        let settings = own.into_iter().chain(more).collect();
        Self {
            program: launch(&settings),
            settings,
            ports,
        }
    }

    /// Where browsers connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.ports.browsers.address()
    }

    /// The URL of the WebSocket.
    #[must_use]
    pub fn url(&self) -> String {
        let base_url = self.settings.get("server.base_url");
        format!("ws://{}{}", self.address(), base_url.map_or("/ec", String::as_str))
    }

    /// Where subscribers of the bus connect.
    #[must_use]
    pub fn subscriber_address(&self) -> SocketAddr {
        self.ports.subscribers.address()
    }

    /// Where publishers on the bus connect.
    #[must_use]
    pub fn publisher_address(&self) -> SocketAddr {
        self.ports.publishers.address()
    }

    /// What the system knows about the server.
    #[must_use]
    pub fn process(&self) -> Process {
        self.program.process()
    }

    /// The server's process itself.
    pub fn program(&mut self) -> &mut Program {
        &mut self.program
    }

    /// The last lines that the server wrote.
    #[must_use]
    pub fn log(&self) -> String {
        self.program.log()
    }

    /// Asks the server to stop and waits for it; returns its exit code.
    pub fn stop(&mut self) -> i32 {
        self.program.signal("TERM");
        self.program.exit_code(limits::STOP)
    }

    /// Stops the server and starts it anew, with the same settings and ports.
    ///
    /// # Panics
    /// If it does not stop, or does not come to serve.
    pub fn restart(&mut self) {
        self.stop();
        self.start_again();
    }

    /// Starts a stopped server anew, with the same settings and ports.
    ///
    /// # Panics
    /// If it does not come to serve.
    pub fn start_again(&mut self) {
        self.program = launch(&self.settings);
    }

    /// How long it takes to start is left to [`limits::START`]; this waits for a line in its log.
    ///
    /// # Panics
    /// If no such line comes in time.
    pub fn wait_for_log(&self, part: &str, limit: Duration) {
        limits::eventually(part, limit, || {
            let log = self.program.log();
            if log.contains(part) { Ok(()) } else { Err(log) }
        });
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let log = self.program.log();
        assert!(
            std::thread::panicking() || !log.contains("panicked at"),
            "the server panicked:\n{log}"
        );
    }
}

/// Starts the server and waits until it says where it serves.
fn launch(settings: &BTreeMap<String, String>) -> Program {
    let mut command = Command::new(binary::omnibusd());
    forget_settings(&mut command);
    for (key, value) in settings {
        // The only setting that has no flag.
        if key == "namespaces" {
            command.env("OMNIBUS_NAMESPACES", value);
            continue;
        }
        command.arg(format!("--{}={value}", key.replace(['.', '_'], "-")));
    }
    let program = Program::start("omnibusd", &mut command);
    let _what_it_is = program.line(limits::START);
    program
}
