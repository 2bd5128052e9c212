//! How does the page begin?

use crate::measure::Machine;
use crate::server::Sockudo;

use super::figures::with_commas;
use super::results::Results;

/// What holds for all sections.
pub(super) fn whole(results: &Results) -> String {
    let Machine {
        processor,
        cores,
        memory_gibibytes,
        kernel,
        compiler,
        valgrind,
        commit,
    } = &results.machine;
    let mut text = format!(
        "<!-- Written by `cargo xtask bench`: don't edit. -->\n\n\
         # Performance\n\n\
         `cargo xtask bench` measures this and writes this page; it installs the peers, builds \
         for release, and needs two cores and some twenty minutes. Every figure is the median of \
         {rounds} rounds with the smallest and the largest behind it. Servers take turns, one \
         started anew for each round, so that whatever else the machine does meets all of them; \
         a ratio is that of two servers in the same round. Compare figures of one run with each \
         other, never with those of another run or machine.\n\n\
         - commit: {commit}\n",
        rounds = results.rounds,
    );
    for (name, version) in results.contenders.iter().zip(&results.versions) {
        text += &format!("- {name}: {version}\n");
    }
    text += &format!(
        "- built with {compiler}; instructions counted by {valgrind}\n\
         - {processor}, {cores} cores, {memory_gibibytes} GiB; Linux {kernel}\n\n\
         omnibusd runs with its default settings and one shard, but for pings, which are put off. \
         uWebSockets is the C library inside PyPI's `socketify`, driven by a C program of \
         [few lines](../bench/peers/uwebsockets.c): it knows no users, no bus and no bounds. nchan, \
         nats-server and mosquitto are Debian's, with [configurations](../bench/peers) in which \
         nothing is dropped, stored or compressed.{sockudo}\n\n\
         Each server is bound to one core, and all clients are in one thread on another. They know \
         beforehand which bytes must come, and compare them all: a message that is lost, doubled, \
         changed or out of order ends the benchmark. CPU time is that of all processes of the \
         server, kernel included. On the loopback the sender's system call also does the receiver's \
         half of TCP, so that the server pays for it; this is the same for all servers.\n",
        sockudo = sockudo(results)
    );
    text
}

/// What is special about Sockudo, where it was measured.
fn sockudo(results: &Results) -> String {
    if results.number_of(Sockudo::NAME).is_none() {
        return String::new();
    }
    format!(
        " Sockudo is that of crates.io, as `cargo install` builds it, with a configuration too. It \
         speaks the protocol of Pusher, where clients publish to private channels, which they have \
         joined with a signature, and don't hear themselves: its deliveries are one fewer a message. \
         It closes a client for whom more than {} messages wait, so that no more are under way to it.",
        with_commas(Sockudo::WAITING_MAX as u64)
    )
}

/// With what a section was measured that was measured alone.
pub(super) fn apart(results: &Results) -> String {
    let Machine {
        processor,
        cores,
        memory_gibibytes,
        kernel,
        compiler,
        commit,
        ..
    } = &results.machine;
    let version = results.versions.first().map_or("omnibusd", String::as_str);
    format!(
        "*Measured apart from the other sections, by `cargo xtask bench --only … --write`: commit \
         {commit}, {version} built with {compiler}; {} rounds; {processor}, {cores} cores, \
         {memory_gibibytes} GiB; Linux {kernel}.*",
        results.rounds
    )
}
