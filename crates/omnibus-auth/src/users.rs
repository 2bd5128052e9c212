//! What does the site's user table say?
//!
//! Django's `auth_user`, or whatever table the site has in its place: one row a user, with a key,
//! and whether they are active and staff.

mod connection;
mod database;
mod key;
mod name;
mod table;

pub use database::{Database, DatabaseError};
pub use name::NameError;
pub use table::Table;

use std::sync::Arc;

use connection::Connection;

/// What the table says about a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// May log in.
    Active {
        /// May do what staff may.
        is_staff: bool,
    },
    /// May not, or is not there: nobody learns which.
    Inactive,
}

/// Where users are read from: many at a time, in the order in which they were asked for.
pub(crate) trait Source: Send + 'static {
    /// Says what is known about each user, or why nothing is. After an error, and after a call
    /// that was given up, the next one begins afresh.
    fn read(&mut self, users: &[Arc<str>]) -> impl Future<Output = Result<Vec<Status>, sqlx::Error>> + Send;
}

/// One connection to the user table, made when it is needed.
pub(crate) struct Users {
    database: Database,
    table: Table,
    connection: Option<Connection>,
}

impl Users {
    pub(crate) fn new(database: Database, table: Table) -> Self {
        Self {
            database,
            table,
            connection: None,
        }
    }

    async fn read_afresh(&mut self, users: &[Arc<str>]) -> Result<Vec<Status>, sqlx::Error> {
        let mut connection = Connection::open(&self.database, &self.table).await?;
        let statuses = connection.read(&self.table, users).await?;
        self.connection = Some(connection);
        Ok(statuses)
    }
}

impl Source for Users {
    async fn read(&mut self, users: &[Arc<str>]) -> Result<Vec<Status>, sqlx::Error> {
        // Taken out, so that it is gone if this fails or is given up half-way.
        if let Some(mut connection) = self.connection.take().filter(|old| !old.is_stale(&self.database))
            && let Ok(statuses) = connection.read(&self.table, users).await
        {
            self.connection = Some(connection);
            return Ok(statuses);
        }
        // An old connection may have ended since its last use, which says nothing of the database.
        self.read_afresh(users).await
    }
}

#[cfg(test)]
mod tests;
