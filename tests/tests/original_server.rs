//! Are the recordings, and the way they are replayed, true of the original itself?
//!
//! What is replayed against omnibusd is worth as much as it says about django-omnibus 0.2.0. So the
//! recorded steps are replayed against that, too.

use std::sync::Mutex;
use std::thread;

use omnibus_tests::client::{Client, Heard};
use omnibus_tests::limits;
use omnibus_tests::original::{Original, OriginalPublisher};
use omnibus_tests::replay::{Target, replay};
use omnibus_tests::transcripts::{self, Recording};
use serde_json::{Value, json};

/// Servers at once, each of which answers its share of the recordings.
const AT_ONCE: usize = 2;

/// The original loses what is published before its own sockets have found each other, and a busy
/// machine gives it the time to: what it answers once, it can answer.
const ATTEMPTS: usize = 3;

#[test]
fn the_original_answers_as_recorded() {
    let waiting: Vec<Recording> = transcripts::recordings().into_iter().filter(is_replayable).collect();
    let count = waiting.len();
    assert!(count > 70, "only {count} recordings are replayable");
    let waiting = Mutex::new(waiting);
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let mut server = running();
                while let Some(recording) = next(&waiting) {
                    let answers = (0..ATTEMPTS).any(|attempt| {
                        if attempt > 0 || !server.program().is_running() {
                            server = running();
                        }
                        answers(&mut server, &recording)
                    });
                    if !answers {
                        failed.lock().expect("nobody panics with it").push(recording.id);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("nobody panics with it");
    assert!(
        failed.is_empty(),
        "{} of {count} recordings are not what the original answers: {failed:?}",
        failed.len()
    );
}

#[test]
fn the_original_loses_its_first_publication_and_delivers_the_second() {
    let recordings = transcripts::recordings();
    let first = recordings.iter().find(|recording| recording.id == "N00");
    let mut server = Original::start();
    replay(&first.expect("it is recorded").steps, target(&mut server));
}

#[test]
fn the_originals_python_publishes_to_its_server() {
    let server = Original::start();
    let mut client = Client::connect_to(&server.url());
    client.authenticate("A");
    client.subscribe("foo");
    let mut publisher = OriginalPublisher::to(server.publisher_address());
    publisher.connect();
    let answer = publisher.publish(&json!({"channel": "foo", "type": "hello", "payload": {"text": "hi"}}));
    assert_eq!(answer, json!({"ok": true, "result": true}));
    client.expect(r#"foo:{"sender": null, "type": "hello", "payload": {"text": "hi"}}"#);
}

/// What one client after the other can try with a server that is up and has published.
fn is_replayable(recording: &Recording) -> bool {
    // H30 to H32 were recorded without the shim for origins; N00 is about a server that has just
    // started; some are about the server's process, or a Python's, and figures are no steps.
    let is_of_another_setup = ["H30", "N00", "N35b", "N36"].contains(&recording.id.as_str());
    // The other groups were recorded with users, classes of a project's own, or SockJS.
    let is_of_the_default_server = recording.id.starts_with(['H', 'N']);
    let is_of_a_client = |who: &str| !matches!(who, "srv" | "py");
    let mut clients = recording.steps.iter().map(|step| step[0].as_str().unwrap_or_default());
    is_of_the_default_server && !is_of_another_setup && !recording.steps.is_empty() && clients.all(is_of_a_client)
}

fn next(waiting: &Mutex<Vec<Recording>>) -> Option<Recording> {
    waiting.lock().expect("nobody panics with it").pop()
}

/// A server that has published, and will lose nothing any more.
fn running() -> Original {
    let server = Original::start();
    let mut client = Client::connect_to(&server.url());
    client.authenticate("first");
    client.subscribe("first");
    limits::eventually("a first publication", limits::ANSWER, || {
        client.send("first:{}");
        match client.hear(limits::SILENCE) {
            Heard::Text(_) => Ok(()),
            heard => Err(format!("{heard:?}")),
        }
    });
    server
}

fn answers(server: &mut Original, recording: &Recording) -> bool {
    let steps = unhurried(&recording.steps);
    thread::scope(|scope| {
        let replayed = thread::Builder::new()
            .name(recording.id.clone())
            .spawn_scoped(scope, || replay(&steps, target(server)));
        replayed.expect("a thread starts").join().is_ok()
    })
}

/// The steps, with a rest behind every answer to a subscription: the original answers before its
/// own sockets know of it, nothing tells when they do, and what comes until then is lost.
fn unhurried(recorded: &[Value]) -> Vec<Value> {
    let mut steps = Vec::new();
    for (at, step) in recorded.iter().enumerate() {
        steps.push(step.clone());
        let is_answer = step[1] == "<" && step[3].to_string().starts_with("\"!subscribe:");
        let is_used = recorded.get(at + 1).is_some_and(|next| next[1] == ">");
        if is_answer && is_used {
            steps.push(json!([step[0], "<", "silence", 50]));
        }
    }
    steps
}

fn target(server: &mut Original) -> Target<'_> {
    let (address, publisher_address) = (server.address(), server.publisher_address());
    Target {
        program: server.program(),
        address,
        publisher_address,
    }
}
