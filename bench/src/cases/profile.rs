//! Where does a delivery's time go, inside the kernel and outside?

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, process};

use crate::error::Error;
use crate::load::{Crowd, Until};
use crate::measure::{self, Callgrind, annotated};
use crate::server::{Contender, Process};

use super::fan_out::{SIXTEEN, THOUSAND, guests, pace};
use super::turns::Setting;

/// Two counted runs differ in the number of messages alone, so that start and stop cancel out.
const MESSAGES: [u64; 2] = [160, 1_120];

/// Samples a second of the server's time on its core.
const FREQUENCY: &str = "4000";

/// Everything that was found.
#[derive(Debug)]
pub(crate) struct Profile {
    /// CPU for a delivery, without anybody watching.
    pub(crate) nanos: f64,
    /// Of all samples, by where they were taken, most first.
    pub(crate) samples: Vec<Sample>,
    /// Instructions for a delivery outside the kernel, by function.
    pub(crate) instructions: Vec<(String, f64)>,
}

/// A function, and its part of all samples.
#[derive(Debug, PartialEq)]
pub(crate) struct Sample {
    /// Of one hundred.
    pub(crate) percent: f64,
    /// The program or library, or the kernel.
    pub(crate) object: String,
    pub(crate) function: String,
}

impl Sample {
    pub(crate) fn is_kernel(&self) -> bool {
        self.object.starts_with('[')
    }
}

/// Looks at fan-out to 1,000 subscribers, 16 in flight, from three sides.
///
/// # Errors
/// The server fails, or perf or valgrind does not run.
pub(crate) fn run(setting: &Setting, ours: &dyn Contender) -> Result<Profile, Error> {
    eprintln!("profile: time");
    let server = Process::start(ours, &setting.cores)?;
    let mut crowd = Crowd::join(server.address(), guests(ours, THOUSAND))?;
    crowd.converse(pace(SIXTEEN, Until::Elapsed(setting.time / 4)))?;
    let before = server.cpu_time()?;
    let run = crowd.converse(pace(SIXTEEN, Until::Elapsed(setting.time)))?;
    let spent = server.cpu_time()?.saturating_sub(before);
    let nanos = spent.as_nanos() as f64 / run.deliveries as f64;
    eprintln!("profile: samples");
    let samples = sampled(server.id(), setting.time * 4, |time| {
        crowd.converse(pace(SIXTEEN, Until::Elapsed(time))).map(drop)
    })?;
    drop(crowd);
    server.stop()?;
    Ok(Profile {
        nanos,
        samples,
        instructions: per_delivery("instructions", |messages| {
            let callgrind = Callgrind::new();
            walk(setting, ours, messages, |command| callgrind.wrap(&command))?;
            Ok(annotated(&callgrind.annotate()?))
        })?,
    })
}

/// Takes samples of a process while `work` goes on.
fn sampled(
    server: u32,
    time: Duration,
    work: impl FnOnce(Duration) -> Result<(), Error>,
) -> Result<Vec<Sample>, Error> {
    let file = env::temp_dir().join(format!("omnibus-bench-{}.perf", process::id()));
    let mut perf = Command::new("perf")
        .args(["record", "--quiet", "--event", "cpu-clock", "--freq", FREQUENCY])
        .args(["--pid", &server.to_string()])
        .arg("--output")
        .arg(&file)
        .args(["--", "sleep", &time.as_secs_f64().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|source| Error::NotRun {
            program: "perf".to_owned(),
            source,
        })?;
    // A little longer, so that there is no sample of a server that rests.
    let worked = work(time + time / 4);
    perf.wait().map_err(Error::system("wait for perf"))?;
    worked?;
    let report = measure::said(
        Command::new("perf")
            .args(["report", "--stdio", "--no-children", "--sort", "dso,symbol", "--input"])
            .arg(&file),
    )?;
    std::fs::remove_file(&file).map_err(Error::file(&file))?;
    Ok(report.lines().filter_map(sample).collect())
}

/// Reads `    30.51%  [kernel.kallsyms]  [k] _copy_from_iter`.
fn sample(line: &str) -> Option<Sample> {
    let (percent, rest) = line.trim().split_once('%')?;
    let (object, rest) = rest.trim().split_once(' ')?;
    let (_kind, function) = rest.trim().split_once("] ")?;
    Some(Sample {
        percent: percent.parse().ok()?,
        object: object.to_owned(),
        // Columns of what was not sampled may follow.
        function: function.split("  ").next()?.to_owned(),
    })
}

/// What two runs differ in, for each delivery, most first.
fn per_delivery(
    what: &str,
    count: impl Fn(u64) -> Result<BTreeMap<String, u64>, Error>,
) -> Result<Vec<(String, f64)>, Error> {
    eprintln!("profile: {what}");
    let [few, many] = [count(MESSAGES[0])?, count(MESSAGES[1])?];
    let deliveries = ((MESSAGES[1] - MESSAGES[0]) * (THOUSAND.subscribers as u64 + 1)) as f64;
    let each = many.into_iter().map(|(name, many)| {
        let more = many.saturating_sub(few.get(&name).copied().unwrap_or_default());
        (name, more as f64 / deliveries)
    });
    let mut each: Vec<(String, f64)> = each.filter(|(_, count)| *count > 0.0).collect();
    each.sort_by(|one, other| other.1.total_cmp(&one.1));
    Ok(each)
}

/// A whole life of a server, which is watched.
fn walk(
    setting: &Setting,
    ours: &dyn Contender,
    messages: u64,
    by: impl FnOnce(Command) -> Command,
) -> Result<(), Error> {
    let server = Process::start_by(ours, &setting.cores, by)?;
    let mut crowd = Crowd::join(server.address(), guests(ours, THOUSAND))?;
    crowd.converse(pace(SIXTEEN, Until::Messages(messages)))?;
    drop(crowd);
    server.stop()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_read_and_a_remark_is_not() {
        let line = "    30.51%  [kernel.kallsyms]  [k] _copy_from_iter       -      -  ";
        let read = sample(line).unwrap();
        assert!(read.is_kernel() && read.percent == 30.51 && read.function == "_copy_from_iter");
        let own = sample("     3.07%  omnibusd           [.] omnibus_hub::shard::Shard::run").unwrap();
        assert!(!own.is_kernel() && own.function == "omnibus_hub::shard::Shard::run");
        assert_eq!(sample("# Samples: 6K of event 'cpu-clock'"), None);
    }
}
