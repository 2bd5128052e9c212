//! How does a crate say what it counts?

/// Defines an enum `Counter` with a variant for each thing that is counted, its key and what it
/// counts, and the type `Counters` of their values.
///
/// ```
/// omnibus_counters::counters! {
///     Lost = "parcels_lost", "Parcels that nobody has seen again.";
/// }
/// let counters = Counters::default();
/// counters.count(Counter::Lost);
/// assert_eq!(counters.get(Counter::Lost), 1);
/// ```
#[macro_export]
macro_rules! counters {
    ($($name:ident = $key:literal, $doc:literal;)*) => {
        /// One thing that is counted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Counter { $(#[doc = $doc] $name,)* }

        impl $crate::Countable for Counter {
            const ALL: &'static [Self] = &[$(Self::$name,)*];

            fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)* }
            }

            fn doc(self) -> &'static str {
                match self { $(Self::$name => $doc,)* }
            }

            fn index(self) -> usize {
                self as usize
            }
        }

        /// The values of these counters; cheap to raise from any thread.
        pub type Counters = $crate::Counters<Counter>;
    };
}
