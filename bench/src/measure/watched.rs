//! What does callgrind_annotate tell of a program that has run?

use std::collections::BTreeMap;

/// Instructions by function, of what callgrind_annotate says; what the compiler has put into a
/// function is the function's.
pub(crate) fn annotated(text: &str) -> BTreeMap<String, u64> {
    let mut functions = BTreeMap::new();
    for line in text.lines() {
        let Some((count, place)) = line.split_once("%)") else {
            continue;
        };
        let count = count.split_whitespace().next().unwrap_or_default().replace(',', "");
        let (Ok(count), Some((_file, function))) = (count.parse::<u64>(), place.split_once(':')) else {
            continue;
        };
        let function = function.split(" [").next().unwrap_or(function).trim();
        *functions.entry(function.to_owned()).or_default() += count;
    }
    functions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_summed_over_their_files() {
        let text = "165,958 (100.0%)  PROGRAM TOTALS\n\
                    22,409 (13.50%)  ./malloc/malloc.c:_int_free [/usr/lib/libc.so.6]\n \
                    1,000 ( 0.60%)  hub.rs:omnibus_hub::hub::Hub::sequence\n   \
                    500 ( 0.30%)  atomic.rs:omnibus_hub::hub::Hub::sequence\n";
        let functions = annotated(text);
        assert_eq!(functions.len(), 2);
        assert_eq!(functions["_int_free"], 22_409);
        assert_eq!(functions["omnibus_hub::hub::Hub::sequence"], 1_500);
    }
}
