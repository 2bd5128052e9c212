//! What does the benchmark measure, and where does it say so?

fn main() {}
