//! Is counted what is compressed and inflated, and what is refused?

use omnibus_tests::limits;
use omnibus_tests::program::Program;
use omnibus_tests::python;
use serde_json::json;

use crate::scraper::Watched;

/// A client of `websockets` in the channel `foo`, which compresses all that it says.
fn joined(watched: &Watched) -> Program {
    let mut command = python::script("peers/compressing.py");
    command.args([watched.node.url(), "1".to_owned()]);
    let client = Program::start("compressing.py", &mut command);
    let joined = client.line(limits::START);
    assert!(joined.contains("permessage-deflate"), "{joined}");
    client
}

fn ask(client: &mut Program, request: &serde_json::Value) -> serde_json::Value {
    client.write_line(&request.to_string());
    serde_json::from_str(&client.line(limits::START)).expect("it answers in JSON")
}

#[test]
fn what_is_compressed_inflated_and_refused_is_that_of_the_clients() {
    let mut watched = Watched::with(&[("websocket.compression", "true")]);
    let mut clients = [joined(&watched), joined(&watched)];
    let text = format!(r#"foo:{{"payload":"{}"}}"#, "one two three ".repeat(200));
    ask(&mut clients[0], &json!({"do": "say", "text": text}));
    for client in &mut clients {
        let heard = ask(client, &json!({"do": "hear"}));
        assert_eq!(heard, json!({"texts": [text], "compressed": 1}));
    }
    // Each has authenticated and subscribed, under a name that the script gives, and one has spoken.
    let scrape = watched.expect("omnibus_messages_inflated_total", &[], 5.0);
    let commands = 2 * ("!authenticate:compressing-0".len() + "!subscribe:foo".len());
    let sum = |name| scrape.sum(name, &[]);
    let said = (commands + text.len()) as f64;
    assert_eq!(sum("omnibus_inflation_bytes_after_total"), said);
    assert!(sum("omnibus_inflation_bytes_before_total") < said / 2.0);
    for shard in ["0", "1"] {
        let inflated = scrape.sum("omnibus_messages_inflated_total", &[("shard", shard)]);
        assert!(inflated >= 2.0, "each shard has one of the clients");
    }
    // Once for both.
    assert_eq!(sum("omnibus_publications_compressed_total"), 1.0);
    assert_eq!(sum("omnibus_compression_bytes_before_total"), text.len() as f64);
    assert!(sum("omnibus_compression_bytes_after_total") < text.len() as f64 / 2.0);

    let bomb = format!(r#"foo:{{"payload":"{}"}}"#, " ".repeat(500_000));
    ask(&mut clients[0], &json!({"do": "say", "text": bomb}));
    let end = ask(&mut clients[0], &json!({"do": "end"}));
    assert_eq!(end["code"], 1009);
    let scrape = watched.expect("omnibus_inflations_refused_total", &[("reason", "ratio")], 1.0);
    assert_eq!(scrape.sum("omnibus_inflations_refused_total", &[]), 1.0);
    assert_eq!(scrape.sum("omnibus_messages_inflated_total", &[]), 5.0);
}
