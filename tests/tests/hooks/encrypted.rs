//! Is an application behind `https` told, and only that one?

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use omnibus_tests::binary;
use omnibus_tests::client::Client;
use omnibus_tests::counters::{counter, expect_counter};
use omnibus_tests::limits;
use omnibus_tests::port::Port;
use omnibus_tests::program::Program;
use omnibus_tests::python::forget_settings;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;

use crate::receiver::{Receiver, SECRET};

/// Writes a certificate for 127.0.0.1 and its key.
fn certificate(folder: &TempDir, name: &str) -> [PathBuf; 2] {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a machine can make a key");
    let files = [(cert.pem(), "crt"), (signing_key.serialize_pem(), "key")];
    files.map(|(pem, kind)| {
        let file = folder.path().join(format!("{name}.{kind}"));
        fs::write(&file, pem).expect("it can be written");
        file
    })
}

/// A node that trusts one certificate, and the URL of its WebSocket.
fn node(application: &Port, trusted: &Path) -> (Program, String, Port) {
    let port = Port::free();
    let mut command = Command::new(binary::omnibusd());
    forget_settings(&mut command);
    command
        .env("SSL_CERT_FILE", trusted)
        .env_remove("SSL_CERT_DIR")
        .env("OMNIBUS_HOOKS_SECRET", SECRET)
        .arg(format!("--hooks-url=https://{}/omnibus/hooks/", application.address()))
        .arg(format!("--server-listen={}", port.address()))
        .args([
            "--bus-subscriber-address=inproc://s",
            "--bus-publisher-address=inproc://p",
        ]);
    let program = Program::start("omnibusd", &mut command);
    let _what_it_is = program.line(limits::START);
    (program, format!("ws://{}/ec", port.address()), port)
}

#[test]
fn an_application_behind_tls_is_told_and_a_stranger_in_its_place_is_not() {
    let folder = tempfile::tempdir().expect("there is room for a file");
    let [certificate_file, key] = certificate(&folder, "application");
    let [other, _] = certificate(&folder, "other");
    let application = Port::free();
    let receiver = Receiver::start_encrypted(&application, [&certificate_file, &key]);

    let (mut program, url, _port) = node(&application, &certificate_file);
    let mut client = Client::connect_to(&url);
    client.authenticate("one");
    assert_eq!(receiver.events(1)[0].identifier, "one");
    expect_counter(&mut program, "hooks_events_received", 1);

    let (mut program, url, _port) = node(&application, &other);
    let mut client = Client::connect_to(&url);
    client.authenticate("two");
    limits::eventually("a refusal", limits::ANSWER, || match program.log() {
        log if log.contains("does not receive events") && log.contains("certificate") => Ok(()),
        log => Err(log),
    });
    assert_eq!(counter(&mut program, "hooks_events_received"), 0);
    receiver.expect_silence();
}
