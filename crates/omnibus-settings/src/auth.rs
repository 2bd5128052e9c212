//! How do the settings of authentication become what the server runs with?

use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

use omnibus_auth::{Config, Database, Keys, NameError, Secret, Table};
use omnibus_session::Authenticator;

use crate::draft::Draft;
use crate::fault::Fault;
use crate::mistake::{Mistake, Mistakes};
use crate::origins::Origins;

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

/// The secrets that may stand in files of their own.
struct InFile {
    key: &'static str,
    file_key: &'static str,
    path: fn(&Auth) -> Option<&String>,
    place: fn(&mut Auth) -> &mut Option<Secret>,
}

const IN_FILES: [InFile; 3] = [
    InFile {
        key: "auth.secret_key",
        file_key: "auth.secret_key_file",
        path: |auth| auth.secret_key_file.as_ref(),
        place: |auth| &mut auth.secret_key,
    },
    InFile {
        key: "auth.previous_secret_key",
        file_key: "auth.previous_secret_key_file",
        path: |auth| auth.previous_secret_key_file.as_ref(),
        place: |auth| &mut auth.previous_secret_key,
    },
    InFile {
        key: "auth.database_url",
        file_key: "auth.database_url_file",
        path: |auth| auth.database_url_file.as_ref(),
        place: |auth| &mut auth.database_url,
    },
];

/// The largest file of a secret, in bytes.
const SECRET_FILE_BYTES_MAX: usize = 64 << 10;

/// Reads the secrets that stand in files of their own.
pub(crate) fn read_files(
    draft: &mut Draft,
    origins: &mut Origins,
    read: impl Fn(&Path) -> io::Result<Vec<u8>>,
) -> Mistakes {
    let mut mistakes = Mistakes::default();
    for InFile {
        key,
        file_key,
        path,
        place,
    } in IN_FILES
    {
        let Some(path) = path(&draft.auth).cloned() else {
            continue;
        };
        let fault = if place(&mut draft.auth).is_some() {
            Fault::Conflict {
                problem: format!("{key} is set, too"),
                mend: "set one of the two".to_owned(),
            }
        } else {
            match read_secret(Path::new(&path), &read) {
                Ok(secret) => {
                    *place(&mut draft.auth) = Some(secret);
                    continue;
                }
                Err(reason) => Fault::Malformed {
                    problem: format!("names a file that can't be read: {reason}"),
                    mend: "give the path of a file that this user may read and that holds nothing else".to_owned(),
                },
            }
        };
        // What the file would have said is missed nowhere else.
        origins.note_broken(key);
        let (value, source) = origins.of(file_key);
        let key = file_key.to_owned();
        mistakes.push(Mistake {
            key,
            value,
            source,
            fault,
        });
    }
    mistakes
}

fn read_secret(path: &Path, read: impl Fn(&Path) -> io::Result<Vec<u8>>) -> Result<Secret, String> {
    let bytes = read(path).map_err(|error| error.to_string())?;
    if bytes.len() > SECRET_FILE_BYTES_MAX {
        return Err(format!(
            "it is {} bytes, the limit is {SECRET_FILE_BYTES_MAX}",
            bytes.len()
        ));
    }
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(Secret::new(line))
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
