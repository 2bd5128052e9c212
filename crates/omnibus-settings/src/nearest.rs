//! Which known name does an unknown one look most like?

/// How alike two names must be, from 0 (nothing in common) to 1 (the same), to be proposed.
const LIKENESS_MIN: f64 = 0.75;

/// Finds the known name that is most like `name`, if any is like enough.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |candidate: &str| {
        let (name, candidate) = (name.to_ascii_lowercase(), candidate.to_ascii_lowercase());
        // Damerau finds slips of the pen; Jaro and Winkler alone would propose any name with the
        // same beginning.
        strsim::normalized_damerau_levenshtein(&name, &candidate)
    };
    known
        .into_iter()
        .map(|candidate| (likeness(candidate), candidate))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_recognised_and_a_stranger_is_not() {
        let known = ["server.port", "server.page", "bus.forwarder"];
        assert_eq!(nearest("server.prot", known), Some("server.port"));
        assert_eq!(nearest("bus.forwader", known), Some("bus.forwarder"));
        assert_eq!(nearest("redis.url", known), None);
        assert_eq!(nearest("", known), None);
    }
}
