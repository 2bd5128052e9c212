//! How is one connection opened and asked?

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use sqlx::{AssertSqlSafe, Column, ConnectOptions, Executor, Row, SqlSafeStr, Statement, TypeInfo};

use super::Status;
use super::database::{Database, Options};
use super::key::KeyKind;
use super::table::{Dialect, Table};

/// An open connection, and what was learnt when it was opened.
pub(super) struct Connection {
    socket: Socket,
    kind: KeyKind,
}

enum Socket {
    Sqlite {
        connection: Box<sqlx::SqliteConnection>,
        file: Option<FileId>,
    },
    Postgres(Box<sqlx::PgConnection>),
    MySql(Box<sqlx::MySqlConnection>),
}

/// Which file a path meant: device and number.
#[derive(PartialEq, Eq)]
struct FileId(u64, u64);

impl FileId {
    fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(Self(metadata.dev(), metadata.ino()))
    }
}

/// Learns what kind of key the table has.
macro_rules! kind_of_key {
    ($connection:expr, $probe:expr) => {{
        let statement = (&mut *$connection)
            .prepare(AssertSqlSafe($probe).into_sql_str())
            .await?;
        let column = statement
            .columns()
            .first()
            .map(|column| column.type_info().name().to_owned());
        KeyKind::of_column(column.as_deref().unwrap_or_default())
    }};
}

/// Asks for rows: the key as text, and the two flags, which this database gives as `$flag`.
macro_rules! rows {
    ($connection:expr, $select:expr, $kind:expr, $forms:expr, $flag:ty) => {{
        let mut query = sqlx::query(AssertSqlSafe($select));
        for form in $forms {
            query = match $kind {
                KeyKind::Integer => query.bind(form.parse::<i64>().unwrap_or_default()),
                KeyKind::Uuid | KeyKind::Text => query.bind(form.clone()),
            };
        }
        let mut statuses = HashMap::new();
        for row in query.fetch_all(&mut **$connection).await? {
            let is_set = |flag: Option<$flag>| flag.is_some_and(|flag| flag != 0);
            let status = match (is_set(row.try_get(1)?), is_set(row.try_get(2)?)) {
                (true, is_staff) => Status::Active { is_staff },
                (false, _) => Status::Inactive,
            };
            statuses.insert(row.try_get::<String, _>(0)?, status);
        }
        statuses
    }};
}

impl Connection {
    /// Connects, and learns what kind of key the table has.
    pub(super) async fn open(database: &Database, table: &Table) -> Result<Self, sqlx::Error> {
        match &database.0 {
            Options::Sqlite { path, options } => {
                let file = FileId::of(path);
                let mut connection = Box::new(options.connect().await?);
                let kind = kind_of_key!(connection, table.probe(Dialect::Sqlite));
                let socket = Socket::Sqlite { connection, file };
                Ok(Self { socket, kind })
            }
            Options::Postgres(options) => {
                let mut connection = Box::new(options.connect().await?);
                let kind = kind_of_key!(connection, table.probe(Dialect::Postgres));
                let socket = Socket::Postgres(connection);
                Ok(Self { socket, kind })
            }
            Options::MySql(options) => {
                let mut connection = Box::new(options.connect().await?);
                let kind = kind_of_key!(connection, table.probe(Dialect::MySql));
                let socket = Socket::MySql(connection);
                Ok(Self { socket, kind })
            }
        }
    }

    /// Whether the file that is open is no longer the one at its path, because it was replaced.
    pub(super) fn is_stale(&self, database: &Database) -> bool {
        match (&self.socket, &database.0) {
            (Socket::Sqlite { file, .. }, Options::Sqlite { path, .. }) => *file != FileId::of(path),
            _ => false,
        }
    }

    /// Reads what the table says about each of these users.
    pub(super) async fn read(&mut self, table: &Table, users: &[Arc<str>]) -> Result<Vec<Status>, sqlx::Error> {
        let kind = self.kind;
        let forms_of: Vec<Vec<String>> = users.iter().map(|user| kind.forms(user)).collect();
        let mut forms: Vec<String> = forms_of.iter().flatten().cloned().collect();
        let Some(last) = forms.last().cloned() else {
            return Ok(vec![Status::Inactive; users.len()]);
        };
        // Few different statements, so that the database has to understand each only once.
        forms.resize(forms.len().next_power_of_two(), last);
        let found = match &mut self.socket {
            Socket::Sqlite { connection, .. } => {
                rows!(
                    connection,
                    table.select(Dialect::Sqlite, kind, forms.len()),
                    kind,
                    &forms,
                    i64
                )
            }
            Socket::Postgres(connection) => {
                rows!(
                    connection,
                    table.select(Dialect::Postgres, kind, forms.len()),
                    kind,
                    &forms,
                    i32
                )
            }
            Socket::MySql(connection) => {
                rows!(
                    connection,
                    table.select(Dialect::MySql, kind, forms.len()),
                    kind,
                    &forms,
                    i64
                )
            }
        };
        // Compared to the byte: a database may think that `anna` and `ANNA` are one.
        let status = |forms: Vec<String>| {
            let found = forms.iter().find_map(|form| found.get(form));
            found.copied().unwrap_or(Status::Inactive)
        };
        Ok(forms_of.into_iter().map(status).collect())
    }
}
