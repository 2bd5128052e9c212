//! What does a child process of a run do?
//!
//! It runs its threads and passes on what they and the parent say to each other, as lines of
//! JSON on its standard streams. When its input ends, the parent is gone, and so is it.

use std::io::{stdin, stdout};
use std::process::exit;
use std::sync::Arc;
use std::sync::mpsc::{TryRecvError, channel};
use std::thread;
use std::time::Duration;

use crate::error::Error;

use super::crew::{Crew, Lines, write_line};
use super::orders::{Assignment, Order, Report};
use super::placement;

/// How often orders are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Runs to the end of the run.
///
/// # Errors
/// [`Error::Generator`], [`Error::Output`].
pub(crate) fn run() -> Result<(), Error> {
    let mut lines = Lines::new(stdin());
    let Some(assignment) = lines.next::<Assignment>() else {
        return Err(Error::Usage(
            "this is for child processes; run `omnibus bench --help`".to_owned(),
        ));
    };
    placement::raise_limit();
    let plan = Arc::new(assignment.plan);
    let mut crew = Crew::of_threads(&plan, assignment.first, assignment.threads, assignment.of)?;
    let (sender, orders) = channel();
    thread::spawn(move || {
        while let Some(order) = lines.next::<Order>() {
            if sender.send(order).is_err() {
                return;
            }
        }
        // Nobody is left who wants to know anything.
        exit(0);
    });
    let mut out = stdout().lock();
    let mut running = assignment.threads;
    while running > 0 {
        match orders.try_recv() {
            Ok(order) => crew.order(&order)?,
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => {}
        }
        let Some(report) = crew.report(LOOK_EVERY)? else {
            continue;
        };
        running -= u32::from(matches!(report.1, Report::Done(_)));
        write_line(&mut out, &report).map_err(Error::Output)?;
    }
    Ok(())
}
