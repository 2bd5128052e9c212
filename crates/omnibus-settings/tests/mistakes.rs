//! Are all mistakes told at once, so that somebody can mend them?

use std::ffi::OsString;

use omnibus_settings::{CheckFormat, Command, Mistakes, Settings};

/// A file with twelve different mistakes.
const FILE: &str = "\
[server]
port = 70000
base_url = \"ec\"
prot = 80
page = \"maybe\"
ping_interval = 25

[client]
message_bytes_max = \"1 MB\"

[bus]
forwarder = true
subscriber_address = \"127.0.0.1:4243\"
while_down = \"drop\"

[redis]
url = \"redis://localhost\"

[auth]
authenticator = \"myproject.factories.authenticator_factory\"
secret_kex = \"hunter2\"
";

/// What is told of it.
const REPORT: &str = include_str!("mistakes.txt");

fn mistakes_of(file: &str, variables: &[(&str, &str)], flags: &[&str]) -> Mistakes {
    let flags = ["--config=omnibus.toml"].iter().chain(flags).map(OsString::from);
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
    Settings::load(flags, variables, |_| Ok(file.as_bytes().to_vec())).expect_err("there are mistakes")
}

#[test]
fn twelve_mistakes_in_a_file_are_told_in_one_report() {
    let mistakes = mistakes_of(FILE, &[], &[]);
    if std::env::var_os("OMNIBUS_BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mistakes.txt");
        std::fs::write(path, format!("{mistakes}\n")).unwrap();
        return;
    }
    assert_eq!(mistakes.len(), 12, "{mistakes}");
    assert_eq!(format!("{mistakes}\n"), REPORT);
}

#[test]
fn mistakes_of_all_sources_are_told_together() {
    let mistakes = mistakes_of(
        "server.prot = 80",
        &[("OMNIBUS_FORWADER_ENABLED", "True")],
        &["--server-prot", "80", "--log-level=loud"],
    );
    let sources: Vec<&str> = mistakes.iter().map(|mistake| mistake.source.word()).collect();
    assert_eq!(sources, ["file", "environment", "flag", "flag"]);
}

#[test]
fn a_secret_is_in_no_report() {
    let mistakes = mistakes_of(
        "[auth]\nsecret_kex = 'hunter2'\n[x]\ntoken = 'hunter3'",
        &[("OMNIBUS_SECRET_KEX", "hunter4"), ("OMNIBUS_API_TOKEN", "hunter5")],
        &["--api-password=hunter6", "--auth-secret-kex", "hunter7"],
    );
    assert_eq!(mistakes.len(), 6);
    let everything = format!("{mistakes}{}{mistakes:?}", mistakes.to_json());
    assert!(!everything.contains("hunter"), "{everything}");
}

#[test]
fn a_value_forges_no_line_of_the_report() {
    let mistakes = mistakes_of(
        "",
        &[("OMNIBUS_SERVER_PORT", "1\n\nserver.page\n  value: x")],
        &["--a\nb"],
    );
    assert_eq!(mistakes.to_string().matches("\n\n").count(), mistakes.len());
}

#[test]
fn broken_toml_is_told_with_its_place() {
    let text = mistakes_of("[server]\nport = \n", &[], &[]).to_string();
    assert!(text.contains("source: omnibus.toml:2:"), "{text}");
    assert!(text.contains("is no TOML"), "{text}");
}

#[test]
fn machines_read_the_same_as_people() {
    let mistakes = mistakes_of(FILE, &[("OMNIBUS_PROT", "1")], &["--prot"]);
    let json: serde_json::Value = serde_json::from_str(&mistakes.to_json()).unwrap();
    let list = json["mistakes"].as_array().unwrap();
    assert_eq!(list.len(), mistakes.len());
    assert_eq!(list[0]["source"]["line"], 2);
    for (object, mistake) in list.iter().zip(&mistakes) {
        assert_eq!(object["key"], mistake.key);
        assert_eq!(object["wrong"], mistake.fault.to_string());
        assert_eq!(object["mend"], mistake.fault.mend());
    }
}

#[test]
fn check_says_that_settings_are_good_or_all_that_is_wrong() {
    let check = |flags: &[&str]| {
        let words = ["check"].iter().chain(flags).map(OsString::from);
        match Command::read(words, [], |_| Ok(Vec::new())) {
            Ok(Command::Check { outcome, format }) => format.report(&outcome),
            other => panic!("{other:?}"),
        }
    };
    let good = check(&["--server-port=80", "--server-listen=127.0.0.1", "--shards=2"]);
    let expected = "\
settings are good

browsers  /ec at 127.0.0.1:80
role      director
bus       subscribers at tcp://127.0.0.1:4243, publishers at tcp://127.0.0.1:4244
shards    2

not the defaults:
  server.listen = 127.0.0.1  (flag --server-listen)
  server.port = 80  (flag --server-port)
  server.shards = 2  (flag --shards)
";
    assert_eq!(good, expected);
    assert!(check(&["--server-port=x"]).starts_with("1 mistake in the settings:\n\nserver.port\n"));
    for flags in [&["--format=json"][..], &["--format=json", "--server-port=x"]] {
        let json: serde_json::Value = serde_json::from_str(&check(flags)).unwrap();
        assert_eq!(json["mistakes"].as_array().unwrap().len(), flags.len() - 1);
    }
    assert_ne!(CheckFormat::Text, CheckFormat::Json);
}
