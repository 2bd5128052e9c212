//! Which secrets stand in files of their own?

use std::io;
use std::path::Path;

use omnibus_auth::Secret;

use crate::auth::Auth;
use crate::fault::Fault;
use crate::mistake::Mistakes;
use crate::origins::Origins;

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
pub(crate) fn read(auth: &mut Auth, origins: &mut Origins, file: impl Fn(&Path) -> io::Result<Vec<u8>>) -> Mistakes {
    let mut mistakes = Mistakes::default();
    for InFile {
        key,
        file_key,
        path,
        place,
    } in IN_FILES
    {
        let Some(path) = path(auth).cloned() else {
            continue;
        };
        let fault = if place(auth).is_some() {
            Fault::Conflict {
                problem: format!("{key} is set, too"),
                mend: "set one of the two".to_owned(),
            }
        } else {
            match read_secret(Path::new(&path), &file) {
                Ok(secret) => {
                    *place(auth) = Some(secret);
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
        mistakes.push(origins.mistake(file_key, fault));
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
