//! How does a test receive what the application is told?

use std::path::Path;
use std::thread;
use std::time::Duration;

use omnibus_tests::counters::counter;
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::port::Port;
use omnibus_tests::program::Program;
use omnibus_tests::python;
use serde_json::Value;

/// What server and application share.
pub(crate) const SECRET: &str = "a secret that is thirty-two bytes";

/// An application in Python, which verifies what it is told.
pub(crate) struct Receiver(Program);

/// A request that has reached the application.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// What was answered.
    pub(crate) status: u64,
    pub(crate) path: String,
    pub(crate) body: String,
}

/// What one event says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: u64,
    pub(crate) connection: String,
    pub(crate) identifier: String,
    pub(crate) user: Option<String>,
    pub(crate) channel: Option<String>,
}

impl Receiver {
    /// Starts an application that answers as `plan` says; see `peers/hook_receiver.py`.
    pub(crate) fn start(port: &Port, plan: &str) -> Self {
        Self::with(port, plan, &[])
    }

    /// The same behind TLS, with a certificate and its key in files.
    pub(crate) fn start_encrypted(port: &Port, [certificate, key]: [&Path; 2]) -> Self {
        Self::with(port, "200", &[certificate, key])
    }

    fn with(port: &Port, plan: &str, more: &[&Path]) -> Self {
        let mut command = python::script("peers/hook_receiver.py");
        command.args([&port.number().to_string(), SECRET, plan]).args(more);
        let program = Program::start("application", &mut command);
        assert_eq!(program.line(limits::START), "ready");
        Self(program)
    }

    /// Answers as `plan` says from now on.
    pub(crate) fn answer(&mut self, plan: &str) {
        self.0.write_line(plan);
        // Requests that came before it are nobody's any more.
        limits::eventually("the plan is noted", limits::ANSWER, || {
            match self.0.line(limits::ANSWER) {
                line if line == "noted" => Ok(()),
                line => Err(line),
            }
        });
    }

    /// The next request.
    pub(crate) fn request(&self) -> Request {
        let line = self.0.line(limits::ANSWER);
        let request: Value = serde_json::from_str(&line).expect("the application writes JSON");
        assert_eq!(request["problem"], Value::Null, "{line}");
        let text = |key: &str| request[key].as_str().expect(key).to_owned();
        Request {
            status: request["status"].as_u64().expect("status"),
            path: text("path"),
            body: text("body"),
        }
    }

    /// The next `count` events that are received, request for request; those that are not come
    /// again.
    pub(crate) fn events(&self, count: usize) -> Vec<Event> {
        let mut events = Vec::new();
        while events.len() < count {
            let request = self.request();
            if request.status == 200 {
                events.extend(request.events());
            }
        }
        assert_eq!(events.len(), count, "more events than expected");
        events
    }

    /// No request comes for a while.
    pub(crate) fn expect_silence(&self) {
        assert_eq!(self.0.line_within(limits::SILENCE), None);
    }
}

impl Request {
    pub(crate) fn events(&self) -> Vec<Event> {
        let body: Value = serde_json::from_str(&self.body).expect("a body is JSON");
        assert!(body["node"].is_string() && body["incarnation"].is_u64(), "{body}");
        let events = body["events"].as_array().expect("a body has events");
        events.iter().map(Event::read).collect()
    }
}

impl Event {
    fn read(event: &Value) -> Self {
        let text = |key: &str| {
            event[key]
                .as_str()
                .unwrap_or_else(|| panic!("{key} in {event}"))
                .to_owned()
        };
        let optional = |key: &str| event.get(key).and_then(Value::as_str).map(str::to_owned);
        assert!(event["time"].as_f64().is_some_and(|time| time > 1.7e9), "{event}");
        Self {
            name: text("event"),
            id: event["id"].as_u64().expect("id"),
            connection: text("connection"),
            identifier: text("identifier"),
            user: optional("user"),
            channel: optional("channel"),
        }
    }

    /// The event and where it was.
    pub(crate) fn what(&self) -> (&str, Option<&str>) {
        (&self.name, self.channel.as_deref())
    }
}

/// A node that tells the application at `port` of events.
pub(crate) fn node(port: &Port, settings: &[(&str, &str)]) -> Node {
    let url = format!("http://{}/omnibus/hooks/", port.address());
    let mut all = vec![("hooks.url", url.as_str()), ("hooks.secret", SECRET)];
    all.extend_from_slice(settings);
    Node::with(&all)
}

/// How often a counter is asked for: a server's log is kept to its last lines.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// Waits until a counter has at least this value.
pub(crate) fn expect_at_least(node: &mut Node, key: &str, value: u64) {
    limits::eventually(key, limits::ANSWER, || {
        thread::sleep(ASK_EVERY);
        match counter(node.program(), key) {
            counted if counted >= value => Ok(()),
            counted => Err(counted.to_string()),
        }
    });
}
