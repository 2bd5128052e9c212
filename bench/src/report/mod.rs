//! How do results become a page that can be read and repeated?

mod bus;
mod document;
mod figures;
mod page;
mod sockjs;

pub(crate) use document::Results;
