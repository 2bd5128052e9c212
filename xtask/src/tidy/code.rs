//! What of a Rust file is code?
//!
//! No parser: comments and literals are blanked out, character for character, so that what is
//! left can be searched for words and keeps its line numbers. That is enough for the rules here,
//! and needs no dependency that is larger than all of them.

/// Returns the text with comments, strings and characters as spaces; line ends stay.
pub(super) fn code_only(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let end = literal_or_comment_end(&characters, at);
        if end > at {
            code.extend(characters[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        } else {
            // A whole word at once, so that its last letter does not start a raw string.
            let word_end = word_end(&characters, at).max(at + 1);
            code.extend(&characters[at..word_end]);
            at = word_end;
        }
    }
    code
}

/// The words of a blanked text, each with its line counted from 1.
pub(super) fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.lines().zip(1..).flat_map(|(text, line)| {
        text.split(|c: char| !is_word(c))
            .filter(|word| !word.is_empty())
            .map(move |w| (line, w))
    })
}

/// Whether a character can stand in a name.
pub(super) fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

/// The end of the comment or literal that begins at `at`; `at` itself where none does.
fn literal_or_comment_end(text: &[char], at: usize) -> usize {
    let next = text.get(at + 1).copied();
    match text[at] {
        '/' if next == Some('/') => find(text, at, |c| c == '\n'),
        '/' if next == Some('*') => block_comment_end(text, at),
        '"' => string_end(text, at),
        '\'' => character_end(text, at),
        'r' | 'b' | 'c' => prefixed_end(text, at),
        _ => at,
    }
}

/// Block comments nest.
fn block_comment_end(text: &[char], start: usize) -> usize {
    let mut depth = 0;
    let mut at = start;
    while at < text.len() {
        match (text[at], text.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at.min(text.len())
}

fn string_end(text: &[char], quote: usize) -> usize {
    let mut at = quote + 1;
    while at < text.len() {
        match text[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// A quote opens a character where a closing one follows it or an escape; else it is a lifetime.
fn character_end(text: &[char], quote: usize) -> usize {
    match (text.get(quote + 1), text.get(quote + 2)) {
        (Some('\\'), _) => (find(text, quote + 3, |c| c == '\'') + 1).min(text.len()),
        (Some(_), Some('\'')) => quote + 3,
        _ => quote,
    }
}

/// `b"…"`, `c"…"`, `b'…'`, `r"…"`, `br#"…"#` and the like; a word or `r#name` is none.
fn prefixed_end(text: &[char], start: usize) -> usize {
    let prefix_end = word_end(text, start);
    let prefix: String = text[start..prefix_end].iter().collect();
    let hashes_end = find(text, prefix_end, |c| c != '#');
    let is_raw = matches!(prefix.as_str(), "r" | "br" | "cr");
    match text.get(hashes_end) {
        Some('"') if is_raw => raw_string_end(text, hashes_end, hashes_end - prefix_end),
        Some('"') if hashes_end == prefix_end && matches!(prefix.as_str(), "b" | "c") => string_end(text, hashes_end),
        Some('\'') if prefix == "b" => character_end(text, hashes_end),
        _ => start,
    }
}

fn raw_string_end(text: &[char], quote: usize, hashes: usize) -> usize {
    let mut at = quote + 1;
    while at < text.len() {
        let is_closed = text[at] == '"'
            && text
                .get(at + 1..at + 1 + hashes)
                .is_some_and(|tail| tail.iter().all(|c| *c == '#'));
        if is_closed {
            return at + 1 + hashes;
        }
        at += 1;
    }
    text.len()
}

fn word_end(text: &[char], start: usize) -> usize {
    find(text, start, |c| !is_word(c))
}

fn find(text: &[char], start: usize, wanted: impl Fn(char) -> bool) -> usize {
    (start..text.len()).find(|at| wanted(text[*at])).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squeezed(text: &str) -> String {
        code_only(text).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_and_literals_are_blanked() {
        for (text, code) in [
            ("a // b\nc", "a c"),
            ("a /* b /* c */ d */ e", "a e"),
            (r#"f("a \" b", 'c', '\'', '\u{1f}')"#, "f( , , , )"),
            (r##"f(r"a\", r#"b " c"#, b"d", br"e", c"g", b'h')"##, "f( , , , , , )"),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
            ("let r#type = attr\"x\";", "let r#type = attr ;"),
            ("\"no end", ""),
        ] {
            assert_eq!(squeezed(text), code, "{text}");
        }
    }

    #[test]
    fn lines_stay_where_they_are() {
        let text = "a\n/* b\nc */ \"d\ne\" f";
        assert_eq!(words(&code_only(text)).collect::<Vec<_>>(), [(1, "a"), (4, "f")]);
    }
}
