//! What was recorded, and what does ours answer to the same?
//!
//! `spec/transcripts/README.md` says how the files are to be read.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Map, Value};
use toml_edit::{DocumentMut, Item, TableLike};

use crate::repository;

/// What the original did once.
#[derive(Debug, Clone)]
pub struct Recording {
    /// Its name for ever.
    pub id: String,
    /// What was tried.
    pub title: String,
    /// What happened, in order.
    pub steps: Vec<Value>,
    /// What was measured where steps would be too many.
    pub figures: Map<String, Value>,
}

/// Settings of a server that recordings are replayed against: keys as in the settings file, and
/// values as
/// flags have them.
pub type Settings = BTreeMap<&'static str, String>;

/// How verdicts call a setting, and its key in the settings file.
const SETTINGS: [(&str, &str); 9] = [
    ("allowed_origins", "server.allowed_origins"),
    ("message_bytes_max", "client.message_bytes_max"),
    ("authenticator", "auth.authenticator"),
    ("namespaces", "namespaces"),
    ("original_tokens", "auth.original_tokens"),
    ("require_json", "client.require_json"),
    ("secret_key", "auth.secret_key"),
    ("sockjs_transports", "sockjs.transports"),
    ("webapp_factory", "server.webapp_factory"),
];

/// All that is known about ours.
#[derive(Debug)]
pub struct Verdicts {
    /// The servers by their names.
    pub servers: BTreeMap<String, Settings>,
    /// The replays.
    pub runs: Vec<Run>,
}

/// How ours compares with a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every recorded step and figure holds.
    Same,
    /// Something else holds instead.
    Differs,
    /// Nothing is asked.
    NotReplayed,
}

/// One replay.
#[derive(Debug, Clone)]
pub struct Run {
    /// The recording.
    pub id: String,
    /// The server's name.
    pub server: String,
    /// How ours compares.
    pub verdict: Verdict,
    /// The reason, wherever ours is not the same.
    pub why: String,
    /// Whether it takes more than ten seconds.
    pub is_long: bool,
    /// What takes the place of recorded steps.
    pub ours: Vec<Exchange>,
    /// The figures asked of ours instead of the recorded ones.
    pub figures: Option<Map<String, Value>>,
}

/// Steps that take the place of recorded ones.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The first recorded step that is replaced.
    pub at: usize,
    /// How many are.
    pub count: usize,
    /// What stands there instead.
    pub is: Vec<Value>,
}

impl Run {
    /// Whether the server is the one that is most like that of the recording.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        let usual = match self.id.as_bytes().first() {
            Some(b'U') => "users",
            Some(b'R') => "namespaces",
            Some(b'J') => "sockjs",
            _ => "default",
        };
        self.server == usual
    }

    /// The run in messages: the id, and the server if it is not the usual one.
    #[must_use]
    pub fn name(&self) -> String {
        match self.is_usual() {
            true => self.id.clone(),
            false => format!("{} ({})", self.id, self.server),
        }
    }

    /// The steps to replay.
    ///
    /// # Panics
    /// If the exchanges don't fit the recording.
    #[must_use]
    pub fn steps(&self, recording: &Recording) -> Vec<Value> {
        let recorded = &recording.steps;
        let mut steps = Vec::new();
        let mut next = 0;
        for Exchange { at, count, is } in &self.ours {
            let end = at + count;
            assert!(
                next <= *at && end <= recorded.len(),
                "{}: steps {at}..{end} are not there, or already exchanged",
                self.name()
            );
            steps.extend_from_slice(&recorded[next..*at]);
            steps.extend_from_slice(is);
            next = end;
        }
        steps.extend_from_slice(&recorded[next..]);
        steps
    }

    /// The figures to compare with.
    #[must_use]
    pub fn figures<'a>(&'a self, recording: &'a Recording) -> &'a Map<String, Value> {
        self.figures.as_ref().unwrap_or(&recording.figures)
    }
}

