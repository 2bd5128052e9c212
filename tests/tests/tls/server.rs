//! How does a test get a server that speaks TLS, and a client that does?

use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::port::Port;
use omnibus_tests::program::Program;
use omnibus_tests::python;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;

/// A certificate of the test's own, for this machine, and its key.
pub(crate) struct Identity {
    folder: TempDir,
}

impl Identity {
    pub(crate) fn new() -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["127.0.0.1".to_owned(), "localhost".to_owned()])
                .expect("a machine can make a key");
        let folder = tempfile::tempdir().expect("there is room for a file");
        let identity = Self { folder };
        fs::write(identity.certificate(), cert.pem()).expect("it can be written");
        fs::write(identity.key(), signing_key.serialize_pem()).expect("it can be written");
        fs::set_permissions(identity.key(), Permissions::from_mode(0o600)).expect("it is ours");
        identity
    }

    /// What a client trusts, too.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.path("certificate.pem")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.path("key.pem")
    }

    /// The path of a file beside them.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// A node that speaks TLS only, with more settings.
pub(crate) fn node(identity: &Identity, settings: &[(&str, &str)]) -> Node {
    let (certificate, key) = (identity.certificate(), identity.key());
    let own = [
        ("server.tls_certificate", shown(&certificate)),
        ("server.tls_key", shown(&key)),
    ];
    Node::with(&[&own, settings].concat())
}

pub(crate) fn shown(path: &Path) -> &str {
    path.to_str().expect("folders for temporary files have plain names")
}

/// A way by which clients that know no TLS reach a node: OpenSSL's.
pub(crate) struct Bridge {
    _program: Program,
    port: Port,
}

impl Bridge {
    pub(crate) fn to(node: &Node, identity: &Identity) -> Self {
        Self::start(node, identity, &["1.3"])
    }

    /// One that speaks this version.
    pub(crate) fn speaking(version: &str, node: &Node, identity: &Identity) -> Self {
        Self::start(node, identity, &[version])
    }

    /// One for whose connections the system keeps little.
    pub(crate) fn narrow(node: &Node, identity: &Identity) -> Self {
        Self::start(node, identity, &["1.3", "32768"])
    }

    fn start(node: &Node, identity: &Identity, more: &[&str]) -> Self {
        let port = Port::free();
        let mut command = python::script("peers/tls_bridge.py");
        command
            .arg(port.number().to_string())
            .arg(node.address().port().to_string())
            .arg(identity.certificate())
            .args(more);
        let program = Program::start("tls_bridge.py", &mut command);
        assert_eq!(program.line(limits::START), "ready");
        Self {
            _program: program,
            port,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// The WebSocket at its other end.
    pub(crate) fn url(&self) -> String {
        format!("ws://{}/ec", self.address())
    }
}
