//! How is it going? A bar on standard error, where that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::orders::Progress;

/// The bar of a run.
pub(crate) struct Bar {
    bar: ProgressBar,
    /// The last word of each thread.
    threads: Vec<Progress>,
}

impl Bar {
    /// Shows that clients get in.
    pub(crate) fn new(threads: u32, clients: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(clients), ProgressDrawTarget::stderr());
        bar.set_style(style("{prefix:>10} [{bar:40}] {pos}/{len} {msg}"));
        bar.set_prefix("connecting");
        Self {
            bar,
            threads: vec![Progress::default(); threads as usize],
        }
    }

    /// Shows what a thread says.
    pub(crate) fn show(&mut self, thread: u32, progress: Progress) -> Progress {
        if let Some(last) = self.threads.get_mut(thread as usize) {
            *last = progress;
        }
        let all = self.all();
        if self.bar.prefix() == "connecting" {
            self.bar.set_position(all.joined);
            if all.failed > 0 {
                self.bar.set_message(format!("{} failed", all.failed));
            }
        } else if all.published + all.delivered > 0 {
            self.bar
                .set_message(format!("{} published, {} delivered", all.published, all.delivered));
        } else if all.visits > 0 {
            self.bar.set_message(format!("{} connected", all.visits));
        }
        all
    }

    /// Shows what follows the connecting.
    pub(crate) fn then(&self, what: &'static str) {
        self.bar
            .set_style(style("{prefix:>10} {spinner} {elapsed_precise} {msg}"));
        self.bar.set_prefix(what);
        self.bar.set_message("");
        self.bar.tick();
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn all(&self) -> Progress {
        self.threads.iter().fold(Progress::default(), |sum, one| Progress {
            joined: sum.joined + one.joined,
            failed: sum.failed + one.failed,
            published: sum.published + one.published,
            delivered: sum.delivered + one.delivered,
            visits: sum.visits + one.visits,
        })
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates here are right")
}
