//! How is the client run and looked at?

use std::process::{Command, Output};

/// What a run of the client left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    fn from_output(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The client with these arguments, in an environment without a server's name.
pub(crate) fn omnibus(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_omnibus"));
    command.args(arguments).env_remove("OMNIBUS_URL");
    command
}

/// Runs the client to its end.
pub(crate) fn run(arguments: &[&str]) -> Ran {
    Ran::from_output(&omnibus(arguments).output().expect("the client was built for this test"))
}

#[test]
fn what_is_wrong_is_found_before_anything_is_sent() {
    for (arguments, text) in [
        (
            &["publish", "news", "say", "[]"][..],
            "the payload does not start with an object",
        ),
        (&["publish", "ne:ws", "say", "{}"], "has a colon"),
        (&["publish", "", "say", "{}"], "empty"),
        (&["publish", "news"], "TYPE"),
        (&["subscribe"], "CHANNEL"),
        (&["subscribe", "!news"], "!news"),
        (&["subscribe", "news", "--timeout", "5"], "5s"),
        (&["subscribe", "news", "--count", "0"], "0"),
        (&["ping", "--url", "http://127.0.0.1"], "ws://"),
        (&["publish", "news", "say", "--bus", "tcp://*:1"], "no host"),
        (
            &["publish", "n", "t", "--bus", "tcp://127.0.0.1:1", "--url", "ws://x"],
            "cannot be used with",
        ),
        (&["frobnicate"], "frobnicate"),
        (&[], "Usage"),
    ] {
        let ran = run(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(text), "{arguments:?}: {}", ran.err);
        assert_eq!(ran.out, "");
    }
}

#[test]
fn where_nobody_listens_the_exit_code_is_69() {
    for arguments in [
        &["publish", "news", "say", "{}", "--url", "ws://127.0.0.1:1/ec"][..],
        &["subscribe", "news", "--url", "ws://127.0.0.1:1/ec"],
        &["ping", "--url", "ws://127.0.0.1:1/ec"],
        &["publish", "news", "say", "{}", "--bus", "tcp://127.0.0.1:1"],
        &["subscribe", "news", "--bus", "tcp://127.0.0.1:1"],
    ] {
        let ran = run(arguments);
        assert_eq!(ran.code, Some(69), "{arguments:?}: {ran:?}");
        assert!(ran.err.contains("can't be reached"), "{}", ran.err);
    }
}

#[test]
fn the_environment_names_the_server_where_the_command_line_does_not() {
    let asked = omnibus(&["ping"]).env("OMNIBUS_URL", "ws://127.0.0.1:1/x").output();
    let ran = Ran::from_output(&asked.unwrap());
    assert_eq!(ran.code, Some(69));
    assert!(ran.err.contains("ws://127.0.0.1:1/x"), "{}", ran.err);

    let asked = omnibus(&["ping"]).env("OMNIBUS_URL", "http://x").output();
    let ran = Ran::from_output(&asked.unwrap());
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("OMNIBUS_URL"), "{}", ran.err);
}

#[test]
fn every_help_lists_the_exit_codes() {
    for arguments in [
        &["--help"][..],
        &["publish", "--help"],
        &["subscribe", "--help"],
        &["ping", "--help"],
    ] {
        let ran = run(arguments);
        assert_eq!(ran.code, Some(0));
        for code in ["   0  done", "   1  ", "   2  ", "  69  ", "  75  "] {
            assert!(ran.out.contains(code), "{arguments:?}: {}", ran.out);
        }
    }
}
