//! What is a connection told about its user?

use std::sync::Arc;
use std::time::Instant;

use crate::watch::Watch;

/// What a connection hears: first one verdict, and after [`Verdict::Granted`] any number of changes,
/// the last of which may be [`Told::Out`].
pub enum Told {
    /// The judgement of the token that was shown.
    Verdict(Verdict),
    /// The user has become staff, or is it no more.
    Changed {
        /// Which of the two.
        is_staff: bool,
    },
    /// The user may not be logged in any more: deactivated, or deleted.
    Out,
}

/// The judgement of a token.
pub enum Verdict {
    /// It is to be believed, and its user may log in.
    Granted(Grant),
    /// It is not, or they may not, or nobody knows now. Nobody is told which.
    Refused,
}

/// What a user may do now.
pub struct Grant {
    /// Whether they are staff.
    pub is_staff: bool,
    /// Whether the token lets them read only.
    pub read_only: bool,
    /// When the token runs out, if it ever does.
    pub expires_at: Option<Instant>,
    /// Keeps the changes coming; drop it to hear no more.
    pub watch: Watch,
}

/// Takes what a connection is told to where the connection is. It is called from any thread, may
/// not block, and may not call back into [`crate::Auth`] or drop a [`Watch`].
pub type Listener = Arc<dyn Fn(Told) + Send + Sync>;
