//! How do results become a page that can be read and repeated?

mod bus;
mod busy;
mod conditions;
mod fan_out;
mod figures;
mod forms;
mod goals;
mod idle_memory;
mod latency;
mod opening;
mod ours;
mod page;
mod plot;
mod plots;
mod profile;
mod renewal;
mod results;
mod sockjs;
mod table;
mod variants;

pub(crate) use page::{page, renewed, sections};
pub(crate) use plots::draw as pictures;
pub(crate) use profile::page as profile_page;
pub(crate) use results::Results;
