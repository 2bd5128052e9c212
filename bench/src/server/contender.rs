//! What must a server offer to be measured?

use std::fmt::Debug;
use std::process::Command;

use crate::error::Error;
use crate::load::Dialect;

use super::Site;

/// One server among those that are compared.
pub(crate) trait Contender: Debug {
    /// What tables call it.
    fn name(&self) -> &'static str;

    /// Its version, and those of the libraries that matter.
    ///
    /// # Errors
    /// It does not say.
    fn version(&self) -> Result<String, Error>;

    /// The command that serves at this site until it is terminated.
    ///
    /// # Errors
    /// Its configuration can't be written.
    fn command(&self, site: &Site) -> Result<Command, Error>;

    /// How its subscribers speak.
    fn dialect(&self) -> &'static dyn Dialect;

    /// How its publishers speak.
    fn publisher(&self) -> &'static dyn Dialect {
        self.dialect()
    }

    /// The clients that it serves at most.
    fn clients_max(&self) -> usize {
        usize::MAX
    }

    /// The messages that may wait for a client before it is closed.
    fn waiting_max(&self) -> usize {
        usize::MAX
    }

    /// Whether it carries 1,000 subscribers at 50 messages a second with room to spare.
    fn carries_much(&self) -> bool {
        true
    }

    /// Whether it has one core to itself, as all have that are compared with each other.
    fn is_pinned(&self) -> bool {
        true
    }
}
