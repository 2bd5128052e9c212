//! In which order are servers measured?

use std::time::Duration;

use crate::error::Error;
use crate::measure::Cores;
use crate::server::Contender;

/// How everything is measured.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) cores: Cores,
    /// How often; each round starts its servers anew.
    pub(crate) rounds: u32,
    /// How long each measurement lasts, after a warm-up.
    pub(crate) time: Duration,
}

/// What was measured of each contender, by contender, then by round; no round of those that can't.
pub(crate) type Rounds<T> = Vec<Vec<T>>;

/// Whether a server takes so many clients.
pub(crate) fn takes(clients: usize) -> impl Fn(usize, &dyn Contender) -> bool {
    move |_, contender| contender.clients_max() >= clients
}

impl Setting {
    /// Measures the contenders in turn, round after round, so that whatever else the machine does
    /// meets all of them. Those that can't are left out.
    ///
    /// # Errors
    /// As the measurement's.
    pub(crate) fn in_turn<T>(
        &self,
        what: &str,
        can: impl Fn(usize, &dyn Contender) -> bool,
        contenders: &[&dyn Contender],
        mut measure: impl FnMut(usize, &dyn Contender) -> Result<T, Error>,
    ) -> Result<Rounds<T>, Error> {
        let mut rounds: Rounds<T> = contenders.iter().map(|_| Vec::new()).collect();
        for round in 1..=self.rounds {
            for (number, contender) in contenders.iter().enumerate() {
                if !can(number, *contender) {
                    continue;
                }
                eprintln!("{what}, round {round}: {}", contender.name());
                rounds[number].push(measure(number, *contender)?);
            }
        }
        Ok(rounds)
    }
}
