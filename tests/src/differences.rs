//! How does a reader see at a glance where ours differs from the original?

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::transcripts::{Recording, Run, Verdict, Verdicts};

/// Characters of a message that a cell shows.
const MESSAGE_CHARACTERS_MAX: usize = 90;

/// Steps that a cell shows.
const STEPS_MAX: usize = 3;

const INTRODUCTION: &str = "\
<!-- Written from spec/transcripts by the tests of the package omnibus-tests: don't edit. -->

# Where Omnibus differs from django-omnibus 0.2.0

Everything that the original's clients can send was recorded, and is replayed against omnibusd. \
Where the answer is another one, it is for a reason, and stands here. The ids name recordings; \
`spec/transcripts` has them in full, and says how to read them.

";

/// Renders the whole page.
///
/// # Panics
/// If a run has no recording.
#[must_use]
pub fn page(recordings: &[Recording], verdicts: &Verdicts) -> String {
    let by_id: HashMap<&str, &Recording> = recordings.iter().map(|one| (one.id.as_str(), one)).collect();
    let usual = verdicts.runs.iter().filter(|run| run.is_usual());
    let (same, others): (Vec<&Run>, Vec<&Run>) = usual.partition(|run| run.verdict == Verdict::Same);

    let mut page = INTRODUCTION.to_owned();
    page.push_str("| id | what was tried | original | ours | why |\n|---|---|---|---|---|\n");
    for run in others {
        let recording = by_id[run.id.as_str()];
        let row = Row {
            recording,
            run,
            can_be_the_same: can_be_the_same(run, verdicts),
        };
        page.push_str(&row.render());
    }
    page.push_str("\n## The same\n\nThe same answers, byte for byte, come to ");
    let same: Vec<&str> = same.iter().map(|run| run.id.as_str()).collect();
    page.push_str(&same.join(", "));
    page.push_str(".\n\n## Settings\n\nWhere a row has an asterisk, ours answers as the original with\n\n```toml\n");
    // Several servers may share one.
    let settings: BTreeSet<_> = verdicts.servers.values().flatten().collect();
    for (key, value) in settings {
        let value = if value == "*" { "[\"*\"]" } else { value };
        writeln!(page, "{key} = {value}").expect("a string takes all");
    }
    page.push_str("```\n");
    page
}

/// Whether a run against another server has shown that ours can do as the original.
fn can_be_the_same(run: &Run, verdicts: &Verdicts) -> bool {
    let mut others = verdicts.runs.iter().filter(|other| other.id == run.id);
    others.any(|other| other.verdict == Verdict::Same)
}

struct Row<'a> {
    recording: &'a Recording,
    run: &'a Run,
    can_be_the_same: bool,
}

impl Row<'_> {
    fn render(&self) -> String {
        let Self { recording, run, .. } = self;
        let (original, ours) = self.answers();
        let settings = if self.can_be_the_same { " [*](#settings)" } else { "" };
        let why = format!("{}{settings}", run.why);
        let cells = [run.id.as_str(), &recording.title, &original, &ours, &why];
        let cells = cells.map(|cell| cell.replace('|', "\\|").replace('\n', " "));
        format!("| {} |\n", cells.join(" | "))
    }

    fn answers(&self) -> (String, String) {
        let Self { recording, run, .. } = self;
        if run.verdict == Verdict::NotReplayed {
            return (received(&recording.steps), "not replayed".to_owned());
        }
        if let Some(ours) = &run.figures {
            return (figures(&recording.figures), figures(ours));
        }
        let mut before = Vec::new();
        let mut after = Vec::new();
        for exchange in &run.ours {
            let end = exchange.at + exchange.count;
            before.extend_from_slice(&recording.steps[exchange.at..end]);
            after.extend_from_slice(&exchange.is);
            // What is put in before an answer tells nothing without it.
            if let (0, Some(next)) = (exchange.count, recording.steps.get(end)) {
                before.push(next.clone());
                after.push(next.clone());
            }
        }
        (received(&before), received(&after))
    }
}

fn figures(figures: &Map<String, Value>) -> String {
    let figures: Vec<String> = figures
        .iter()
        .map(|(name, value)| format!("{}: {value}", name.replace('_', " ")))
        .collect();
    figures.join(", ")
}

/// What a client heard, and how the server ended, in a few words.
fn received(steps: &[Value]) -> String {
    let mut words: Vec<String> = Vec::new();
    for step in steps.iter().filter_map(word) {
        if !words.contains(&step) {
            words.push(step);
        }
    }
    match words.len() {
        0 => "–".to_owned(),
        count if count > STEPS_MAX => format!("{}, and {} more", words[..STEPS_MAX].join(", "), count - STEPS_MAX),
        _ => words.join(", "),
    }
}

fn word(step: &Value) -> Option<String> {
    let item = |at: usize| step.get(at).and_then(Value::as_str).unwrap_or_default();
    let data = step.get(3).unwrap_or(&Value::Null);
    Some(match (item(0), item(1), item(2)) {
        ("srv", "exit", _) => format!("exit code {}", step[2]),
        ("srv", "alive", _) => "the server lives on".to_owned(),
        (_, "<", "eof") => "connection ended".to_owned(),
        (_, "<", "silence") => "nothing".to_owned(),
        (_, "<", "still open") => "connection stays open".to_owned(),
        (_, "<", "ping") => "a ping".to_owned(),
        (_, "<", "pong") => "a pong".to_owned(),
        (_, "<", "close") => match &data["code"] {
            Value::Null => "close without a code".to_owned(),
            code => format!("close {code}"),
        },
        (_, "<", "http") => response(data),
        (_, "<", "text") => code(&text(data)),
        _ => return None,
    })
}

fn response(response: &Value) -> String {
    let status = &response["status"];
    match response["body"].as_str().unwrap_or_default() {
        "" => format!("status {status}"),
        body => format!("status {status}, {}", code(body)),
    }
}

fn text(data: &Value) -> String {
    match data.as_str() {
        Some(text) => text.to_owned(),
        None => format!(
            "{}{}…{} ({} bytes)",
            data["prefix"].as_str().unwrap_or_default(),
            data["fill"].as_str().unwrap_or_default(),
            data["suffix"].as_str().unwrap_or_default(),
            data["len"]
        ),
    }
}

/// A message on one line, cut, such that Markdown leaves it alone.
fn code(message: &str) -> String {
    let mut shown = String::new();
    for (count, character) in message.chars().enumerate() {
        if count == MESSAGE_CHARACTERS_MAX {
            shown.push('…');
            break;
        }
        if character.is_control() {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    let fence = if shown.contains('`') { "``" } else { "`" };
    format!("{fence}{shown}{fence}")
}
