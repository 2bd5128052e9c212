//! What does the page say?

use std::fmt::{self, Write as _};
use std::time::Duration;

use crate::cases::bus::Bus;
use crate::cases::fan_out::{Comparison, ONE, SIXTEEN};
use crate::cases::idle_memory::IdleMemory;
use crate::cases::instructions;
use crate::cases::sockjs::SockJs;
use crate::load::BODY_BYTES;
use crate::measure::Machine;

use super::figures::{Spread, shown, with_commas};
use super::{bus, page, sockjs};

/// What the project promises: so many times less CPU than the original, in this measurement.
const TARGET: f64 = 50.0;
const TARGET_SUBSCRIBERS: usize = 1_000;

/// Everything that was measured; shown as the page.
#[derive(Debug, Default)]
pub(crate) struct Results {
    pub(crate) machine: Machine,
    /// Names of the servers; ours comes first.
    pub(crate) contenders: Vec<&'static str>,
    pub(crate) versions: Vec<String>,
    pub(crate) rounds: u32,
    pub(crate) time: Duration,
    pub(crate) fan_out: Vec<Comparison>,
    /// By contender.
    pub(crate) idle_memory: Vec<IdleMemory>,
    /// Of ours, per delivery, by round.
    pub(crate) instructions: Option<Vec<f64>>,
    pub(crate) sockjs: Option<SockJs>,
    pub(crate) bus: Option<Bus>,
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.opening(f)?;
        f.write_str(&self.sections()?)
    }
}

impl Results {
    /// The page with these sections in the place of those of the same titles. Each of them says
    /// what it was measured with: the page's opening speaks of the others.
    pub(crate) fn put_into(&self, page: &str) -> String {
        let sections = self.sections().expect("a string takes all that is written");
        page::put(page, &sections, &self.apart())
    }

    fn sections(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        let f = &mut text;
        if !self.fan_out.is_empty() {
            self.fan_out(f)?;
        }
        if !self.idle_memory.is_empty() {
            self.idle_memory(f)?;
        }
        if let Some(rounds) = &self.instructions {
            self.instructions(rounds, f)?;
        }
        if let Some(results) = &self.sockjs {
            sockjs::write(results, self.time, f)?;
        }
        if let Some(results) = &self.bus {
            bus::write(results, f)?;
        }
        Ok(text)
    }

    /// With what a section was measured that was measured alone.
    fn apart(&self) -> String {
        let Machine {
            processor,
            cores,
            memory_gibibytes,
            kernel,
            compiler,
            commit,
            ..
        } = &self.machine;
        let version = self.versions.first().map_or("omnibusd", String::as_str);
        format!(
            "*Measured apart from the other sections, by `cargo xtask bench --only … --write`: commit \
             {commit}, {version} built with {compiler}; {} rounds; {processor}, {cores} cores, \
             {memory_gibibytes} GiB; Linux {kernel}.*",
            self.rounds
        )
    }

    fn opening(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine {
            processor,
            cores,
            memory_gibibytes,
            kernel,
            compiler,
            valgrind,
            commit,
        } = &self.machine;
        write!(
            f,
            "<!-- Written by `cargo xtask bench`: don't edit. -->\n\n\
             # Performance\n\n\
             `cargo xtask bench` measures this and writes this page; it installs the original, \
             builds for release, and needs two cores and some minutes. Every figure is the median \
             of {rounds} rounds with the smallest and the largest behind it. Servers take turns, \
             one started anew for each round, so that whatever else the machine does meets all of \
             them. Compare figures of one run with each other, never with those of another run or \
             machine.\n\n\
             - commit: {commit}\n",
            rounds = self.rounds,
        )?;
        for (name, version) in self.contenders.iter().zip(&self.versions) {
            writeln!(f, "- {name}: {version}")?;
        }
        writeln!(
            f,
            "- built with {compiler}; instructions counted by {valgrind}\n\
             - {processor}, {cores} cores, {memory_gibibytes} GiB; Linux {kernel}"
        )
    }

