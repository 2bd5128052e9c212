//! Has the page of metrics each one that there is, and no other?

use std::collections::BTreeSet;
use std::fs;

use omnibus_tests::port::Port;
use omnibus_tests::repository;

use crate::scraper::{Family, Watched};

/// The rows of a table of the page, cell by cell, without the marks of code.
fn rows(head: &str) -> BTreeSet<Vec<String>> {
    let page = fs::read_to_string(repository::path("docs/metrics.md")).expect("the page is there");
    let (_, table) = page
        .split_once(head)
        .unwrap_or_else(|| panic!("there is no table {head}"));
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().replace('`', "")).collect()
    })
    .collect()
}

/// A metric as the page has it.
fn row(family: &Family) -> Vec<String> {
    let ending = match family.kind.as_str() {
        "counter" => "_total",
        "info" => "_info",
        _ => "",
    };
    let labels = family.samples[0].labels.keys().filter(|label| *label != "le");
    // The page has them in the order in which one reads them.
    let mut labels: Vec<&str> = labels.map(String::as_str).collect();
    labels.sort_by_key(|label| *label != "shard");
    vec![
        format!("{}{ending}", family.name),
        family.kind.clone(),
        labels.join(", "),
        family.help.clone(),
    ]
}

#[test]
fn the_page_has_every_metric_and_no_other() {
    // A node with all that a node can have; what it needs for it is away.
    let away = Port::free().bus_address();
    let hooks = format!("http://{}/", Port::free().address());
    let folder = tempfile::tempdir().expect("a folder can be made");
    let database = format!("sqlite://{}", folder.path().join("none.sqlite3").display());
    let mut watched = Watched::with(&[
        ("bus.director", "false"),
        ("bus.forwarder", "true"),
        ("bus.director_subscriber_address", &away),
        ("bus.director_publisher_address", &away),
        ("hooks.url", &hooks),
        ("auth.authenticator", "django"),
        ("auth.secret_key", "a secret of the test's own, long enough for all"),
        ("auth.database_url", &database),
    ]);
    let scrape = watched.scrape();
    let there: BTreeSet<Vec<String>> = scrape.families.iter().map(row).collect();
    assert!(there.len() > 50);
    let on_page = rows("| metric | type | labels | what it says |");
    let missing: Vec<_> = there.difference(&on_page).collect();
    let too_many: Vec<_> = on_page.difference(&there).collect();
    assert!(
        missing.is_empty() && too_many.is_empty(),
        "not on the page: {missing:?}; only there: {too_many:?}"
    );

    let samples = scrape.families.iter().flat_map(|family| &family.samples);
    let reasons: BTreeSet<Vec<String>> = samples
        .filter_map(|sample| Some(vec![sample.name.clone(), sample.labels.get("reason")?.clone()]))
        .collect();
    let on_page: BTreeSet<Vec<String>> = rows("| metric | `reason` | what it says |")
        .into_iter()
        .map(|row| row[..2].to_vec())
        .collect();
    assert_eq!(reasons, on_page);
}
