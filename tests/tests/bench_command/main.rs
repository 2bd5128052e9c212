//! Does `omnibus bench` measure what is there, and say so when something is wrong?

mod bench;
mod disturbances;
mod faults;
mod foreign;
mod modes;