    fn fan_out(&self, f: &mut String) -> fmt::Result {
        writeln!(
            f,
            "\n## One channel, many subscribers\n\n\
             CPU time of the server's process, kernel included, for a million deliveries. One \
             client publishes {BODY_BYTES} bytes at a time; it and all subscribers get each message, as one \
             WebSocket frame each, over the loopback. *{}*: the publisher is so many messages \
             ahead of the slowest client, and writes as many at once as it may; *{}*: it waits \
             until all have the last message. omnibusd writes to each subscriber once for all \
             that it has read at once, so that a delivery costs less the more are in flight. Each measurement lasts {} s, after a warm-up of a \
             quarter of that.\n\n\
             The server is bound to one core and has one shard; all clients are in one thread on \
             another core. They know beforehand which bytes must come, and compare them all: a \
             message that is lost, doubled, changed or out of order ends the benchmark. On the \
             loopback the sender's system call also does the receiver's half of TCP, so that the \
             server pays for it; this is the same for all servers.\n",
            SIXTEEN.name,
            ONE.name,
            self.time.as_secs_f64(),
        )?;
        let columns = self
            .contenders
            .iter()
            .map(|name| format!(" {name}: CPU s per million | {name}: deliveries per CPU s |"));
        let ratios = self.contenders[1..].iter().map(|name| format!(" {name} ÷ ours |"));
        let head: String = columns.chain(ratios).collect();
        writeln!(f, "| subscribers | mode |{head}")?;
        writeln!(f, "|---:|---|{}", "---:|".repeat(3 * self.contenders.len() - 1))?;
        for comparison in &self.fan_out {
            write!(
                f,
                "| {} | {} |",
                with_commas(comparison.subscribers as u64),
                comparison.mode.name
            )?;
            for costs in &comparison.costs {
                let per_million = costs.iter().map(|cost| cost.cpu_seconds_per_million());
                let per_second = costs.iter().map(|cost| cost.deliveries_per_cpu_second());
                write!(f, " {} | {} |", shown(per_million), shown(per_second))?;
            }
            for peer in 1..self.contenders.len() {
                write!(f, " {} |", shown(comparison.ratios_to_first(peer)))?;
            }
            writeln!(f)?;
        }
        self.target(f)
    }

    /// Whether the promise holds against the original, which comes second.
    fn target(&self, f: &mut String) -> fmt::Result {
        let measured = self
            .fan_out
            .iter()
            .find(|comparison| comparison.subscribers == TARGET_SUBSCRIBERS && comparison.mode == SIXTEEN)
            .and_then(|comparison| Spread::of(comparison.ratios_to_first(1)));
        let Some(ratio) = measured else { return Ok(()) };
        let verdict = if ratio.median >= TARGET { "met" } else { "not met" };
        writeln!(
            f,
            "\nThe project's target is {TARGET} times less CPU than the original at {} subscribers, {}: {verdict}.",
            with_commas(TARGET_SUBSCRIBERS as u64),
            SIXTEEN.name
        )
    }

    fn idle_memory(&self, f: &mut String) -> fmt::Result {
        writeln!(
            f,
            "\n## Idle connections\n\n\
             What the process's anonymous memory (`RssAnon`) grows by until all clients are \
             authenticated, subscribed to one channel and silent. The kernel's memory for sockets \
             is not in it. The original ends connections from the 1,022nd on, and so is measured \
             with fewer.\n\n\
             | server | connections | bytes per connection | MiB in all |\n|---|---:|---:|---:|"
        )?;
        for (name, memory) in self.contenders.iter().zip(&self.idle_memory) {
            let mebibytes = memory.bytes.iter().map(|(_, after)| *after as f64 / f64::from(1 << 20));
            writeln!(
                f,
                "| {name} | {} | {} | {} |",
                with_commas(memory.connections as u64),
                shown(memory.per_connection()),
                shown(mebibytes)
            )?;
        }
        Ok(())
    }

    fn instructions(&self, rounds: &[f64], f: &mut String) -> fmt::Result {
        let [few, many] = instructions::MESSAGES.map(with_commas);
        writeln!(
            f,
            "\n## Instructions\n\n\
             {} instructions per delivery with {} subscribers, {}: what {} executes outside the \
             kernel, counted by valgrind's callgrind, which a busy machine does not disturb. Two \
             runs, of {few} and of {many} messages, are subtracted, so that start and stop are not \
             in it; what a message costs once is spread over its deliveries.",
            shown(rounds.iter().copied()),
            with_commas(instructions::SUBSCRIBERS as u64),
            SIXTEEN.name,
            self.contenders[0],
        )
    }
}
