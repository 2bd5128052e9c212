//! What do the fuzz targets share?
//!
//! Each target holds one parser against properties: that the way a stream is cut changes nothing,
//! that limits hold, and that a second, plainer reading of the same bytes comes to the same
//! result. The second readings stand here; they share no code with what they check and take
//! neither speed nor memory into account.

pub mod bodies;
pub mod frames;
pub mod input;
pub mod names;
pub mod pieces;
pub mod zmtp;
pub mod zmtp_again;
pub mod zmtp_script;
