//! What has a run shown, as data? docs/bench.md says what each key means.

use serde_json::{Value, json};

use super::clock::SECOND;
use super::figures::{Figures, Received, Times};
use super::placement::Placement;
use super::plan::{Pace, Plan};

/// Everything that a report is made of.
pub(crate) struct Run<'a> {
    pub(crate) mode: &'static str,
    pub(crate) plan: &'a Plan,
    pub(crate) placement: Placement,
    pub(crate) figures: &'a Figures,
}

impl Run<'_> {
    /// Writes it as JSON.
    pub(crate) fn json(&self) -> Value {
        let (plan, figures) = (self.plan, self.figures);
        let all = figures.undisturbed();
        let (joining, publishing) = (&figures.joining, &figures.publishing);
        json!({
            "mode": self.mode,
            "version": env!("CARGO_PKG_VERSION"),
            "urls": plan.targets.iter().map(|target| &target.url).collect::<Vec<_>>(),
            "clients": plan.crowd.clients(),
            "rooms": plan.crowd.rooms,
            "publishers": plan.crowd.all_publishers(),
            "payload_bytes": plan.body_bytes,
            "rate": match plan.pace { Pace::Rate(rate) => json!(rate), _ => Value::Null },
            "in_flight": match plan.pace { Pace::InFlight(count) => json!(count), _ => Value::Null },
            "warmup_s": seconds(plan.warmup),
            "duration_s": seconds(plan.duration),
            "processes": self.placement.processes,
            "threads": self.placement.all_threads(),
            "sources": plan.sources.len(),
            "connect": {
                "attempted": joining.attempted,
                "connected": joining.joined,
                "failed": joining.failed,
                "seconds": seconds(self.joining_time()),
                "per_second": self.joined_per_second(),
                "ms": times(&joining.times),
            },
            "published": {
                "total": publishing.published,
                "measured": publishing.measured,
                "per_second": self.per_second(publishing.measured),
                "large": publishing.large,
                "unsent": publishing.unsent,
                "stalled": publishing.stalled,
            },
            "delivered": {
                "expected": all.expected,
                "total": all.delivered,
                "measured": all.measured,
                "per_second": self.per_second(all.measured),
                "bytes": all.bytes,
            },
            "lost": all.lost,
            "doubled": all.doubled,
            "out_of_order": all.out_of_order,
            "strays": all.strays,
            "foreign": all.foreign,
            "closed": all.closed,
            "latency_ms": times(&all.latency),
            "time_to_last_ms": times(&self.time_to_last()),
            "nodes": self.nodes(),
            "disturbed": {
                "never_read": disturbed(&figures.never_read),
                "slow_read": disturbed(&figures.slow_read),
                "channels": {
                    "made": figures.channels.made,
                    "left": figures.channels.left,
                    "refused": figures.channels.refused,
                    "skipped": figures.channels.skipped,
                },
            },
            "visits": {
                "attempted": figures.passengers.attempted,
                "connected": figures.passengers.joined,
                "failed": figures.passengers.failed,
                "skipped": figures.passengers.skipped,
                "measured": figures.passengers.times.count(),
                "per_second": self.per_second(figures.passengers.times.count()),
                "ms": times(&figures.passengers.times),
            },
            "generator": {
                "cpu_s": seconds(figures.cpu),
                "cores_used": self.cores_used(),
                "send_delay_ms": times(&figures.send_delay),
            },
            "clean": figures.is_clean(),
        })
    }

    fn nodes(&self) -> Vec<Value> {
        let nodes = self.plan.targets.iter().zip(&self.figures.nodes).enumerate();
        nodes
            .map(|(index, (target, node))| {
                json!({
                    "url": target.url,
                    "clients": node.clients,
                    "expected": node.expected,
                    "delivered": node.delivered,
                    "lost": node.lost,
                    "doubled": node.doubled,
                    "out_of_order": node.out_of_order,
                    "closed": node.closed,
                    "latency_ms": times(&node.latency),
                    "time_to_last_ms": times(&self.time_to_last_at(index)),
                })
            })
            .collect()
    }

    /// How long the crowd took to get in.
    pub(crate) fn joining_time(&self) -> u64 {
        let joining = &self.figures.joining;
        joining.to.unwrap_or(0).saturating_sub(joining.from.unwrap_or(0))
    }

    /// Clients that got in in a second.
    pub(crate) fn joined_per_second(&self) -> f64 {
        let time = self.joining_time();
        rounded(self.figures.joining.joined as f64 * SECOND as f64 / time.max(1) as f64)
    }

    /// So many in the measured time, as a rate.
    pub(crate) fn per_second(&self, count: u64) -> f64 {
        rounded(count as f64 * SECOND as f64 / self.plan.duration as f64)
    }

    /// Cores that the generator kept busy while it ran.
    pub(crate) fn cores_used(&self) -> f64 {
        rounded(self.figures.cpu as f64 / (self.plan.warmup + self.plan.duration) as f64)
    }

    /// For each message, when the last client had it.
    pub(crate) fn time_to_last(&self) -> Times {
        let messages = self.figures.last.iter().map(Vec::len).max().unwrap_or(0);
        let last = |message: usize| self.figures.last.iter().filter_map(move |node| node.get(message)).max();
        let mut times = Times::default();
        let known = (0..messages).filter_map(last).filter(|time| **time > 0);
        known.for_each(|time| times.record(*time));
        times
    }

    /// The same for the clients of one server.
    pub(crate) fn time_to_last_at(&self, node: usize) -> Times {
        let mut times = Times::default();
        let last = self.figures.last.get(node).into_iter().flatten();
        last.filter(|time| **time > 0).for_each(|time| times.record(*time));
        times
    }
}

fn disturbed(group: &Received) -> Value {
    json!({
        "clients": group.clients,
        "expected": group.expected,
        "delivered": group.delivered,
        "lost": group.lost,
        "closed": group.closed,
    })
}

fn times(times: &Times) -> Value {
    if times.count() == 0 {
        return Value::Null;
    }
    json!({
        "count": times.count(),
        "mean": rounded(times.mean() / 1e6),
        "p50": millis(times.percentile(50.0)),
        "p90": millis(times.percentile(90.0)),
        "p99": millis(times.percentile(99.0)),
        "p999": millis(times.percentile(99.9)),
        "max": millis(times.max()),
    })
}

/// Milliseconds with three places.
pub(crate) fn millis(nanoseconds: u64) -> f64 {
    rounded(nanoseconds as f64 / 1e6)
}

/// Seconds with three places.
pub(crate) fn seconds(nanoseconds: u64) -> f64 {
    rounded(nanoseconds as f64 / 1e9)
}

fn rounded(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}
