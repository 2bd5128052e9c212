//! Which choices are there about logins?

use std::fmt;
use std::time::Duration;

use crate::token::Keys;
use crate::users::{Database, Table};

/// The choices about users and their tokens.
#[derive(Clone)]
pub struct Config {
    /// Who signs tokens.
    pub keys: Keys,
    /// Where users are read.
    pub database: Database,
    /// In which table.
    pub table: Table,
    /// Connections to the database for logins; one more looks after those who are logged in.
    pub connections: usize,
    /// How long what the table said about a user is believed at another login.
    pub cache_time: Duration,
    /// How often the users of connected clients are read again.
    pub recheck_interval: Duration,
    /// Logins that may wait for the database; further ones are refused.
    pub logins_max: usize,
}

impl Config {
    /// The usual choices, for these keys, this database and this table.
    #[must_use]
    pub fn new(keys: Keys, database: Database, table: Table) -> Self {
        Self {
            keys,
            database,
            table,
            connections: 2,
            cache_time: Duration::from_secs(2),
            recheck_interval: Duration::from_secs(2),
            logins_max: 10_000,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("database", &self.database.kind())
            .field("table", &self.table)
            .field("original_tokens", &self.keys.original_tokens)
            .field("connections", &self.connections)
            .field("cache_time", &self.cache_time)
            .field("recheck_interval", &self.recheck_interval)
            .field("logins_max", &self.logins_max)
            .finish_non_exhaustive()
    }
}
