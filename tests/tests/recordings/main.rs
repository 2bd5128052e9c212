//! Does omnibusd answer what `spec/transcripts` says, over real sockets?

mod figures;
mod users;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::thread;

use omnibus_tests::differences;
use omnibus_tests::node::Node;
use omnibus_tests::replay::{Target, replay};
use omnibus_tests::repository;
use omnibus_tests::transcripts::{self, Recording, Run, Settings, Verdict, Verdicts};
use serde_json::{Value, json};

/// Replays that run at once: most of their time they wait for a silence.
const AT_ONCE: usize = 8;

#[test]
fn every_handshake_is_answered_as_recorded_or_as_its_verdict_says() {
    replay_all(|run| run.id.starts_with('H'));
}

#[test]
fn every_message_is_answered_as_recorded_or_as_its_verdict_says() {
    replay_all(|run| run.id.starts_with('N'));
}

#[test]
fn every_sockjs_request_is_answered_as_recorded_or_as_its_verdict_says() {
    replay_all(|run| run.id.starts_with('J'));
}

#[test]
fn every_login_is_answered_as_recorded_or_as_its_verdict_says() {
    replay_all(|run| run.id.starts_with('U'));
}

#[test]
fn every_right_is_as_recorded_or_as_its_verdict_says() {
    replay_all(|run| run.id.starts_with('R'));
}

#[test]
fn every_recording_has_a_verdict_and_every_verdict_a_recording() {
    let recordings = transcripts::recordings();
    let Verdicts { servers, runs, .. } = transcripts::verdicts();
    let recorded: BTreeSet<&str> = recordings.iter().map(|recording| recording.id.as_str()).collect();
    assert_eq!(recorded.len(), recordings.len(), "two recordings have one id");
    // The original's SockJS was another application.
    let usual = runs.iter().filter(|run| run.is_usual());
    let judged: BTreeSet<&str> = usual.map(|run| run.id.as_str()).collect();
    assert_eq!(recorded, judged);
    for run in &runs {
        let name = run.name();
        assert!(servers.contains_key(&run.server), "{name}: there is no such server");
        assert!(recorded.contains(run.id.as_str()), "{name}: there is no such recording");
        assert_eq!(run.why.is_empty(), run.verdict == Verdict::Same, "{name}: the reason");
        let says_what = !run.ours.is_empty() || run.figures.is_some();
        assert_eq!(says_what, run.verdict == Verdict::Differs, "{name}: what holds instead");
    }
}

#[test]
fn a_verdict_differs_only_where_the_steps_do() {
    let recordings = by_id();
    for run in transcripts::verdicts().runs {
        let recording = &recordings[&run.id];
        let steps = run.steps(recording);
        let is_same = steps == recording.steps && run.figures(recording) == &recording.figures;
        assert_eq!(is_same, run.verdict != Verdict::Differs, "{}", run.name());
    }
}

