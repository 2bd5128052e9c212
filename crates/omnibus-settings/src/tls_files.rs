//! Are the files good by which the server proves itself?

use std::io;
use std::path::Path;

use omnibus_hub::Tls;

use crate::draft::Draft;
use crate::fault::Fault;
use crate::file::FILE_BYTES_MAX;
use crate::mistake::Mistakes;
use crate::origins::Origins;

const CERTIFICATE: &str = "server.tls_certificate";
const KEY: &str = "server.tls_key";

/// Reads certificate and key, where they are named.
pub(crate) fn read(draft: &mut Draft, origins: &Origins, file: impl Fn(&Path) -> io::Result<Vec<u8>>) -> Mistakes {
    let mut mistakes = Mistakes::default();
    let mut mistake = |key: &str, fault| mistakes.push(origins.mistake(key, fault));
    let (certificate, key) = match (&draft.tls.certificate, &draft.tls.key) {
        (Some(certificate), Some(key)) => (certificate, key),
        (None, None) => return mistakes,
        (Some(_), None) => {
            mistake(KEY, alone(CERTIFICATE, "the key that belongs to it", KEY));
            return mistakes;
        }
        (None, Some(_)) => {
            mistake(
                CERTIFICATE,
                alone(KEY, "the certificate that it belongs to", CERTIFICATE),
            );
            return mistakes;
        }
    };
    match (read_file(certificate, &file), read_file(key, &file)) {
        (Ok(certificates), Ok(key)) => match Tls::from_pem(&certificates, &key) {
            Ok(tls) => draft.front.tls = Some(tls),
            Err(error) => {
                let name = if error.is_about_key() { KEY } else { CERTIFICATE };
                let problem = format!("names a file that {error}");
                let mend = error.mend().to_owned();
                mistake(name, Fault::Malformed { problem, mend });
            }
        },
        (certificates, key) => {
            certificates
                .err()
                .into_iter()
                .for_each(|fault| mistake(CERTIFICATE, fault));
            key.err().into_iter().for_each(|fault| mistake(KEY, fault));
        }
    }
    mistakes
}

/// One of the two is missing.
fn alone(given: &str, what: &str, missing: &str) -> Fault {
    Fault::Conflict {
        problem: format!("{given} is set, and TLS needs {what}, too"),
        mend: format!("set {missing} to the path of its PEM file, or remove {given}"),
    }
}

fn read_file(path: &str, file: impl Fn(&Path) -> io::Result<Vec<u8>>) -> Result<Vec<u8>, Fault> {
    let reason = match file(Path::new(path)) {
        Ok(bytes) if bytes.len() <= FILE_BYTES_MAX => return Ok(bytes),
        Ok(bytes) => format!("it is {} bytes, the limit is {FILE_BYTES_MAX}", bytes.len()),
        Err(error) => error.to_string(),
    };
    Err(Fault::Malformed {
        problem: format!("names a file that can't be read: {reason}"),
        mend: "give the path of a PEM file that this user may read".to_owned(),
    })
}
