//! How quickly does a server answer?

use std::time::Instant;

use serde_json::json;

use crate::arguments::Ping;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::output;
use crate::publish::{millis, random_identifier};
use crate::target::Url;
use crate::websocket::Client;

/// Measures and prints.
///
/// # Errors
/// An [`Error`] if the server does not answer.
pub(crate) fn run(ping: Ping) -> Result<(), Error> {
    let deadline = Deadline::after(Some(ping.timeout));
    let url = Url::or_environment(ping.server.url)?;
    let start = Instant::now();
    let mut client = Client::connect(&url, deadline)?;
    let connect = millis(start.elapsed());

    let identifier = random_identifier();
    // The first one is no measure: the server makes room for the client then.
    client.authenticate(&identifier, deadline)?;
    let websocket = millis(client.ping(deadline)?);
    let start = Instant::now();
    client.authenticate(&identifier, deadline)?;
    let command = millis(start.elapsed());
    client.close();

    if ping.server.json {
        let line = json!({
            "url": url.uri.to_string(),
            "connect_ms": connect,
            "ping_ms": websocket,
            "authenticate_ms": command,
        });
        return output::print(&line.to_string());
    }
    output::print(&format!(
        "connect {connect} ms, ping {websocket} ms, authenticate {command} ms"
    ))
}
