//! What does the page say of clients that are silent?

use std::fmt::{self, Write as _};

use crate::cases::idle_memory::{BURST, Bytes};

use super::figures::with_commas;
use super::plots;
use super::results::Results;
use super::table::{self, Column};

/// Writes the section.
pub(super) fn write(results: &Results, f: &mut String) -> fmt::Result {
    writeln!(
        f,
        "\n## Idle connections\n\n\
         What the server's memory (`RssAnon`, and `RssShmem` once) grows by, divided by the clients \
         that have come: all are authenticated, subscribed to one channel and silent. The kernel's \
         memory for sockets is not in it. The burst is {BURST} messages to all; the figure behind it \
         is taken a second later. The original ends connections from the 1,022nd on."
    )?;
    for memory in &results.idle_memory {
        write!(f, "\n{} connections:\n", with_commas(memory.connections as u64))?;
        let column = |head, figure, is_compared| Column {
            head,
            rounds: &memory.bytes,
            figure,
            is_compared,
        };
        table::write(
            results,
            &[
                column("bytes each", &Bytes::per_connection, true),
                column("after a burst", &Bytes::per_connection_after_burst, false),
                column("MiB in all", &Bytes::mebibytes, false),
            ],
            f,
        )?;
    }
    writeln!(f, "\n{}", plots::shown(plots::MEMORY))
}
