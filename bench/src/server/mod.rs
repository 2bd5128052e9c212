//! How is one server started, found and stopped?

mod cluster;
mod contender;
mod copier;
mod observed;
mod original;
mod ours;
mod peers;
mod process;
mod relay;
mod site;
mod sockudo;

pub(crate) use cluster::{Cluster, Clustered};
pub(crate) use contender::Contender;
pub(crate) use copier::run as copy_bytes;
pub(crate) use observed::Observed;
pub(crate) use original::Original;
pub(crate) use ours::Ours;
pub(crate) use peers::{Packaged, UWebSockets};
pub(crate) use process::Process;
pub(crate) use relay::{Relay, Relaying, python};
pub(crate) use site::Site;
pub(crate) use sockudo::Sockudo;
