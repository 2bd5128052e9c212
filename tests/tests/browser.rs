//! Does the page at `/` do in a browser what it says?

use std::path::PathBuf;
use std::time::{Duration, Instant};

use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::node_js::Script;
use omnibus_tests::repository;
use serde_json::{Value, json};

const WIDTH: u32 = 640;
const HEIGHT: u32 = 420;

#[test]
fn two_windows_see_each_others_mouse() {
    let mut node = Node::start();
    let mut browser = Script::start("browser.js", &[]);
    for window in ["left", "right"] {
        let url = format!("http://{}/", node.address());
        let open = json!({"do": "open", "window": window, "url": url, "width": WIDTH, "height": HEIGHT});
        browser.ask(&open);
        see(&mut browser, window, "connected, nobody else here", &[]);
    }
    see_each_other(&mut browser, (110, 90), (470, 320));
    let folder = tempfile::tempdir().expect("a folder for temporary files can be made");
    let picture = if repository::is_blessing() {
        repository::path("docs/images/two-browsers.png")
    } else {
        folder.path().join("two-browsers.png")
    };
    take_picture(&mut browser, picture, (110, 90), (470, 320));

    // After a restart they find each other again, nobody has to do anything.
    node.restart();
    see_each_other(&mut browser, (300, 80), (90, 350));

    // Whoever leaves takes his mouse along.
    browser.ask(&json!({"do": "close", "window": "right"}));
    see(&mut browser, "left", "connected, nobody else here", &[]);
}

/// Moves both mice and waits until each window shows the other's where it is.
fn see_each_other(browser: &mut Script, left: (u32, u32), right: (u32, u32)) {
    let deadline = Instant::now() + limits::ANSWER;
    loop {
        for (window, (x, y)) in [("left", left), ("right", right)] {
            // A page that has just come back misses what was moved before: move there again.
            browser.ask(&json!({"do": "move", "window": window, "x": x - 10, "y": y}));
            browser.ask(&json!({"do": "move", "window": window, "x": x, "y": y}));
        }
        let both = is_seen(browser, "left", right) && is_seen(browser, "right", left);
        if both {
            break;
        }
        assert!(
            Instant::now() < deadline,
            "{} {}",
            look(browser, "left"),
            look(browser, "right")
        );
    }
    see(browser, "left", "connected, 1 other mouse", &[right]);
    see(browser, "right", "connected, 1 other mouse", &[left]);
}

fn is_seen(browser: &mut Script, window: &str, place: (u32, u32)) -> bool {
    limits::holds_within(Duration::from_millis(500), || are_at(&look(browser, window), &[place]))
}

/// Waits until a window says this and shows mice at these places.
fn see(browser: &mut Script, window: &str, state: &str, places: &[(u32, u32)]) {
    limits::eventually(
        &format!("{window}: {state}, mice at {places:?}"),
        limits::ANSWER,
        || {
            let seen = look(browser, window);
            assert_eq!(seen["errors"], json!([]), "the page throws");
            if seen["state"] == state && are_at(&seen, places) {
                Ok(())
            } else {
                Err(seen.to_string())
            }
        },
    );
}

fn look(browser: &mut Script, window: &str) -> Value {
    browser.ask(&json!({"do": "look", "window": window}))
}

/// Places travel as fractions of the window with four digits: a pixel may be lost.
fn are_at(seen: &Value, places: &[(u32, u32)]) -> bool {
    let mice = seen["mice"].as_array().expect("a window has a list of mice");
    let is_near = |mouse: &Value, key: &str, place: u32| {
        let at = mouse[key].as_f64().expect("a mouse has a place");
        (at - f64::from(place)).abs() <= 1.0
    };
    mice.len() == places.len()
        && mice
            .iter()
            .zip(places)
            .all(|(mouse, &(x, y))| is_near(mouse, "x", x) && is_near(mouse, "y", y))
}

fn take_picture(browser: &mut Script, path: PathBuf, left: (u32, u32), right: (u32, u32)) {
    std::fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("the folder can be made");
    let cursors = [left, right].map(|(x, y)| json!({"x": x, "y": y}));
    let request = json!({"do": "picture", "windows": ["left", "right"], "path": path, "cursors": cursors});
    browser.ask(&request);
    let png = std::fs::read(&path).expect("the picture is there");
    assert!(png.starts_with(b"\x89PNG"), "it is no PNG");
    let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    assert!(
        size(16) >= 2 * WIDTH && size(20) >= HEIGHT,
        "{} by {}",
        size(16),
        size(20)
    );
}
