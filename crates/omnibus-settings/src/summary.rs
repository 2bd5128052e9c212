//! What does `check` say?

use std::fmt::Write as _;

use omnibus_bus_zmq::Role;
use serde_json::json;

use crate::command::CheckFormat;
use crate::mistake::Mistakes;
use crate::settings::Settings;

impl CheckFormat {
    /// Says what `check` found: that the settings are good and what they come to, or all that is
    /// wrong with them. With a line end at the end.
    #[must_use]
    pub fn report(self, outcome: &Result<Box<Settings>, Mistakes>) -> String {
        match (self, outcome) {
            (Self::Text, Ok(settings)) => format!("settings are good\n\n{}", settings.summary()),
            (Self::Text, Err(mistakes)) => format!("{mistakes}\n"),
            (Self::Json, Ok(settings)) => format!("{}\n", json(settings)),
            (Self::Json, Err(mistakes)) => format!("{}\n", mistakes.to_json()),
        }
    }
}

impl Settings {
    /// Says in a few lines what the settings come to, what differs from the defaults, and what
    /// deserves a warning.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut text = String::new();
        for (name, value) in self.lines() {
            push(&mut text, format_args!("{name:10}{value}\n"));
        }
        if !self.changed.is_empty() {
            text.push_str("\nnot the defaults:\n");
        }
        for changed in &self.changed {
            let (key, value, source) = (changed.key, &changed.value, &changed.source);
            push(&mut text, format_args!("  {key} = {value}  ({source})\n"));
        }
        for warning in &self.warnings {
            push(&mut text, format_args!("\nwarning: {warning}\n"));
        }
        text
    }

    fn lines(&self) -> [(&'static str, String); 4] {
        let listen: Vec<String> = self.front.listen.iter().map(ToString::to_string).collect();
        let tls = if self.front.tls.is_some() { ", TLS only" } else { "" };
        let (own_subscriber, own_publisher) = (&self.bus.subscriber_address, &self.bus.publisher_address);
        let role = match &self.bus.role {
            Role::Director => "director".to_owned(),
            Role::Forwarder {
                subscriber_address,
                publisher_address,
            } => format!("forwarder of {subscriber_address} and {publisher_address}"),
            Role::Direct => format!("none, connects to {own_subscriber} and {own_publisher}"),
        };
        let bus = match &self.bus.role {
            Role::Direct => "binds nothing".to_owned(),
            _ => format!("subscribers at {own_subscriber}, publishers at {own_publisher}"),
        };
        [
            (
                "browsers",
                format!("{} at {}{tls}", self.front.base_url, listen.join(", ")),
            ),
            ("role", role),
            ("bus", bus),
            ("shards", self.hub.shards.to_string()),
        ]
    }
}

fn json(settings: &Settings) -> String {
    let changed: Vec<_> = settings
        .changed
        .iter()
        .map(|changed| {
            json!({
                "key": changed.key,
                "value": changed.value,
                "source": changed.source.to_string(),
            })
        })
        .collect();
    let object = json!({
        "mistakes": [],
        "changed": changed,
        "warnings": settings.warnings,
    });
    format!("{object:#}")
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("a String takes all that is written");
}
