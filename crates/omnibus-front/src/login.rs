//! How does a client come to be judged, and hear what becomes of it?
//!
//! ```text
//!          ask                     Verdict: granted
//! Idle ──────────▶ Waiting ──────────────────────▶ Watching ──▶ changes, for as long as it is held
//!   ▲                 │ Verdict: refused               │
//!   └─────────────────┴────────────────────────────────┘ ask: the next attempt
//! ```

use std::any::Any;
use std::net::IpAddr;
use std::sync::Arc;

use omnibus_auth::{Auth, Listener, Request, Told, Verdict, Watch};
use omnibus_hub::Context;
use omnibus_protocol::{Identifier, IdentifierBuf};
use omnibus_session::{Credentials, Grant, Outcome, Standing};

/// A client's attempts to prove who it is; only who has made one has this.
#[derive(Default)]
pub(crate) struct Login {
    /// Which attempt is the present one: what others are told of is stale.
    attempt: u64,
    /// What the client wants to be called, while it waits for its verdict.
    waiting_as: Option<IdentifierBuf>,
    /// The user whose token is judged, or was believed.
    user: Option<Box<str>>,
    /// Keeps what changes coming.
    watch: Option<Watch>,
}

/// What comes to the connection's own thread.
pub(crate) struct Heard {
    attempt: u64,
    told: Told,
}

/// What came of it.
pub(crate) enum News {
    /// The verdict that the client waits for, and what it is called from now on.
    Verdict(IdentifierBuf, Option<Grant>),
    /// The user has become staff, or is it no more.
    Changed(Standing),
    /// The user may not be logged in any more.
    Out,
}

impl Login {
    /// Whether the client's next message has to wait for a verdict.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting_as.is_some()
    }

    /// The key of the user who the client has proved to be.
    pub(crate) fn user(&self) -> Option<&str> {
        self.watch.as_ref().and(self.user.as_deref())
    }

    /// The client has become somebody who has proved nothing: what its last user becomes is nothing
    /// to it any more.
    pub(crate) fn forget(&mut self) {
        self.attempt += 1;
        self.user = None;
        self.watch = None;
    }

    /// Has credentials judged; what comes of it is told to the peer that `context` is of.
    pub(crate) fn ask(&mut self, auth: &Auth, credentials: Credentials<'_>, address: IpAddr, context: &Context<'_>) {
        self.attempt += 1;
        self.waiting_as = Some(credentials.identifier.into());
        self.watch = None;
        let (post, peer, attempt) = (context.post(), context.peer_id(), self.attempt);
        let listener: Listener = Arc::new(move |told| post.tell(peer, Box::new(Heard { attempt, told })));
        let proof = credentials.proof.unwrap_or_default();
        self.user = proof.split_once(':').map(|(user, _)| user.into());
        auth.judge(&Request { proof, address }, &listener);
    }

    /// Takes in what was told; `None` if it is none of the present attempt.
    pub(crate) fn hear(&mut self, heard: Heard) -> Option<News> {
        if heard.attempt != self.attempt {
            return None;
        }
        match heard.told {
            Told::Verdict(verdict) => {
                let identifier = self.waiting_as.take()?;
                let grant = match verdict {
                    Verdict::Refused => None,
                    Verdict::Granted(granted) => {
                        self.watch = Some(granted.watch);
                        Some(Grant {
                            standing: standing(granted.is_staff),
                            read_only: granted.read_only,
                            expires_at: granted.expires_at,
                        })
                    }
                };
                Some(News::Verdict(identifier, grant))
            }
            Told::Changed { is_staff } => Some(News::Changed(standing(is_staff))),
            Told::Out => Some(News::Out),
        }
    }
}

impl Heard {
    /// Finds out whether something that a peer was told is of this kind.
    ///
    /// # Errors
    /// It is not, and is given back.
    pub(crate) fn of(told: Box<dyn Any + Send>) -> Result<Self, Box<dyn Any + Send>> {
        told.downcast::<Self>().map(|heard| *heard)
    }
}

/// The judgement as the session takes it.
pub(crate) fn outcome(identifier: Identifier<'_>, grant: Option<Grant>) -> Outcome<'_> {
    match grant {
        Some(grant) => Outcome::Granted { identifier, grant },
        None => Outcome::Refused,
    }
}

fn standing(is_staff: bool) -> Standing {
    if is_staff {
        Standing::Staff
    } else {
        Standing::Identified
    }
}
