//! How do results become a page that can be read and repeated?

mod document;
mod figures;

pub(crate) use document::Results;
