//! What does the page say of compression, and of TLS?

use std::fmt::{self, Write as _};
use std::time::Duration;

use crate::cases::compression::{Compression, READINGS};
use crate::cases::fan_out::{Comparison, THOUSAND};
use crate::cases::forms::InForms;

use super::figures::{Spread, rounded, with_commas};
use super::forms::Forms;

/// What the project promises: at most so many times the CPU of plain messages, and one
/// compression for each publication.
pub(super) const TARGET: f64 = 1.3;

/// Appends the section of compression.
pub(super) fn compression(results: &Compression, time: Duration, f: &mut String) -> fmt::Result {
    let [text, compressed] = results.bytes;
    writeln!(
        f,
        "\n## Compression\n\n\
         The same publications to {} subscribers that have all agreed on `permessage-deflate` with \
         `server_no_context_takeover` and `client_no_context_takeover`, or have not asked for it, of \
         an omnibusd with `--websocket-compression`. A publication is a text of {} bytes with readings \
         of sensors, more than `websocket.compression_bytes_min` asks for, and becomes some {} \
         bytes. The publisher talks plainly. The clients take no frame for a compressed one that has \
         no RSV1; one of them inflates each message and compares it with what was published, and \
         all others compare every byte with what that one got, so that a message is seen to be \
         compressed once for all. Forms take turns, {} s each and a server started anew for each \
         round; the ratio is that of one round.\n\n\
         One compression of such a publication, by the same library at the same level in a loop of \
         its own, takes {} µs. The last column has it taken off once for each publication.\n",
        with_commas(READINGS.subscribers as u64),
        with_commas(text as u64),
        compressed,
        time.as_secs_f64(),
        rounded(results.once.as_secs_f64() * 1e6),
    )?;
    let forms = Forms {
        head: "messages",
        names: &results.forms,
    };
    let less = |comparison: &Comparison| results.ratios_less_compression(comparison);
    forms.costs(&results.fan_out, Some(("÷ plain, less the compressions", &less)), f)?;
    let is_missed = |comparison: &&Comparison| Spread::of(less(comparison)).is_none_or(|less| less.median > TARGET);
    let missed: Vec<&str> = results
        .fan_out
        .iter()
        .filter(is_missed)
        .map(|comparison| comparison.mode.name)
        .collect();
    let verdict = match missed.len() {
        0 => "met in both modes".to_owned(),
        _ => format!("missed with {}", missed.join(" and ")),
    };
    writeln!(
        f,
        "\nThe project's target is at most {TARGET} times the CPU of plain messages, and one \
         compression a publication: {verdict}."
    )
}

/// Appends the section of TLS.
pub(super) fn tls(results: &InForms, time: Duration, f: &mut String) -> fmt::Result {
    writeln!(
        f,
        "\n## TLS\n\n\
         The same publications to {} subscribers that speak TLS, with rustls at both ends and what \
         that chooses by default, or don't. Every subscriber has keys of its own, so that each gets \
         its own encryption of what is written once without TLS. The clients decrypt and compare \
         every byte. Forms take turns, {} s each and a server started anew for each round; the ratio \
         is that of one round.\n",
        with_commas(THOUSAND.subscribers as u64),
        time.as_secs_f64(),
    )?;
    let forms = Forms {
        head: "clients",
        names: &results.names,
    };
    forms.costs(&results.fan_out, None, f)?;
    forms.memory(&results.idle_memory, f)
}
