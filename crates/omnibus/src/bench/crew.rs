//! Where do the threads of a run live, and how are they spoken to?
//!
//! In this process, or in children of it. To the parent both are the same: orders go to all, and
//! reports come from each.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use mio::Waker;

use crate::error::Error;

use super::orders::{Assignment, Order, Report};
use super::placement::Placement;
use super::plan::{Plan, Share};
use super::swarm::{Swarm, Ties};

/// Reports that may wait for the parent; threads wait while they do.
const REPORTS_MAX: usize = 4_096;

/// The longest line between processes: figures of 100,000 messages, and more.
const LINE_BYTES_MAX: u64 = 256 << 20;

/// The name of the mode in which a child process runs.
pub(crate) const WORKER: &str = "worker";

/// All threads of a run.
pub(crate) struct Crew {
    parts: Vec<Part>,
    reports: Receiver<(u32, Report)>,
}

enum Part {
    Thread {
        orders: Sender<Order>,
        waker: Waker,
        handle: JoinHandle<()>,
    },
    Process {
        child: Child,
        orders: ChildStdin,
    },
}

impl Crew {
    /// Starts threads in this process.
    ///
    /// # Errors
    /// [`Error::Generator`].
    pub(crate) fn of_threads(plan: &Arc<Plan>, first: u32, threads: u32, of: u32) -> Result<Self, Error> {
        let (sender, reports) = sync_channel(REPORTS_MAX);
        let start = |number| {
            let share = Share {
                index: first + number,
                of,
            };
            start_thread(plan, share, number == 0, sender.clone())
        };
        let parts = (0..threads).map(start).collect::<Result<_, _>>()?;
        Ok(Self { parts, reports })
    }

    /// Starts child processes.
    ///
    /// # Errors
    /// [`Error::Generator`].
    pub(crate) fn of_processes(plan: &Plan, placement: Placement) -> Result<Self, Error> {
        let (sender, reports) = sync_channel(REPORTS_MAX);
        let mut crew = Self {
            parts: Vec::new(),
            reports,
        };
        for process in 0..placement.processes {
            let assignment = Assignment {
                plan: plan.clone(),
                first: process * placement.threads,
                threads: placement.threads,
                of: placement.all_threads(),
            };
            crew.parts.push(start_process(&assignment, sender.clone())?);
        }
        Ok(crew)
    }

    /// Tells all threads something.
    ///
    /// # Errors
    /// [`Error::Generator`] if a process is gone.
    pub(crate) fn order(&mut self, order: &Order) -> Result<(), Error> {
        for part in &mut self.parts {
            match part {
                Part::Thread { orders, waker, .. } => {
                    // A thread that has ended has said why.
                    let _ = orders.send(order.clone());
                    waker.wake().map_err(Error::generator("wake a thread"))?;
                }
                Part::Process { orders, .. } => {
                    write_line(orders, order).map_err(Error::generator("speak to a process"))?;
                }
            }
        }
        Ok(())
    }

    /// Waits for the next report, and says which thread it is from; `None` if none comes in time.
    ///
    /// # Errors
    /// [`Error::Generator`] if a thread failed.
    pub(crate) fn report(&self, limit: Duration) -> Result<Option<(u32, Report)>, Error> {
        match self.reports.recv_timeout(limit) {
            Ok((_, Report::Failed(reason))) => Err(Error::Generator(reason)),
            Ok(report) => Ok(Some(report)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Error::Generator("all threads have ended early".to_owned())),
        }
    }
}

impl Drop for Crew {
    /// Who has nobody to listen to ends: threads and processes alike.
    fn drop(&mut self) {
        // Threads that wait for room among the reports must not.
        self.reports = sync_channel(0).1;
        for part in self.parts.drain(..) {
            match part {
                Part::Thread { orders, waker, handle } => {
                    drop(orders);
                    // A thread that has ended needs no waking, and has told its panic.
                    let _ = waker.wake();
                    let _ = handle.join();
                }
                Part::Process { mut child, orders } => {
                    drop(orders);
                    // It ends with its input, and both fail only if it is gone.
                    let _ = child.wait();
                }
            }
        }
    }
}

fn start_thread(
    plan: &Arc<Plan>,
    share: Share,
    tells_cpu: bool,
    reports: SyncSender<(u32, Report)>,
) -> Result<Part, Error> {
    let (orders, receiver) = channel();
    let ties = Ties {
        share,
        tells_cpu,
        orders: receiver,
        reports: reports.clone(),
    };
    let (swarm, waker) = Swarm::new(Arc::clone(plan), ties).map_err(Error::generator("make an event loop"))?;
    let run = move || {
        let reason = match catch_unwind(AssertUnwindSafe(|| swarm.run())) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => format!("an event loop failed: {error}"),
            Err(_) => "a thread panicked; please report it".to_owned(),
        };
        // Where the parent is gone, too, nobody is left to tell.
        let _ = reports.send((share.index, Report::Failed(reason)));
    };
    let thread = thread::Builder::new().name(format!("swarm-{}", share.index));
    let handle = thread.spawn(run).map_err(Error::generator("start a thread"))?;
    Ok(Part::Thread { orders, waker, handle })
}

fn start_process(assignment: &Assignment, reports: SyncSender<(u32, Report)>) -> Result<Part, Error> {
    let program = std::env::current_exe().map_err(Error::generator("find this program"))?;
    let mut child = Command::new(program)
        .args(["bench", WORKER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(Error::generator("start a process"))?;
    let mut orders = child.stdin.take().expect("it is piped");
    let told = child.stdout.take().expect("it is piped");
    let (first, mut running) = (assignment.first, assignment.threads);
    thread::spawn(move || {
        let mut lines = Lines::new(told);
        while let Some(report) = lines.next::<(u32, Report)>() {
            running -= u32::from(matches!(report.1, Report::Done(_)));
            if reports.send(report).is_err() {
                return;
            }
        }
        if running > 0 {
            let reason = format!("a child process ended with {running} of its threads still at work");
            // Where the parent has given up already, nobody needs to know.
            let _ = reports.send((first, Report::Failed(reason)));
        }
    });
    write_line(&mut orders, assignment).map_err(Error::generator("speak to a process"))?;
    Ok(Part::Process { child, orders })
}

/// Writes a value as a line.
///
/// # Errors
/// Nobody reads it.
pub(crate) fn write_line(out: &mut impl Write, value: &impl serde::Serialize) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    out.write_all(&line)?;
    out.flush()
}

/// Values, one on each line.
pub(crate) struct Lines<R>(BufReader<R>);

impl<R: Read> Lines<R> {
    /// Reads them from here.
    pub(crate) fn new(input: R) -> Self {
        Self(BufReader::new(input))
    }

    /// The next one; `None` at the end, and where something else stands.
    pub(crate) fn next<T: serde::de::DeserializeOwned>(&mut self) -> Option<T> {
        let mut line = Vec::new();
        let mut limited = (&mut self.0).take(LINE_BYTES_MAX);
        match limited.read_until(b'\n', &mut line) {
            Ok(1..) => serde_json::from_slice(&line).ok(),
            _ => None,
        }
    }
}
