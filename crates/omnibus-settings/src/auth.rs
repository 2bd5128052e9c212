//! How do the settings of authentication become what the server runs with?

use std::fmt;
use std::time::Duration;

use omnibus_auth::{Config, Database, Keys, NameError, Secret, Table};
use omnibus_session::Authenticator;

/// Who decides who a client is, on its way in. It holds secrets and shows none.
#[derive(Clone, Default)]
pub(crate) struct Auth {
    pub(crate) secret_key: Option<Secret>,
    pub(crate) secret_key_file: Option<String>,
    pub(crate) previous_secret_key: Option<Secret>,
    pub(crate) previous_secret_key_file: Option<String>,
    pub(crate) database_url: Option<Secret>,
    pub(crate) database_url_file: Option<String>,
    pub(crate) user_table: String,
    pub(crate) user_key: String,
    pub(crate) active_column: Option<String>,
    pub(crate) staff_column: Option<String>,
    pub(crate) original_tokens: bool,
    pub(crate) cache_time: Duration,
    pub(crate) recheck_interval: Duration,
    pub(crate) connections: usize,
    pub(crate) logins_max: usize,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth")
            .field("user_table", &self.user_table)
            .finish_non_exhaustive()
    }
}

impl Auth {
    /// The config, where users are told apart; the checks have found that all is there then.
    pub(crate) fn finish(self, authenticator: Authenticator) -> Option<Config> {
        if authenticator == Authenticator::NoOp {
            return None;
        }
        let table = self.table().ok()?;
        let database = Database::parse(self.database_url.as_ref()?.reveal_text()?).ok()?;
        let keys = Keys {
            present: self.secret_key?,
            previous: self.previous_secret_key,
            original_tokens: self.original_tokens,
        };
        Some(Config {
            connections: self.connections,
            cache_time: self.cache_time,
            recheck_interval: self.recheck_interval,
            logins_max: self.logins_max,
            ..Config::new(keys, database, table)
        })
    }

    fn table(&self) -> Result<Table, NameError> {
        Table::named(&self.user_table)?
            .with_key(&self.user_key)?
            .with_active(self.active_column.as_deref().unwrap_or_default())?
            .with_staff(self.staff_column.as_deref().unwrap_or_default())
    }
}