/// Every recording of the groups that are converted, in the order of the files.
///
/// # Panics
/// If a file is not as its README says.
#[must_use]
pub fn recordings() -> Vec<Recording> {
    [
        "original-h.json",
        "original-n.json",
        "original-u.json",
        "original-r.json",
        "original-j.json",
    ]
    .into_iter()
    .flat_map(|file| {
        let json: Value = serde_json::from_str(&read(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let list = json["recordings"].as_array().cloned();
        list.unwrap_or_else(|| panic!("{file} has no recordings"))
    })
    .map(|recording| Recording {
        id: string(&recording, "id"),
        title: string(&recording, "title"),
        steps: recording["steps"].as_array().cloned().expect("a recording has steps"),
        figures: recording["figures"].as_object().cloned().unwrap_or_default(),
    })
    .collect()
}

/// What stands in `verdicts.toml`.
///
/// # Panics
/// If it is not as its README says.
#[must_use]
pub fn verdicts() -> Verdicts {
    let document: DocumentMut = read("verdicts.toml").parse().expect("verdicts.toml is TOML");
    let all = table(document.as_table());
    let list = |key: &str| all[key].as_array().cloned().unwrap_or_default();
    let servers = all["server"].as_object().expect("there are servers");
    Verdicts {
        servers: servers
            .iter()
            .map(|(name, server)| (name.clone(), settings(name, server)))
            .collect(),
        runs: list("run").iter().map(run).collect(),
    }
}

fn settings(name: &str, server: &Value) -> Settings {
    let one = |(key, value): (&String, &Value)| {
        let known = SETTINGS.iter().find(|(short, _)| short == key);
        let (_, key) = known.unwrap_or_else(|| panic!("{name}: the tests don't know the setting {key}"));
        let value = match value {
            Value::Array(items) => {
                let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                items.join(",")
            }
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        (*key, value)
    };
    server
        .as_object()
        .expect("a server is a table")
        .iter()
        .map(one)
        .collect()
}

fn run(run: &Value) -> Run {
    let id = string(run, "id");
    Run {
        server: run["server"].as_str().unwrap_or("default").to_owned(),
        verdict: match run["verdict"].as_str() {
            Some("same") => Verdict::Same,
            Some("differs") => Verdict::Differs,
            Some("not-replayed") => Verdict::NotReplayed,
            verdict => panic!("{id}: no verdict is called {verdict:?}"),
        },
        why: run["why"].as_str().unwrap_or_default().to_owned(),
        is_long: run["long"] == Value::Bool(true),
        ours: run["ours"].as_array().into_iter().flatten().map(exchange).collect(),
        figures: run["figures"].as_object().cloned(),
        id,
    }
}

fn exchange(exchange: &Value) -> Exchange {
    let number = |key: &str| {
        let number = exchange[key].as_u64()?;
        Some(usize::try_from(number).expect("positions are small"))
    };
    Exchange {
        at: number("at").expect("an exchange has a position"),
        count: number("count").unwrap_or(1),
        is: exchange["is"].as_array().cloned().expect("an exchange has steps"),
    }
}

fn string(value: &Value, key: &str) -> String {
    let text = value[key].as_str();
    text.unwrap_or_else(|| panic!("{key} is missing in {value}")).to_owned()
}

fn read(file: &str) -> String {
    let path = repository::path("spec/transcripts").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// TOML as JSON, so that a step is a step wherever it stands.
fn table(table: &dyn TableLike) -> Value {
    let members = table.iter().map(|(key, item)| (key.to_owned(), item_value(item)));
    Value::Object(members.collect())
}

fn item_value(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => plain(value),
        Item::Table(inner) => table(inner),
        Item::ArrayOfTables(tables) => tables.iter().map(|inner| table(inner)).collect(),
    }
}

fn plain(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => text.value().as_str().into(),
        toml_edit::Value::Integer(number) => (*number.value()).into(),
        toml_edit::Value::Float(number) => (*number.value()).into(),
        toml_edit::Value::Boolean(truth) => (*truth.value()).into(),
        toml_edit::Value::Array(items) => items.iter().map(plain).collect(),
        toml_edit::Value::InlineTable(inner) => table(inner),
        toml_edit::Value::Datetime(moment) => moment.value().to_string().into(),
    }
}