#[test]
fn a_replay_fails_where_the_server_answers_something_else() {
    let authenticated = r#"!authenticate:{"type": "authenticate", "success": true, "payload": null}"#;
    let right = json!([
        ["A", "open"],
        ["A", ">", "text", "!authenticate:A"],
        ["A", "<", "text", authenticated],
        ["A", "<", "silence", 100],
        ["A", ">", "close", {"hex": "03e8"}],
        ["A", "<", "close", {"code": 1000, "reason": ""}],
        ["A", "<", "eof"],
        ["B", ">", "http", "GET /ec HTTP/1.1\r\nHost: a\r\n\r\n"],
        ["B", "<", "http", {"status": 400, "headers_include": {}, "body": "Can \"Upgrade\" only to \"WebSocket\"."}],
        ["srv", "alive"],
        ["srv", "signal", "SIGTERM"],
        ["srv", "exit", 0],
    ]);
    let right = right.as_array().expect("it is a list");
    let wrong = [
        (2, json!(["A", "<", "text", authenticated.replace("null", "true")])),
        (2, json!(["A", "<", "silence", 20_000])),
        (2, json!(["A", "<", "eof"])),
        (2, json!(["A", "<", "pong", authenticated])),
        (5, json!(["A", "<", "silence", 20_000])),
        (5, json!(["A", "<", "close", {"code": 1001}])),
        (5, json!(["A", "<", "close", {"code": null}])),
        (5, json!(["A", "<", "close", {"reason": "why"}])),
        (5, json!(["A", "<", "eof"])),
        (6, json!(["A", "<", "close", {"code": 1000}])),
        (8, json!(["B", "<", "http", {"status": 404}])),
        (
            8,
            json!(["B", "<", "http", {"status": 400, "headers": {"content-length": "34"}}]),
        ),
        (
            8,
            json!(["B", "<", "http", {"status": 400, "headers_include": {"connection": "open"}}]),
        ),
        (8, json!(["B", "<", "http", {"status": 400, "body": ""}])),
        (11, json!(["srv", "exit", 1])),
        // Behind the last step: it has ended then.
        (12, json!(["srv", "alive"])),
    ];
    let passes = |steps: Vec<Value>| {
        let replayed = thread::spawn(move || {
            let mut node = Node::start();
            replay(&steps, target(&mut node));
        });
        replayed.join().is_ok()
    };
    assert!(passes(right.clone()));
    for (at, step) in wrong {
        let mut steps = right.clone();
        steps.splice(at..right.len().min(at + 1), [step.clone()]);
        assert!(!passes(steps), "{step} passes as step {at}");
    }
}

#[test]
fn the_page_of_differences_is_up_to_date() {
    let path = repository::path("docs/differences.md");
    let page = differences::page(&transcripts::recordings(), &transcripts::verdicts());
    if repository::is_blessing() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/differences.md is not what spec/transcripts says; run the tests of omnibus-tests with OMNIBUS_BLESS=1"
    );
}

/// Replays the runs that are asked for, several at once, each against a server of its own.
fn replay_all(is_asked: impl Fn(&Run) -> bool) {
    let verdicts = transcripts::verdicts();
    let recordings = by_id();
    let runs = verdicts.runs.iter().filter(|run| is_asked(run));
    let runs = runs.filter(|run| run.verdict != Verdict::NotReplayed);
    // The long ones first, so that nothing waits for them at the end.
    let mut waiting: Vec<&Run> = runs.collect();
    waiting.sort_by_key(|run| run.is_long);
    let count = waiting.len();
    assert!(count > 0, "no run was asked for");

    let waiting = Mutex::new(waiting);
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(run) = next(&waiting) {
                    let settings = &verdicts.servers[&run.server];
                    if let Err(name) = replay_one(run, &recordings[&run.id], settings) {
                        failed.lock().expect("nobody panics with it").push(name);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("nobody panics with it");
    assert!(
        failed.is_empty(),
        "{} of {count} replays failed, their reasons are above: {}",
        failed.len(),
        failed.join(", ")
    );
}

fn next<'a>(waiting: &Mutex<Vec<&'a Run>>) -> Option<&'a Run> {
    waiting.lock().expect("nobody panics with it").pop()
}

/// A replay is a thread of its name, so that a panic tells whose it is.
fn replay_one(run: &Run, recording: &Recording, settings: &Settings) -> Result<(), String> {
    let (run, recording, settings) = (run.clone(), recording.clone(), settings.clone());
    let name = run.name();
    let replayed = thread::Builder::new().name(name.clone()).spawn(move || {
        let mut settings: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
        if settings.iter().any(|(key, _)| *key == "auth.authenticator") {
            settings.push(("auth.database_url", users::url()));
        }
        let mut node = Node::with(&settings);
        replay(&run.steps(&recording), target(&mut node));
        let expected = run.figures(&recording);
        if !expected.is_empty() {
            figures::check(&run.id, expected, &node);
        }
    });
    replayed.expect("a thread starts").join().map_err(|_| name)
}

fn target(node: &mut Node) -> Target<'_> {
    let (address, publisher_address) = (node.address(), node.publisher_address());
    Target {
        program: node.program(),
        address,
        publisher_address,
    }
}

fn by_id() -> BTreeMap<String, Recording> {
    transcripts::recordings()
        .into_iter()
        .map(|recording| (recording.id.clone(), recording))
        .collect()
}
