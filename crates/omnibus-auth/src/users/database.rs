//! Where is the database?

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use thiserror::Error;

/// How long a locked SQLite file is waited for.
const SQLITE_BUSY_TIME_MAX: Duration = Duration::from_secs(1);

/// A database, and how it is entered. It holds a password and has no `Debug`.
#[derive(Clone)]
pub struct Database(pub(super) Options);

#[derive(Clone)]
pub(super) enum Options {
    Sqlite {
        path: PathBuf,
        options: Box<SqliteConnectOptions>,
    },
    Postgres(Box<PgConnectOptions>),
    MySql(Box<MySqlConnectOptions>),
}

/// Why a URL names no database. It repeats nothing of the URL, in which a password may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DatabaseError {
    /// Another kind of database, or none.
    #[error(
        "is no URL of a database that can be read; write sqlite:///path, postgres://user:password@host/name or mysql://user:password@host/name"
    )]
    Scheme,
    /// The rest of the URL can't be read.
    #[error("is a URL that can't be read; encode characters such as @ : / # in user and password as %40 %3A %2F %23")]
    Malformed,
    /// SQLite in memory, which nobody else could fill.
    #[error("names no file; write sqlite:/// and the path of Django's database file")]
    NoFile,
}

impl Database {
    /// Reads a URL: `sqlite:///path`, `postgres://…`, `mysql://…`.
    ///
    /// Unix sockets are named as usual: `postgres:///name?host=/run/postgresql`,
    /// `mysql://user@localhost/name?socket=/run/mysqld/mysqld.sock`.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(url: &str) -> Result<Self, DatabaseError> {
        let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
        let options = match scheme {
            "sqlite" => sqlite(url)?,
            "postgres" | "postgresql" => {
                let options = PgConnectOptions::from_str(url).map_err(|_| DatabaseError::Malformed)?;
                Options::Postgres(Box::new(
                    options.application_name("omnibusd").disable_statement_logging(),
                ))
            }
            "mysql" | "mariadb" => {
                let options = MySqlConnectOptions::from_str(url).map_err(|_| DatabaseError::Malformed)?;
                Options::MySql(Box::new(options.disable_statement_logging()))
            }
            _ => return Err(DatabaseError::Scheme),
        };
        Ok(Self(options))
    }

    /// What kind of database it is, for people.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.0 {
            Options::Sqlite { .. } => "SQLite",
            Options::Postgres(_) => "PostgreSQL",
            Options::MySql(_) => "MySQL",
        }
    }
}

fn sqlite(url: &str) -> Result<Options, DatabaseError> {
    if !url.starts_with("sqlite:///") {
        return Err(DatabaseError::NoFile);
    }
    let options = SqliteConnectOptions::from_str(url).map_err(|_| DatabaseError::Malformed)?;
    let path = options.get_filename().to_owned();
    if path.as_os_str().is_empty() || path.ends_with(":memory:") || path.as_os_str() == "/" {
        return Err(DatabaseError::NoFile);
    }
    Ok(Options::Sqlite {
        options: Box::new(
            options
                .create_if_missing(false)
                .read_only(true)
                .busy_timeout(SQLITE_BUSY_TIME_MAX)
                .disable_statement_logging(),
        ),
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(url: &str) -> Result<&'static str, DatabaseError> {
        Database::parse(url).map(|database| database.kind())
    }

    #[test]
    fn urls_of_the_three_databases_are_read() {
        assert_eq!(kind("sqlite:///srv/site/db.sqlite3"), Ok("SQLite"));
        assert_eq!(kind("sqlite:////srv/site/db.sqlite3"), Ok("SQLite"));
        assert_eq!(
            kind("postgres://site:p%40ss@db.example:5433/site?sslmode=require"),
            Ok("PostgreSQL")
        );
        assert_eq!(kind("postgresql:///site?host=/run/postgresql"), Ok("PostgreSQL"));
        assert_eq!(
            kind("mysql://site@localhost/site?socket=/run/mysqld/mysqld.sock"),
            Ok("MySQL")
        );
        assert_eq!(kind("mariadb://site:secret@db.example/site"), Ok("MySQL"));
    }

    #[test]
    fn what_is_none_is_refused_and_nothing_of_it_repeated() {
        assert_eq!(kind(""), Err(DatabaseError::Scheme));
        assert_eq!(kind("oracle://planted@host/x"), Err(DatabaseError::Scheme));
        assert_eq!(kind("sqlite://:memory:"), Err(DatabaseError::NoFile));
        assert_eq!(kind("sqlite::memory:"), Err(DatabaseError::NoFile));
        assert_eq!(kind("sqlite:///"), Err(DatabaseError::NoFile));
        for url in ["postgres://u:planted@host:port/x", "mysql://u:planted@[/x"] {
            let error = kind(url).unwrap_err();
            assert_eq!(error, DatabaseError::Malformed);
            assert!(!error.to_string().contains("planted"));
        }
    }
}
