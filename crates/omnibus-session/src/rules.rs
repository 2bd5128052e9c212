//! What is the same for every session of a node?

use omnibus_protocol::{BodyPolicy, Limits};

use crate::authentication::Authenticator;
use crate::namespace::Namespaces;

/// The rules that all sessions of a node share. Build it once from the
/// settings and lend it to every call.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The bounds on what a client may send.
    pub limits: Limits,
    /// What is asked of published bodies.
    pub body: BodyPolicy,
    /// Who decides who a client is.
    pub authenticator: Authenticator,
    /// Who may do what in which channels.
    pub namespaces: Namespaces,
}
