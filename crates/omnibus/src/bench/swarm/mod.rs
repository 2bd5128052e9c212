//! What does one thread of the generator do, from the first connection to the last figure?

mod disturbing;
mod joining;
mod listening;
mod publishing;
mod settling;
mod thread;
mod visiting;

pub(crate) use thread::{Swarm, Ties};
