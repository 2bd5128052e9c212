//! Do counters count, each for itself?

use omnibus_counters::Countable;

omnibus_counters::counters! {
    A = "a", "Things of the first kind.";
    B = "b", "Things of the second kind.";
    C = "c", "Things of the third kind.";
    D = "d", "Things of the fourth kind.";
    E = "e", "Things of the fifth kind.";
    F = "f", "Things of the sixth kind.";
    G = "g", "Things of the seventh kind.";
    H = "h", "Things of the eighth kind.";
    I = "i", "Things of the ninth kind.";
}

#[test]
fn each_counter_has_a_value_of_its_own_and_those_at_nought_are_not_named() {
    let counters = Counters::default();
    for (index, &counter) in Counter::ALL.iter().enumerate() {
        counters.add(counter, index as u64);
    }
    counters.count(Counter::I);
    let named: Vec<_> = counters.nonzero().collect();
    assert_eq!(named.len(), 8);
    assert_eq!((named[0], named[7]), (("b", 1), ("i", 9)));
    assert_eq!(Counter::B.doc(), "Things of the second kind.");
}
