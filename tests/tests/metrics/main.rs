//! Do metrics say what happens, in a form that others read?

mod bounds;
mod compression;
mod figures;
mod link;
mod page;
mod scraper;
mod slow;
