//! How does a test look at the project's pages?

use std::time::{Duration, Instant};

use omnibus_tests::limits;
use omnibus_tests::node_js::Script;
use serde_json::{Value, json};

use crate::project::Project;

/// Browser windows, each of another person.
pub(crate) struct Windows {
    browser: Script,
    url: String,
}

impl Windows {
    pub(crate) fn of(project: &Project) -> Self {
        Self {
            browser: Script::start("browser.js", &[]),
            url: project.url(),
        }
    }

    /// Opens the page.
    pub(crate) fn open(&mut self, window: &str) {
        self.open_at(window, "");
    }

    /// Logs in whom the window is named after, and opens the page.
    pub(crate) fn log_in(&mut self, window: &str) {
        self.log_in_as(window, window);
    }

    /// Logs somebody in, and opens the page.
    pub(crate) fn log_in_as(&mut self, name: &str, window: &str) {
        self.open_at(window, "login/?next=/");
        self.fill(window, "#id_username", name);
        self.fill(window, "#id_password", "secret");
        self.click(window, "#login button");
        self.see(window, "document.getElementById('who')?.textContent", name);
    }

    pub(crate) fn open_at(&mut self, window: &str, path: &str) {
        let url = format!("{}{path}", self.url);
        self.browser
            .ask(&json!({"do": "open", "window": window, "url": url, "width": 900, "height": 600}));
    }

    /// Leads a window that is open to another address.
    pub(crate) fn go(&mut self, window: &str, path: &str) {
        let url = format!("{}{path}", self.url);
        self.browser.ask(&json!({"do": "go", "window": window, "url": url}));
    }

    pub(crate) fn fill(&mut self, window: &str, into: &str, text: &str) {
        self.browser
            .ask(&json!({"do": "fill", "window": window, "into": into, "text": text}));
    }

    pub(crate) fn click(&mut self, window: &str, on: &str) {
        self.browser.ask(&json!({"do": "click", "window": window, "on": on}));
    }

    /// Says something in the pane for talk.
    pub(crate) fn say(&mut self, window: &str, text: &str) {
        self.fill(window, "#say input", text);
        self.click(window, "#say button");
    }

    /// Waits until the page says that both its channels are open, or another state.
    pub(crate) fn reach(&mut self, window: &str, state: &str) {
        self.see(window, "document.getElementById('state').textContent", state);
    }

    /// How long a window takes to come to a state.
    pub(crate) fn time_to_reach(&mut self, window: &str, state: &str) -> Duration {
        let start = Instant::now();
        self.reach(window, state);
        start.elapsed()
    }

    /// The lines of a pane.
    pub(crate) fn lines(&mut self, window: &str, pane: &str) -> Value {
        let script = format!("[...document.querySelectorAll('#{pane} li')].map(line => line.textContent)");
        self.run(window, &script)
    }

    /// Empties a pane.
    pub(crate) fn clear(&mut self, window: &str, pane: &str) {
        self.run(window, &format!("document.getElementById('{pane}').replaceChildren()"));
    }

    /// Waits until a pane has these lines and no other.
    pub(crate) fn hear(&mut self, window: &str, pane: &str, lines: &[&str]) {
        limits::eventually(&format!("{window} hears {lines:?} in {pane}"), limits::ANSWER, || {
            let heard = self.lines(window, pane);
            if heard == json!(lines) {
                Ok(())
            } else {
                Err(heard.to_string())
            }
        });
    }

    /// Waits until an element contains a text.
    pub(crate) fn reach_text(&mut self, window: &str, selector: &str, text: &str) {
        let contains = format!("String(document.querySelector('{selector}')?.textContent.includes('{text}'))");
        self.see(window, &contains, "true");
    }

    fn see(&mut self, window: &str, script: &str, expected: &str) {
        limits::eventually(&format!("{window}: {script} is {expected}"), limits::ANSWER, || {
            let seen = self.run(window, script);
            if seen == expected {
                Ok(())
            } else {
                Err(seen.to_string())
            }
        });
    }

    fn run(&mut self, window: &str, script: &str) -> Value {
        let answer = self
            .browser
            .ask(&json!({"do": "run", "window": window, "script": script}));
        assert_eq!(answer["errors"], json!([]), "the page throws");
        answer["value"].clone()
    }
}
