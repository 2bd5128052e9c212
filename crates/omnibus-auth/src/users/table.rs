//! Which statement reads users?

use super::key::KeyKind;
use super::name::{self, NameError};

/// Where the users stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    name: String,
    key: String,
    active: Option<String>,
    staff: Option<String>,
}

/// How the databases differ in what is asked of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
    MySql,
}

impl Default for Table {
    /// Django's own.
    fn default() -> Self {
        Self {
            name: "auth_user".to_owned(),
            key: "id".to_owned(),
            active: Some("is_active".to_owned()),
            staff: Some("is_staff".to_owned()),
        }
    }
}

impl Table {
    /// Names the table, or `schema.table`.
    ///
    /// # Errors
    /// It can't be a name.
    pub fn named(name: &str) -> Result<Self, NameError> {
        let parts = name.split('.').count();
        if parts > 2 {
            return Err(NameError::Parts { parts });
        }
        name.split('.').try_for_each(name::check)?;
        Ok(Self {
            name: name.to_owned(),
            ..Self::default()
        })
    }

    /// Names the column of the keys that stand in tokens.
    ///
    /// # Errors
    /// It can't be a name.
    pub fn with_key(self, column: &str) -> Result<Self, NameError> {
        name::check(column)?;
        Ok(Self {
            key: column.to_owned(),
            ..self
        })
    }

    /// Names the column that tells who may log in; empty if everyone in the table may.
    ///
    /// # Errors
    /// It can't be a name.
    pub fn with_active(self, column: &str) -> Result<Self, NameError> {
        Ok(Self {
            active: optional(column)?,
            ..self
        })
    }

    /// Names the column that tells who is staff; empty if nobody is.
    ///
    /// # Errors
    /// It can't be a name.
    pub fn with_staff(self, column: &str) -> Result<Self, NameError> {
        Ok(Self {
            staff: optional(column)?,
            ..self
        })
    }

    /// The statement from whose columns the kind of the key is learnt; it reads nothing.
    pub(super) fn probe(&self, dialect: Dialect) -> String {
        let mark = dialect.mark();
        format!(
            "SELECT {} FROM {} WHERE 1 = 0",
            name::quote(&self.key, mark),
            name::quote(&self.name, mark)
        )
    }

    /// The statement that reads `count` keys: text, active, staff of those that are there.
    pub(super) fn select(&self, dialect: Dialect, kind: KeyKind, count: usize) -> String {
        let mark = dialect.mark();
        let key = name::quote(&self.key, mark);
        let flag = |column: &Option<String>, without: &str| {
            let value = column
                .as_ref()
                .map_or_else(|| without.to_owned(), |column| name::quote(column, mark));
            format!("CAST({value} AS {})", dialect.integer())
        };
        let wanted: Vec<String> = (1..=count).map(|at| dialect.placeholder(kind, at)).collect();
        format!(
            "SELECT CAST({key} AS {}), {}, {} FROM {} WHERE {key} IN ({})",
            dialect.text(),
            flag(&self.active, "1"),
            flag(&self.staff, "0"),
            name::quote(&self.name, mark),
            wanted.join(", ")
        )
    }
}

fn optional(column: &str) -> Result<Option<String>, NameError> {
    if column.is_empty() {
        return Ok(None);
    }
    name::check(column)?;
    Ok(Some(column.to_owned()))
}

impl Dialect {
    fn mark(self) -> char {
        match self {
            Self::Sqlite | Self::Postgres => '"',
            Self::MySql => '`',
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Sqlite | Self::Postgres => "TEXT",
            Self::MySql => "CHAR",
        }
    }

    fn integer(self) -> &'static str {
        match self {
            Self::Sqlite | Self::Postgres => "INTEGER",
            Self::MySql => "SIGNED",
        }
    }

    /// What stands for the value that is bound at this place, counted from 1.
    fn placeholder(self, kind: KeyKind, at: usize) -> String {
        match (self, kind) {
            (Self::Sqlite | Self::MySql, _) => "?".to_owned(),
            // Bound as text, for which the server makes a UUID once, not of every row.
            (Self::Postgres, KeyKind::Uuid) => format!("CAST(CAST(${at} AS TEXT) AS UUID)"),
            (Self::Postgres, _) => format!("${at}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_database_is_asked_in_its_own_words() {
        let table = Table::named("shop.people").unwrap().with_key("uid").unwrap();
        assert_eq!(
            table.select(Dialect::Postgres, KeyKind::Uuid, 2),
            "SELECT CAST(\"uid\" AS TEXT), CAST(\"is_active\" AS INTEGER), CAST(\"is_staff\" AS INTEGER) \
             FROM \"shop\".\"people\" WHERE \"uid\" IN (CAST(CAST($1 AS TEXT) AS UUID), CAST(CAST($2 AS TEXT) AS UUID))"
        );
        assert_eq!(
            Table::default().select(Dialect::MySql, KeyKind::Integer, 2),
            "SELECT CAST(`id` AS CHAR), CAST(`is_active` AS SIGNED), CAST(`is_staff` AS SIGNED) \
             FROM `auth_user` WHERE `id` IN (?, ?)"
        );
    }

    #[test]
    fn without_its_columns_everyone_is_active_and_nobody_staff() {
        let table = Table::default().with_active("").unwrap().with_staff("").unwrap();
        assert_eq!(
            table.select(Dialect::Sqlite, KeyKind::Integer, 1),
            "SELECT CAST(\"id\" AS TEXT), CAST(1 AS INTEGER), CAST(0 AS INTEGER) FROM \"auth_user\" WHERE \"id\" IN (?)"
        );
    }

    #[test]
    fn no_name_can_end_its_quotes() {
        for name in [
            "", "a\"b", "a`b", "a b", "a;b", "a'b", "a\0b", "a\nb", "a.b.c", ".a", "a.",
        ] {
            assert!(Table::named(name).is_err(), "{name:?}");
        }
        assert!(Table::named(&"a".repeat(64)).is_err());
        assert!(Table::default().with_key("id\" OR 1=1 --").is_err());
        assert!(Table::default().with_key("a.b").is_err(), "a column stands alone");
        assert!(Table::default().with_staff("is`staff").is_err());
        assert!(Table::named("Nutzer-Tabelle_2").is_ok());
    }
}
