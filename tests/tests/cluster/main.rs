//! Do several servers, ours and the original, behave as one?

mod answered;
mod connections;
mod link_cuts;
mod narrow;
mod outages;
mod pairings;
mod restarts;
mod server;
mod shapes;
mod stops;
mod unwanted;
