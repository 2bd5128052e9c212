//! Which certificate does a listener show?

use std::fmt;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::{Ticketer, default_provider};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, UnbufferedServerConnection};
use rustls::{InconsistentKeys, ServerConfig};
use thiserror::Error;

/// A certificate, the key that belongs to it, and how TLS is spoken with them: 1.2 or 1.3, by
/// rustls' default choices.
///
/// Nothing is kept of a connection that has ended: whoever comes back brings a ticket, encrypted by
/// a key of this process that changes every six hours.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ServerConfig>,
    to_plain: &'static [u8],
}

/// Why a certificate and a key are no good. Nothing of either is in the text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TlsError {
    /// The certificates' PEM has none.
    #[error("holds no certificate in PEM")]
    NoCertificate,
    /// A certificate can't be read.
    #[error("holds a certificate that can't be read: {0}")]
    BadCertificate(String),
    /// The key's PEM has none.
    #[error("holds no private key in PEM")]
    NoKey,
    /// The key is encrypted, and nobody is there to enter its password.
    #[error("holds an encrypted key")]
    EncryptedKey,
    /// The key can't be read, or is of a kind that isn't known.
    #[error("holds a key that can't be used: {0}")]
    BadKey(String),
    /// The key belongs to another certificate.
    #[error("holds the key of another certificate")]
    KeyOfAnother,
}

impl TlsError {
    /// Whether the key is to blame, and not the certificate.
    #[must_use]
    pub fn is_about_key(&self) -> bool {
        !matches!(self, Self::NoCertificate | Self::BadCertificate(_))
    }

    /// What to do about it.
    #[must_use]
    pub fn mend(&self) -> &'static str {
        match self {
            Self::NoCertificate | Self::BadCertificate(_) => {
                "name the PEM file of the server's certificate, with those between it and the root behind it"
            }
            Self::NoKey | Self::BadKey(_) => {
                "name the PEM file of the certificate's key: RSA from 2048 bits, ECDSA P-256, P-384, P-521, or Ed25519"
            }
            Self::EncryptedKey => {
                "decrypt it into a file that only the server's user may read: openssl pkey -in KEY -out DECRYPTED"
            }
            Self::KeyOfAnother => "name the certificate and the key that were made together",
        }
    }
}

/// What a client may speak inside TLS; one that offers only others is refused by name.
const PROTOCOL: &[u8] = b"http/1.1";

/// Tickets that a client gets at its beginning. A page needs one for each connection that it opens
/// later, and asks for more with each of them.
const TICKETS: usize = 2;

impl Tls {
    /// Reads a certificate, with those between it and the root behind it, and its key.
    ///
    /// # Errors
    /// One of them can't be used, or they don't belong together.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let certificates = read_certificates(certificates)?;
        let key = read_key(key)?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::BadKey(error.to_string()))?
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .map_err(blame)?;
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.ticketer = Ticketer::new().map_err(|error| TlsError::BadKey(error.to_string()))?;
        config.send_tls13_tickets = TICKETS;
        let config = Arc::new(config);
        // It fails for every connection or for none.
        UnbufferedServerConnection::new(Arc::clone(&config)).map_err(blame)?;
        Ok(Self { config, to_plain: b"" })
    }

    /// What is said, unencrypted, to a client whose first byte is a letter: it speaks something
    /// like HTTP, and no TLS.
    #[must_use]
    pub fn answering_plain(self, to_plain: &'static [u8]) -> Self {
        Self { to_plain, ..self }
    }

    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    pub(crate) fn to_plain(&self) -> &'static [u8] {
        self.to_plain
    }
}

impl fmt::Debug for Tls {
    /// Nothing of the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

fn read_certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => Err(TlsError::NoCertificate),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(TlsError::BadCertificate(explain(&error).to_owned())),
    }
}

fn read_key(text: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    if is_encrypted(text) {
        return Err(TlsError::EncryptedKey);
    }
    PrivateKeyDer::from_pem_slice(text).map_err(|error| match error {
        pem::Error::NoItemsFound => TlsError::NoKey,
        error => TlsError::BadKey(explain(&error).to_owned()),
    })
}

/// Whether a key needs a password: PKCS #8 says so in its label, OpenSSL's old form in a header.
fn is_encrypted(text: &[u8]) -> bool {
    let lines = text.split(|&byte| byte == b'\n' || byte == b'\r');
    let mut marks = lines.filter(|line| {
        line.starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY-----") || line.starts_with(b"Proc-Type: 4,ENCRYPTED")
    });
    marks.next().is_some()
}

/// What is wrong with a PEM text, without any of it: it may be a key.
fn explain(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::MissingSectionEnd { .. } => "its PEM has no END line",
        pem::Error::IllegalSectionStart { .. } => "its PEM has a broken BEGIN line",
        pem::Error::Base64Decode(_) => "its PEM is no base64",
        _ => "its PEM is broken",
    }
}

/// Which of the two is to blame.
fn blame(error: rustls::Error) -> TlsError {
    match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::KeyOfAnother,
        rustls::Error::InvalidCertificate(error) => TlsError::BadCertificate(error.to_string()),
        rustls::Error::NoCertificatesPresented => TlsError::NoCertificate,
        error => TlsError::BadKey(error.to_string()),
    }
}
