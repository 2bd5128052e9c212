//! Is a certificate or a key that can't serve told before anything starts?

use std::fs;
use std::path::Path;
use std::process::Command;

use omnibus_tests::binary;
use omnibus_tests::limits;
use omnibus_tests::port::Port;
use omnibus_tests::program::Program;
use omnibus_tests::python::forget_settings;

use crate::server::{Identity, shown};

fn omnibusd(certificate: Option<&Path>, key: Option<&Path>) -> Command {
    let mut command = Command::new(binary::omnibusd());
    forget_settings(&mut command);
    command.args([
        "--bus-subscriber-address=inproc://s",
        "--bus-publisher-address=inproc://p",
    ]);
    for (flag, path) in [("--server-tls-certificate", certificate), ("--server-tls-key", key)] {
        if let Some(path) = path {
            command.args([flag, shown(path)]);
        }
    }
    command
}

#[test]
fn every_mistake_names_its_setting_its_cause_and_its_mend_and_shows_no_key() {
    let (identity, other) = (Identity::new(), Identity::new());
    let (certificate, key) = (identity.certificate(), identity.key());
    let secret = fs::read_to_string(&key).expect("it is there");
    let secret = secret.lines().nth(1).expect("a key has lines").to_owned();
    let encrypted = identity.path("encrypted.pem");
    let legacy = identity.path("legacy.pem");
    for (file, command, more) in [(&encrypted, "pkey", None), (&legacy, "ec", Some("-aes128"))] {
        let mut openssl = Command::new("openssl");
        openssl.args([command, "-in", shown(&key), "-out", shown(file), "-passout", "pass:x"]);
        openssl.arg(more.unwrap_or("-aes256"));
        let output = openssl.output().expect("openssl is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let [empty, cut, wrong, missing] = ["empty", "cut", "wrong", "missing"].map(|name| identity.path(name));
    fs::write(&empty, "nothing\n").expect("it can be written");
    fs::write(&cut, format!("-----BEGIN PRIVATE KEY-----\n{secret}\n")).expect("it can be written");
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    fs::write(&wrong, no_certificate).expect("it can be written");
    let other_key = other.key();
    for (certificate, key, setting, cause, mend) in [
        (
            Some(&certificate),
            None,
            "tls_key",
            "TLS needs the key",
            "set server.tls_key",
        ),
        (
            None,
            Some(&key),
            "tls_certificate",
            "TLS needs the certificate",
            "set server.tls_certificate",
        ),
        (
            Some(&missing),
            Some(&key),
            "tls_certificate",
            "No such file",
            "give the path",
        ),
        (
            Some(&certificate),
            Some(&missing),
            "tls_key",
            "No such file",
            "give the path",
        ),
        (
            Some(&empty),
            Some(&key),
            "tls_certificate",
            "holds no certificate",
            "name the PEM file",
        ),
        (
            Some(&wrong),
            Some(&key),
            "tls_certificate",
            "can't be read",
            "name the PEM file",
        ),
        (
            Some(&key),
            Some(&key),
            "tls_certificate",
            "holds no certificate",
            "name the PEM file",
        ),
        (
            Some(&certificate),
            Some(&empty),
            "tls_key",
            "holds no private key",
            "name the PEM file",
        ),
        (
            Some(&certificate),
            Some(&cut),
            "tls_key",
            "no END line",
            "name the PEM file",
        ),
        (
            Some(&certificate),
            Some(&certificate),
            "tls_key",
            "holds no private key",
            "name the PEM file",
        ),
        (
            Some(&certificate),
            Some(&encrypted),
            "tls_key",
            "an encrypted key",
            "openssl pkey",
        ),
        (
            Some(&certificate),
            Some(&legacy),
            "tls_key",
            "an encrypted key",
            "openssl pkey",
        ),
        (
            Some(&certificate),
            Some(&other_key),
            "tls_key",
            "another certificate",
            "made together",
        ),
    ] {
        let mut command = omnibusd(certificate.map(|path| &**path), key.map(|path| &**path));
        let output = command.output().expect("it runs");
        let report = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{report}");
        for part in [&format!("server.{setting}\n"), cause, mend] {
            assert!(report.contains(part), "{part} is not in:\n{report}");
        }
        assert!(report.starts_with("1 mistake") && !report.contains(&secret), "{report}");
    }
}

#[test]
fn a_key_that_everybody_may_read_serves_and_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;

    let identity = Identity::new();
    for (mode, is_warned) in [(0o600, false), (0o640, false), (0o644, true)] {
        fs::set_permissions(identity.key(), fs::Permissions::from_mode(mode)).expect("it is ours");
        let port = Port::free();
        let mut command = omnibusd(Some(&identity.certificate()), Some(&identity.key()));
        command.arg(format!("--server-listen={}", port.address()));
        let mut program = Program::start("omnibusd", &mut command);
        let _what_it_is = program.line(limits::START);
        program.signal("TERM");
        assert_eq!(program.exit_code(limits::STOP), 0);
        let is_told = program.log().contains("server.tls_key can be read by everybody");
        assert_eq!(is_told, is_warned, "{mode:o}:\n{}", program.log());
    }
}
