//! Does a browser, too?

use omnibus_tests::limits;
use omnibus_tests::node_js::Script;
use serde_json::json;

use crate::server::{Identity, node};

#[test]
fn two_windows_of_chromium_see_each_others_mouse_over_wss() {
    let identity = Identity::new();
    let node = node(&identity, &[]);
    let mut browser = Script::start("browser.js", &[]);
    for window in ["left", "right"] {
        let url = format!("https://{}/", node.address());
        let open = json!({"do": "open", "window": window, "url": url, "width": 640, "height": 420, "trusting": true});
        browser.ask(&open);
    }
    for (mover, watcher, x) in [("left", "right", 110), ("right", "left", 470)] {
        limits::eventually("the other's mouse", limits::ANSWER, || {
            browser.ask(&json!({"do": "move", "window": mover, "x": x - 10, "y": 90}));
            browser.ask(&json!({"do": "move", "window": mover, "x": x, "y": 90}));
            let seen = browser.ask(&json!({"do": "look", "window": watcher}));
            assert_eq!(seen["errors"], json!([]), "the page throws");
            let near = |mouse: &serde_json::Value| (mouse["x"].as_f64().unwrap_or(0.0) - f64::from(x)).abs() <= 1.0;
            match seen["mice"].as_array() {
                Some(mice) if mice.len() == 1 && near(&mice[0]) => Ok(()),
                _ => Err(seen.to_string()),
            }
        });
    }
}
