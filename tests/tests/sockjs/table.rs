//! Does every cell of the table of transports name a test?

use std::fs;

use omnibus_tests::repository;

#[test]
fn every_cell_of_the_table_names_a_test_that_is_there() {
    let document = fs::read_to_string(repository::path("docs/transports.md")).expect("the document is there");
    let sources: String = ["tests/tests/sockjs", "tests/tests/proxies"]
        .into_iter()
        .flat_map(|folder| fs::read_dir(repository::path(folder)).expect("the tests are there"))
        .filter_map(|entry| fs::read_to_string(entry.ok()?.path()).ok())
        .collect();
    let rows: Vec<&str> = document.lines().filter(|line| line.starts_with("| ")).collect();
    let names: Vec<&str> = rows
        .iter()
        .flat_map(|row| row.split('`').skip(1).step_by(2))
        .filter(|name| name.contains('_') && !name.contains(['.', '/']))
        .filter(|name| !["xhr_streaming", "xhr_send", "jsonp_send"].contains(name))
        .collect();
    assert!(names.len() > 20, "the table has cells: {names:?}");
    for name in names {
        assert!(
            sources.contains(&format!("fn {name}()")),
            "there is no test called {name}"
        );
    }
}
