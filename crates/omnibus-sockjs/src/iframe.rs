//! How does a page of another origin talk, where its browser would not let it?

use std::hash::{DefaultHasher, Hash, Hasher};

/// The page that a client loads into a hidden frame, and which loads the client's own script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Iframe {
    page: String,
    etag: String,
}

impl Iframe {
    /// The page that loads SockJS's client from `script_url`.
    #[must_use]
    pub fn new(script_url: &str) -> Self {
        let script_url = escaped(script_url);
        let page = format!(
            r#"<!DOCTYPE html>
<html>
<head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
  <script src="{script_url}"></script>
  <script>
    document.domain = document.domain;
    SockJS.bootstrap_iframe();
  </script>
</head>
<body>
  <h2>Don't panic!</h2>
  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>
</body>
</html>"#
        );
        // The page is the same for ever and for all, so any digest names it.
        let mut hasher = DefaultHasher::new();
        page.hash(&mut hasher);
        let etag = format!("\"{:016x}\"", hasher.finish());
        Self { page, etag }
    }

    /// The page.
    #[must_use]
    pub fn page(&self) -> &str {
        &self.page
    }

    /// What names this form of the page, with its quotes.
    #[must_use]
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// Whether a client that has what `if_none_match` names has this page.
    #[must_use]
    pub fn is_known(&self, if_none_match: Option<&str>) -> bool {
        if_none_match.is_some_and(|names| names.split(',').any(|name| name.trim() == self.etag))
    }
}

fn escaped(url: &str) -> String {
    url.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_keeps_its_name_until_it_changes() {
        let page = Iframe::new("https://cdn.example/sockjs.js");
        assert_eq!(page, Iframe::new("https://cdn.example/sockjs.js"));
        assert_ne!(page.etag(), Iframe::new("https://cdn.example/other.js").etag());
        assert!(page.is_known(Some(page.etag())));
        assert!(page.is_known(Some(&format!("\"a\", {}", page.etag()))));
        assert!(!page.is_known(Some("\"a\"")) && !page.is_known(None));
    }

    #[test]
    fn a_url_stays_within_its_attribute() {
        let page = Iframe::new("https://x/\"><script>alert(1)</script>");
        assert!(page.page().contains("src=\"https://x/&quot;>&lt;script>"));
    }
}
