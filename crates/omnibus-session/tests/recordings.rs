//! Does a session, with the plainest of hubs around it, answer what
//! `spec/transcripts` says?
//!
//! Replays the recordings of group N that need no socket. The ones about
//! frames, sockets and processes are replayed against a running server.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fs;
use std::path::Path;
use std::time::Instant;

use omnibus_protocol::{BodyPolicy, ChannelName, Close, Limits, Reply, split_frame};
use omnibus_session::{Decision, Rules, Session};
use serde_json::Value;
use toml_edit::{DocumentMut, TableLike};

/// What a client received.
#[derive(Debug, PartialEq)]
enum Received {
    Text(Vec<u8>),
    Close(Close),
}

/// One connected client.
struct Client {
    session: Session,
    channels: HashSet<String>,
    received: VecDeque<Received>,
}

/// Clients and channels without a network between them.
struct Server {
    rules: Rules,
    clients: HashMap<String, Client>,
}

impl Server {
    fn open(&mut self, name: &str) {
        let client = Client {
            session: Session::new(Instant::now()),
            channels: HashSet::new(),
            received: VecDeque::new(),
        };
        self.clients.insert(name.to_owned(), client);
    }

    fn client(&mut self, name: &str) -> &mut Client {
        self.clients.get_mut(name).expect("the client is open")
    }

    fn receive(&mut self, name: &str, text: &str) {
        let Self { rules, clients } = self;
        let client = clients.get_mut(name).expect("the client is open");
        if text.len() > client.session.message_bytes_max(&rules.limits) {
            client.received.push_back(Received::Close(Close::MessageTooBig));
            return;
        }
        let reply = match client.session.on_text(text, rules, Instant::now()) {
            Decision::Reply(reply) => reply,
            Decision::Authenticated {
                reply,
                drop_subscriptions,
            } => {
                if drop_subscriptions {
                    client.channels.clear();
                }
                reply
            }
            Decision::Authenticate { .. } => unreachable!("these recordings believe everyone"),
            Decision::Subscribe { channel } => {
                let joined = client.channels.insert(channel.to_string());
                Reply::subscribe(channel, joined)
            }
            Decision::Unsubscribe { channel } => {
                let left = client.channels.remove(channel.as_str());
                Reply::unsubscribe(channel, left)
            }
            Decision::Publish { channel, frame } => {
                if client.channels.contains(channel.as_str()) {
                    self.deliver(&frame);
                }
                return;
            }
            Decision::Ignore(_) => return,
            Decision::Close(close) => {
                client.received.push_back(Received::Close(close));
                return;
            }
        };
        client.received.push_back(Received::Text(reply.to_bytes()));
    }

    fn deliver(&mut self, frame: &[u8]) {
        let (channel, _) = split_frame(frame).expect("a frame has a colon");
        let Ok(channel) = ChannelName::from_bytes(channel) else {
            return;
        };
        for client in self.clients.values_mut() {
            if client.channels.contains(channel.as_str()) {
                client.received.push_back(Received::Text(frame.to_vec()));
            }
        }
    }
}

fn spec(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../spec/transcripts")
        .join(file);
    fs::read_to_string(path).expect("the recordings are part of the project")
}

/// Every run of the verdicts.
fn runs() -> Vec<Value> {
    let verdicts: DocumentMut = spec("verdicts.toml").parse().expect("the file is TOML");
    verdicts["run"]
        .as_array_of_tables()
        .expect("the file has runs")
        .iter()
        .map(|run| json_table(run))
        .collect()
}

/// The text of a step's data; `None` if it is none.
fn text(data: &Value) -> Option<String> {
    if let Some(text) = data.as_str() {
        return Some(text.to_owned());
    }
    let part = |key| data.get(key).and_then(Value::as_str);
    let (prefix, fill, suffix) = (part("prefix")?, part("fill")?, part("suffix")?);
    let len = usize::try_from(data.get("len")?.as_u64()?).ok()?;
    let filled = len - prefix.len() - suffix.len();
    Some([prefix, &fill.repeat(filled), suffix].concat())
}

/// A table of TOML as JSON, so that steps are the same wherever they stand.
fn json_table(table: &dyn TableLike) -> Value {
    let member = |(key, item): (&str, &toml_edit::Item)| {
        let value = item.as_value().expect("a run holds values");
        (key.to_owned(), json(value))
    };
    Value::Object(table.iter().map(member).collect())
}

fn json(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => text.value().as_str().into(),
        toml_edit::Value::Integer(number) => (*number.value()).into(),
        toml_edit::Value::Boolean(truth) => (*truth.value()).into(),
        toml_edit::Value::Array(items) => items.iter().map(json).collect(),
        toml_edit::Value::InlineTable(table) => json_table(table),
        toml_edit::Value::Float(_) | toml_edit::Value::Datetime(_) => {
            panic!("verdicts hold no floats and no dates")
        }
    }
}

