//! How do the two ends prove who they are before traffic begins?
//!
//! ```text
//!             greetings                handshake                       traffic
//!  Connector ──────────▶ begin() ──▶ on_command() … ──▶ Outcome::Done ────────▶
//!  Listener  ──────────▶ (waits) ──▶ on_command() … ──▶ Outcome::Done ────────▶
//! ```
//!
//! A mechanism owns everything between the greetings and the first message.
//! Whatever it is, the connector's properties arrive before the listener has to
//! send its READY: in READY itself (NULL), or in INITIATE (PLAIN, RFC 24; CURVE,
//! RFC 25). So a listener learns the peer's socket type in time to choose its
//! own. A further mechanism is one more variant of [`Mechanism`] and of
//! [`Handshake`], and one more of [`Outcome`] if it takes several commands. CURVE
//! seals its traffic into MESSAGE commands: those would be opened between the
//! reader and the traffic.

use crate::command::{self, Command};
use crate::config::{Config, Role};
use crate::encode::encode_command;
use crate::error::{Error, quoted};
use crate::mechanism::Mechanism;
use crate::metadata::{self, Metadata};
use crate::socket_type::SocketType;

/// The handshake of one connection, from the greetings to READY.
#[derive(Debug)]
pub(crate) enum Handshake {
    /// NULL keeps nothing: the first command is the last.
    Null,
}

/// Says where a handshake stands after a command.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Both ends have said what they must.
    Done {
        ours: SocketType,
        peers: SocketType,
        properties: Vec<(String, Vec<u8>)>,
    },
}

impl Handshake {
    /// Begins after the peer's greeting: a connector speaks first.
    pub(crate) fn begin(config: &Config, out: &mut Vec<u8>) -> Self {
        match config.mechanism {
            Mechanism::Null => {
                if let Role::Connector { socket_type } = config.role {
                    push_ready(socket_type, config, out);
                }
                Self::Null
            }
        }
    }

    /// Takes a command of the peer; an error is for the caller to tell the peer.
    pub(crate) fn on_command(
        &mut self,
        command: Command<'_>,
        config: &Config,
        out: &mut Vec<u8>,
    ) -> Result<Outcome, Error> {
        if command.name == command::ERROR {
            let reason = command::error_reason(command.data);
            return Err(Error::Peer { reason });
        }
        match self {
            Self::Null => null_ready(command, config, out),
        }
    }
}

/// NULL: the peer's READY ends the handshake; a listener answers it with its own.
fn null_ready(command: Command<'_>, config: &Config, out: &mut Vec<u8>) -> Result<Outcome, Error> {
    if command.name != command::READY {
        return Err(command.unexpected("before READY"));
    }
    let metadata = metadata::read_metadata(command.data, config.limits.properties_max)?;
    let (ours, peers) = match_socket_types(&metadata, config.role)?;
    if matches!(config.role, Role::Listener { .. }) {
        push_ready(ours, config, out);
    }
    Ok(Outcome::Done {
        ours,
        peers,
        properties: metadata.properties,
    })
}

/// Finds our socket type for the peer's, or refuses it.
fn match_socket_types(metadata: &Metadata, role: Role) -> Result<(SocketType, SocketType), Error> {
    let accepted = match role {
        Role::Listener { accepts } => accepts.in_words(),
        Role::Connector { socket_type } if socket_type.is_publisher() => "SUB or XSUB",
        Role::Connector { .. } => "PUB or XPUB",
    };
    let Some(named) = &metadata.socket_type else {
        return Err(Error::NoSocketType { accepted });
    };
    SocketType::from_wire(named)
        .and_then(|peers| Some((our_type(role, peers)?, peers)))
        .ok_or_else(|| Error::WrongSocketType {
            peer: quoted(named),
            accepted,
        })
}

fn our_type(role: Role, peers: SocketType) -> Option<SocketType> {
    let ours = match role {
        Role::Listener { accepts } => accepts.answer(peers)?,
        Role::Connector { socket_type } => socket_type,
    };
    ours.talks_to(peers).then_some(ours)
}

fn push_ready(socket_type: SocketType, config: &Config, out: &mut Vec<u8>) {
    let mut data = Vec::new();
    metadata::push_metadata(socket_type, &config.properties, &mut data);
    encode_command(command::READY, &data, out);
}
