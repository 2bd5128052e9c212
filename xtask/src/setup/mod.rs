//! What do the tests need on this machine, and how does it get there?

mod apt;
mod command;
mod node;
mod peers;
mod python;
mod rivals;

pub(crate) use command::command;
pub(crate) use peers::{DJANGO_42, DJANGO_52, Peers, django_52, install};
pub(crate) use python::{make_venv, pip_install};
pub(crate) use rivals::install as install_rivals;