/// The recorded steps with those of the verdict put in.
fn ours(recorded: &[Value], run: &Value) -> Vec<Value> {
    let number = |patch: &Value, key: &str, absent: usize| {
        patch
            .get(key)
            .and_then(Value::as_u64)
            .map_or(absent, |n| usize::try_from(n).expect("steps are few"))
    };
    let mut steps = Vec::new();
    let mut copied = 0;
    for patch in run["ours"].as_array().into_iter().flatten() {
        let at = number(patch, "at", recorded.len());
        steps.extend_from_slice(&recorded[copied..at]);
        steps.extend_from_slice(patch["is"].as_array().expect("a patch has steps"));
        copied = at + number(patch, "count", 1);
    }
    steps.extend_from_slice(&recorded[copied..]);
    steps
}

/// Whether a step can be done without a socket.
fn is_about_messages(step: &Value) -> bool {
    let words: Vec<_> = step.as_array().into_iter().flatten().take(3).collect();
    let word = |at: usize| words.get(at).and_then(|word| word.as_str());
    step.get(4).is_none()
        && match (word(1), word(2)) {
            (Some("open" | "alive" | "!"), _) => true,
            (Some(">"), Some("text" | "binary" | "frame")) => text(&step[3]).is_some(),
            (Some("<"), Some("text" | "silence")) => true,
            (Some("<"), Some("close")) => step[3]["code"] == 1009,
            (Some(">"), Some("ping")) | (Some("<"), Some("pong")) => step[3] == "there?",
            _ => false,
        }
}

fn replay(server: &mut Server, step: &Value, id: &str) {
    let who = step[0].as_str().expect("a step begins with who");
    let op = step[2].as_str().unwrap_or_default();
    match step[1].as_str() {
        Some("open") => server.open(who),
        Some(">") if op == "frame" => {
            server.deliver(text(&step[3]).expect("a frame is text").as_bytes());
        }
        Some(">") if op != "ping" => {
            server.receive(who, &text(&step[3]).expect("a message is text"));
        }
        Some("<") if op != "pong" => {
            let received = server.client(who).received.pop_front();
            let expected = match op {
                "silence" => None,
                "close" => Some(Received::Close(Close::MessageTooBig)),
                _ => text(&step[3]).map(|text| Received::Text(text.into_bytes())),
            };
            assert!(received == expected, "{id}: {step} was met with {received:?}");
        }
        _ => {}
    }
}

#[test]
fn every_recording_about_messages_is_answered_as_its_verdict_says() {
    let recordings: Value = serde_json::from_str(&spec("original-n.json")).unwrap();
    let recordings: HashMap<_, _> = recordings["recordings"]
        .as_array()
        .expect("the file has recordings")
        .iter()
        .map(|recording| (recording["id"].as_str(), &recording["steps"]))
        .collect();
    let runs = runs();

    let mut replayed = HashSet::new();
    for run in &runs {
        let id = run["id"].as_str().expect("a run has an id");
        let Some(recorded) = recordings.get(&Some(id)).and_then(|steps| steps.as_array()) else {
            continue;
        };
        let steps = ours(recorded, run);
        if steps.is_empty() || !steps.iter().all(is_about_messages) {
            continue;
        }
        let mut rules = Rules::default();
        if run.get("server").is_some_and(|server| server == "original") {
            rules.body = BodyPolicy { require_json: false };
            rules.limits = Limits {
                message_bytes_max: 10 * 1024 * 1024,
                ..Limits::default()
            };
        }
        let mut server = Server {
            rules,
            clients: HashMap::new(),
        };
        for step in &steps {
            replay(&mut server, step, id);
        }
        for (name, client) in &server.clients {
            assert!(client.received.is_empty(), "{id}: {name} received more");
        }
        replayed.insert(id);
    }
    // A recording that is left out by mistake would be noticed here.
    assert_eq!(replayed.len(), 41, "{replayed:?}");
}

#[test]
fn every_recording_has_a_verdict_and_every_difference_a_reason() {
    let runs = runs();
    for file in ["original-h.json", "original-n.json"] {
        let recordings: Value = serde_json::from_str(&spec(file)).unwrap();
        for recording in recordings["recordings"].as_array().unwrap() {
            let id = &recording["id"];
            let by_default = |run: &&Value| run["id"] == *id && run.get("server").is_none();
            assert_eq!(runs.iter().filter(by_default).count(), 1, "{id}");
        }
    }
    for run in &runs {
        assert_eq!(run["verdict"] == "same", run.get("why").is_none(), "{run}");
    }
}
