//! Does the page of metrics say what the definitions say?
//!
//! `OMNIBUS_BLESS=1 cargo test -p omnibus-api` writes its tables anew.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use omnibus_hub::{LinkFigures, NodeCounters, ShardFigures, ShardName};

use crate::families;
use crate::family::{Family, Kind};
use crate::process::Process;
use crate::sources::Reading;

const BEGIN: &str = "<!-- generated from the definitions: begin -->\n";
const END: &str = "<!-- generated from the definitions: end -->\n";

/// Every metric that a node can have: one with a link, logins and hooks.
fn every() -> Vec<Family> {
    families::all(&Reading {
        shards: vec![(ShardName::Bus, ShardFigures::default())],
        counters: &NodeCounters::new(Arc::default(), 1),
        connections_max: 0,
        link: Some(LinkFigures {
            is_up: false,
            waiting_publications: 0,
            waiting_bytes: 0,
        }),
        auth: Some(&omnibus_auth::Counters::default()),
        hooks: Some(&omnibus_hooks::Counters::default()),
        hooks_waiting: 0,
        process: Process::starting("0"),
    })
}

fn tables() -> String {
    let mut text = "\n| metric | type | labels | what it says |\n|---|---|---|---|\n".to_owned();
    let families = every();
    for family in &families {
        let (ending, kind) = match family.kind {
            Kind::Counter => ("_total", "counter"),
            Kind::Gauge => ("", "gauge"),
            Kind::Histogram => ("", "histogram"),
            Kind::Info => ("_info", "info"),
        };
        let labels = family.samples[0].labels.iter();
        let labels: Vec<String> = labels.map(|(label, _)| format!("`{label}`")).collect();
        let (name, labels, help) = (&family.name, labels.join(", "), &family.help);
        writeln!(text, "| `{name}{ending}` | {kind} | {labels} | {help} |").unwrap();
    }
    text.push_str("\nReasons:\n\n| metric | `reason` | what it says |\n|---|---|---|\n");
    for family in &families {
        for sample in &family.samples {
            let reason = sample.labels.iter().find(|(label, _)| *label == "reason");
            if let (Some((_, reason)), Some(doc)) = (reason, sample.doc) {
                writeln!(text, "| `{}_total` | `{reason}` | {doc} |", family.name).unwrap();
            }
        }
    }
    text.push('\n');
    text
}

#[test]
fn the_page_has_every_metric() {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../docs/metrics.md"].iter().collect();
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let expected = format!("{before}{BEGIN}{}{END}{after}", tables());
    if std::env::var_os("OMNIBUS_BLESS").is_some() {
        std::fs::write(&path, &expected).unwrap();
        return;
    }
    assert!(
        page == expected,
        "docs/metrics.md is not what the definitions say; run OMNIBUS_BLESS=1 cargo test -p omnibus-api"
    );
}

#[test]
fn names_and_texts_are_fit_for_a_parser() {
    let families = every();
    for family in &families {
        let name = &family.name;
        let same = families.iter().filter(|other| other.name == *name);
        assert_eq!(same.count(), 1, "{name} is there twice");
        assert!(
            name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
            "{name}"
        );
        assert!(!name.ends_with("_total") && !name.ends_with("_info"), "{name}");
        assert!(
            family.help.ends_with('.') && !family.help.contains(['"', '\\', '\n', '|']),
            "{name}: {}",
            family.help
        );
        assert!(
            family
                .samples
                .iter()
                .all(|sample| sample.labels.len() == family.samples[0].labels.len())
        );
    }
}
