//! What was measured?

use std::time::Duration;

use crate::cases::bus::Bus;
use crate::cases::compression::Compression;
use crate::cases::conditions::Endured;
use crate::cases::connect::Connects;
use crate::cases::cost::Cost;
use crate::cases::fan_out::{Comparison, Mode, SIXTEEN, Size, THOUSAND};
use crate::cases::forms::InForms;
use crate::cases::idle_memory::IdleMemory;
use crate::cases::latency::{Carried, Latency, Load};
use crate::cases::turns::Rounds;
use crate::measure::Machine;

use super::figures::{Spread, with_commas};

/// The peer that all are compared with.
const BASE: &str = "uWebSockets";

/// Everything that was measured.
#[derive(Debug, Default)]
pub(crate) struct Results {
    pub(crate) machine: Machine,
    /// Names of the servers; ours comes first. All results by contender are in this order.
    pub(crate) contenders: Vec<&'static str>,
    pub(crate) versions: Vec<String>,
    pub(crate) rounds: u32,
    pub(crate) time: Duration,
    pub(crate) fan_out: Vec<Comparison>,
    pub(crate) flood: Option<Rounds<Cost>>,
    pub(crate) rooms: Option<Rounds<Cost>>,
    pub(crate) idle_memory: Vec<IdleMemory>,
    pub(crate) connect: Option<Rounds<Connects>>,
    pub(crate) latency: Vec<Latency>,
    /// Of ours, by number of shards.
    pub(crate) shards: Vec<Comparison>,
    /// Of ours, per delivery, by round.
    pub(crate) instructions: Option<Vec<f64>>,
    pub(crate) sockjs: Option<InForms>,
    pub(crate) compression: Option<Compression>,
    pub(crate) tls: Option<InForms>,
    pub(crate) bus: Option<Bus>,
    /// Of ours, by disturbance.
    pub(crate) conditions: Option<Rounds<Endured>>,
}

impl Results {
    /// The number of the server that all are compared with.
    pub(super) fn base(&self) -> Option<usize> {
        self.number_of(BASE)
    }

    /// The number of the server by whose capacity rates are chosen; ours where the base was not
    /// measured.
    pub(super) fn reference(&self) -> usize {
        self.base().unwrap_or_default()
    }

    pub(super) fn number_of(&self, name: &str) -> Option<usize> {
        self.contenders.iter().position(|&contender| contender == name)
    }

    pub(super) fn fan_out_of(&self, size: Size, mode: Mode) -> Option<&Comparison> {
        let is_it = |comparison: &&Comparison| comparison.size == size && comparison.mode == mode;
        self.fan_out.iter().find(is_it)
    }

    /// How many messages a second each has carried to 1,000 subscribers, in the median; `None`
    /// where that was not measured.
    pub(crate) fn carried(&self) -> Option<Carried> {
        let comparison = self.fan_out_of(THOUSAND, SIXTEEN)?;
        let clients = (THOUSAND.subscribers + 1) as f64;
        let median = |rounds: &Vec<Cost>| {
            let spread = Spread::of(rounds.iter().map(Cost::deliveries_per_second))?;
            Some(spread.median / clients)
        };
        Some(Carried {
            messages_per_second: comparison.costs.iter().map(median).collect(),
            reference: self.reference(),
        })
    }

    /// At which rate a latency was measured, in words.
    pub(super) fn load_of(&self, latency: &Latency) -> String {
        let mut rates = latency.heard.iter().flatten().map(|heard| heard.messages_per_second);
        let of_all = rates
            .next()
            .map_or_else(|| "–".to_owned(), |rate| with_commas(rate.round() as u64));
        match latency.load {
            Load::Quiet => format!("{of_all} messages a second"),
            Load::HalfOfReference => {
                let reference = self.contenders[self.reference()];
                format!("{of_all} messages a second, half of what {reference} carries")
            }
            Load::HalfOfOwn => "Half of what each itself carries".to_owned(),
        }
    }
}
