//! Do settings come from where they should, and mean what they should?

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::Duration;

use omnibus_bus_zmq::{Interest, Role, WhileDown};
use omnibus_session::Audience;
use omnibus_settings::{Command, LogFormat, Mistakes, Settings, Source};

/// Settings from flags, environment and the text of a file.
fn load(flags: &[&str], variables: &[(&str, &str)], file: Option<&str>) -> Result<Settings, Mistakes> {
    let config = file.map(|_| "--config=omnibus.toml");
    let flags = config.iter().chain(flags).map(OsString::from);
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
    Settings::load(flags, variables, |path| {
        assert_eq!(path, Path::new("omnibus.toml"));
        file.map(|text| text.as_bytes().to_vec())
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    })
}

fn from_environment(variables: &[(&str, &str)]) -> Result<Settings, Mistakes> {
    load(&[], variables, None)
}

fn report(outcome: Result<Settings, Mistakes>) -> String {
    outcome.expect_err("there are mistakes").to_string()
}

#[test]
fn without_any_source_all_parts_have_their_own_defaults() {
    let settings = from_environment(&[]).unwrap();
    let shown = |part: &dyn std::fmt::Debug| format!("{part:#?}");
    assert_eq!(shown(&settings.hub), shown(&omnibus_hub::Config::default()));
    assert_eq!(shown(&settings.front), shown(&omnibus_front::Config::default()));
    assert_eq!(shown(&settings.bus), shown(&omnibus_bus_zmq::Config::default()));
    assert_eq!(settings.log.format, LogFormat::Text);
    assert_eq!(settings.log.level, "info");
    assert_eq!(settings.stop_grace, Duration::from_secs(10));
    assert_eq!(settings.changed, []);
}

#[test]
fn flags_go_before_the_environment_and_the_environment_before_the_file() {
    let file = Some("[server]\nport = 1\nbase_url = '/file'\nconnections_max = 11");
    let variables = [
        ("OMNIBUS_SERVER_PORT", "2"),
        ("OMNIBUS_SERVER_BASE_URL", "/environment"),
    ];
    let settings = load(&["--server-port", "3"], &variables, file).unwrap();
    assert_eq!(settings.endpoint.port, 3);
    assert_eq!(settings.front.base_url, "/environment");
    assert_eq!(settings.hub.connections_max, 11);
    let sources: Vec<String> = settings.changed.iter().map(|c| c.source.to_string()).collect();
    assert_eq!(
        sources,
        [
            "flag --server-port",
            "environment variable OMNIBUS_SERVER_BASE_URL",
            "omnibus.toml:4:1"
        ]
    );
}

#[test]
fn the_environment_names_the_file_and_the_flag_goes_before_it() {
    let environment = || [("OMNIBUS_CONFIG".into(), "a.toml".into())];
    let read = |path: &Path| {
        let port = if path == Path::new("a.toml") { 1 } else { 2 };
        Ok(format!("server.port = {port}").into_bytes())
    };
    let settings = Settings::load([], environment(), read).unwrap();
    assert_eq!(settings.endpoint.port, 1);
    let settings = Settings::load(["--config=b.toml".into()], environment(), read).unwrap();
    assert_eq!(settings.endpoint.port, 2);
}

#[test]
fn without_a_named_file_none_is_read() {
    let outcome = Settings::load([], [], |_| panic!("no file was named"));
    assert!(outcome.is_ok());
}

#[test]
fn every_word_for_yes_and_no_works() {
    for (word, on) in [
        ("True", true),
        ("true", true),
        ("1", true),
        ("yes", true),
        ("ON", true),
        ("False", false),
        ("false", false),
        ("0", false),
        ("no", false),
        ("off", false),
    ] {
        let settings = from_environment(&[("OMNIBUS_SERVER_PAGE", word)]).unwrap();
        assert_eq!(settings.front.page, on, "{word}");
    }
    let text = report(from_environment(&[("OMNIBUS_SERVER_PAGE", "maybe")]));
    assert!(text.contains("write true or false"), "{text}");
}

#[test]
fn a_slave_of_the_original_becomes_a_forwarder() {
    let settings = from_environment(&[
        ("OMNIBUS_DIRECTOR_ENABLED", "False"),
        ("OMNIBUS_FORWARDER_ENABLED", "True"),
        ("OMNIBUS_SUBSCRIBER_ADDRESS", "inproc://omnibus_sub"),
        ("OMNIBUS_PUBLISHER_ADDRESS", "inproc://omnibus_pub"),
        ("OMNIBUS_DIRECTOR_SUBSCRIBER_ADDRESS", "tcp://192.168.1.10:4243"),
        ("OMNIBUS_DIRECTOR_PUBLISHER_ADDRESS", "tcp://192.168.1.10:4244"),
    ])
    .unwrap();
    let expected = Role::Forwarder {
        subscriber_address: "tcp://192.168.1.10:4243".parse().unwrap(),
        publisher_address: "tcp://192.168.1.10:4244".parse().unwrap(),
    };
    assert_eq!(settings.bus.role, expected);
}

#[test]
fn a_forwarder_that_is_also_a_director_is_told_what_to_set() {
    let director = [
        ("OMNIBUS_DIRECTOR_SUBSCRIBER_ADDRESS", "tcp://10.0.0.1:4243"),
        ("OMNIBUS_DIRECTOR_PUBLISHER_ADDRESS", "tcp://10.0.0.1:4244"),
        ("OMNIBUS_FORWARDER_ENABLED", "True"),
    ];
    // The director is on by default, as in the original, where this ended in a traceback.
    let by_default = from_environment(&director).unwrap_err();
    assert_eq!(by_default.len(), 1);
    let text = by_default.to_string();
    assert!(
        text.contains("on too, by default") && text.contains("set OMNIBUS_DIRECTOR_ENABLED=False"),
        "{text}"
    );

    let mut said = director.to_vec();
    said.push(("OMNIBUS_DIRECTOR_ENABLED", "True"));
    let text = report(from_environment(&said));
    assert!(text.contains("bus.director is on too, and"), "{text}");
}

#[test]
fn with_both_roles_off_a_node_connects_straight_to_its_addresses() {
    let off = ("OMNIBUS_DIRECTOR_ENABLED", "False");
    let settings = from_environment(&[off, ("OMNIBUS_SUBSCRIBER_ADDRESS", "tcp://10.0.0.1:4243")]).unwrap();
    assert_eq!(settings.bus.role, Role::Direct);
    assert!(
        settings.warnings.iter().all(|warning| !warning.contains("bus")),
        "it binds nothing"
    );
    for address in ["inproc://omnibus", "tcp://*:4243", "tcp://10.0.0.1:0"] {
        let text = report(from_environment(&[off, ("OMNIBUS_SUBSCRIBER_ADDRESS", address)]));
        assert!(text.contains("this node connects there"), "{text}");
    }
}

#[test]
fn a_forwarder_needs_both_addresses_and_must_not_be_its_own_director() {
    let flags = ["--bus-director=no", "--bus-forwarder"];
    let missing = load(&flags, &[], None).unwrap_err();
    let keys: Vec<&str> = missing.iter().map(|mistake| mistake.key.as_str()).collect();
    assert_eq!(
        keys,
        ["bus.director_subscriber_address", "bus.director_publisher_address"]
    );
    assert!(missing.iter().all(|mistake| mistake.source == Source::Default));

    let own = [
        "--bus-director-subscriber-address=tcp://127.0.0.1:4243",
        "--bus-director-publisher-address=tcp://127.0.0.1:4244",
    ];
    let text = report(load(&[&flags[..], &own[..]].concat(), &[], None));
    assert_eq!(text.matches("would connect to itself").count(), 2, "{text}");
}

#[test]
fn a_bad_address_is_told_once_and_not_as_a_missing_one_too() {
    let mistakes = load(
        &[
            "--bus-director=no",
            "--bus-forwarder",
            "--bus-director-subscriber-address=10.0.0.1:4243",
            "--bus-director-publisher-address=tcp://10.0.0.1:4244",
        ],
        &[],
        None,
    )
    .unwrap_err();
    assert_eq!(mistakes.len(), 1, "{mistakes}");
    assert!(mistakes.to_string().contains("has no scheme"), "{mistakes}");
}

#[test]
fn the_factories_of_the_original_are_taken_and_all_others_are_refused() {
    let factory = |name: &str| format!("omnibus.factories.{name}");
    for (variable, name) in [
        ("OMNIBUS_AUTHENTICATOR_FACTORY", "noopauthenticator_factory"),
        ("OMNIBUS_CONNECTION_FACTORY", "websocket_connection_factory"),
        ("OMNIBUS_WEBAPP_FACTORY", "websocket_webapp_factory"),
        ("OMNIBUS_WEBAPP_FACTORY", "sockjs_webapp_factory"),
    ] {
        assert!(from_environment(&[(variable, &factory(name))]).is_ok(), "{name}");
    }
    for (variable, path) in [
        ("OMNIBUS_CONNECTION_FACTORY", "myproject.connections.factory".to_owned()),
        ("OMNIBUS_WEBAPP_FACTORY", "myproject.servers.factory".to_owned()),
        ("OMNIBUS_AUTHENTICATOR_FACTORY", "myproject.auth.factory".to_owned()),
        ("OMNIBUS_AUTHENTICATOR_FACTORY", "NoOp".to_owned()),
    ] {
        let text = report(from_environment(&[(variable, &path)]));
        assert!(text.contains("not supported yet") && text.contains(&path), "{text}");
    }
}

#[test]
fn users_are_told_apart_with_a_secret_and_a_database_and_not_without() {
    let secret = ("OMNIBUS_SECRET_KEY", " a secret of a site, with a space before it ");
    let database = ("OMNIBUS_DATABASE_URL", "postgres://site:hunter2@127.0.0.1/site");
    for word in ["django", "omnibus.factories.userauthenticator_factory"] {
        let authenticator = ("OMNIBUS_AUTHENTICATOR_FACTORY", word);
        let missing = from_environment(&[authenticator]).unwrap_err();
        let keys: Vec<&str> = missing.iter().map(|mistake| mistake.key.as_str()).collect();
        assert_eq!(keys, ["auth.secret_key", "auth.database_url"]);
        let text = missing.to_string();
        assert!(
            text.contains("OMNIBUS_SECRET_KEY") && text.contains("OMNIBUS_DATABASE_URL"),
            "{text}"
        );

        let settings = from_environment(&[authenticator, secret, database]).unwrap();
        let auth = settings.auth.as_ref().unwrap();
        assert_eq!(auth.keys.present.reveal(), secret.1.as_bytes(), "spaces are part of it");
        assert_eq!(auth.cache_time, Duration::from_secs(2));
        assert_eq!(settings.warnings, [""; 0]);
        let shown = format!("{settings:?}{}", settings.summary());
        assert!(!shown.contains("a secret of") && !shown.contains("hunter2"), "{shown}");
    }
    let settings = from_environment(&[secret, database]).unwrap();
    assert!(
        settings.auth.is_none(),
        "everybody is believed unless somebody says otherwise"
    );
}

#[test]
fn secrets_may_stand_in_files_of_their_own() {
    let flags = [
        "--auth-authenticator=django",
        "--auth-secret-key-file=/run/key",
        "--auth-database-url-file=/run/url",
    ];
    let load = |flags: &[&str], url: &'static str| {
        Settings::load(flags.iter().map(OsString::from), [], move |path| match path.to_str() {
            Some("/run/key") => Ok(b"thirty-two bytes and some more, yes\r\n".to_vec()),
            Some("/run/url") => Ok(url.as_bytes().to_vec()),
            _ => Err(io::ErrorKind::NotFound.into()),
        })
    };
    let settings = load(&flags, "sqlite:///srv/db.sqlite3\n").unwrap();
    let key = &settings.auth.unwrap().keys.present;
    assert_eq!(key.reveal(), b"thirty-two bytes and some more, yes");
    let text = report(load(&flags, "oracle://u:hunter2@h/x\n"));
    assert!(
        text.contains("is no URL of a database") && !text.contains("hunter2"),
        "{text}"
    );
    let both = [&flags[..], &["--auth-secret-key=hunter2"]].concat();
    let text = report(load(&both, "sqlite:///x"));
    assert!(
        text.contains("auth.secret_key is set, too") && !text.contains("hunter2"),
        "{text}"
    );
    let missing = [&flags[..2], &["--auth-database-url-file=/run/nothing"]].concat();
    let text = report(load(&missing, ""));
    assert!(
        text.starts_with("1 mistake") && text.contains("names a file that can't be read"),
        "{text}"
    );
}

#[test]
fn short_secrets_and_tokens_that_never_end_are_warned_of() {
    let flags = [
        "--auth-authenticator=django",
        "--auth-secret-key=short",
        "--auth-database-url=sqlite:///srv/db.sqlite3",
        "--auth-original-tokens",
    ];
    let settings = load(&flags, &[], None).unwrap();
    assert_eq!(settings.warnings.len(), 2, "{:?}", settings.warnings);
    assert!(settings.warnings[0].contains("fewer than 32 bytes"));
    assert!(settings.warnings[1].contains("never end"));
}

#[test]
fn names_of_tables_and_columns_can_hold_no_statement() {
    for flag in [
        "--auth-user-table=auth_user; DROP TABLE x",
        "--auth-user-table=a.b.c",
        "--auth-user-key=id\" OR 1=1",
        "--auth-active-column=is`active",
        "--auth-staff-column=is staff",
    ] {
        assert!(load(&[flag], &[], None).is_err(), "{flag}");
    }
    let none = [
        "--auth-active-column=",
        "--auth-staff-column=None",
        "--auth-user-table=crm.people",
    ];
    assert!(load(&none, &[], None).is_ok());
}

#[test]
fn proxies_are_addresses_or_networks() {
    let settings = load(&["--server-trusted-proxies=127.0.0.1, 10.0.0.0/8, ::1"], &[], None).unwrap();
    let networks: Vec<String> = settings.front.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["127.0.0.1/32", "10.0.0.0/8", "::1/128"]);
    let text = report(load(&["--server-trusted-proxies=proxy.example"], &[], None));
    assert!(text.contains("is no IP address and no network"), "{text}");
}

#[test]
fn namespaces_stand_in_the_file_or_in_the_environment() {
    let file = "
        [auth]
        authenticator = 'noop'
        [[namespaces]]
        pattern = 'news.*'
        publish = 'server'
        [[namespaces]]
        pattern = '*.room'
        announce_leave = true
        publish = 'identified'
    ";
    let settings = load(&[], &[], Some(file)).unwrap();
    let namespaces: Vec<_> = settings.front.rules.namespaces.iter().collect();
    assert_eq!(namespaces.len(), 3);
    assert_eq!(namespaces[0].subscribe, Audience::Anyone);
    assert_eq!(namespaces[0].publish, Audience::Server);
    assert!(namespaces[1].announce_leave);
    assert_eq!(namespaces[2].pattern.as_str(), "*");
    assert!(
        settings
            .warnings
            .iter()
            .any(|warning| warning.contains("which knows none"))
    );
    let changed = settings.changed.last().unwrap();
    assert_eq!((changed.key, changed.value.as_str()), ("namespaces", "news.*, *.room"));

    let json = r#"[{"pattern": "chat", "subscribe": "staff"}]"#;
    let settings = load(&[], &[("OMNIBUS_NAMESPACES", json)], Some(file)).unwrap();
    let namespaces: Vec<_> = settings.front.rules.namespaces.iter().collect();
    assert_eq!(namespaces.len(), 2, "the environment takes the place of the file");
    assert_eq!(namespaces[0].subscribe, Audience::Staff);
    assert_eq!(namespaces[0].publish, Audience::Anyone);
    let inline = "namespaces = [{ pattern = 'a' }, { pattern = 'b' }]";
    let settings = load(&[], &[], Some(inline)).unwrap();
    assert_eq!(settings.front.rules.namespaces.iter().count(), 3);
}

#[test]
fn all_that_is_wrong_with_namespaces_is_told_with_its_place() {
    let file = "[[namespaces]]\npattern = 'a'\nsubscribe = 'stuff'\npublsih = 'staff'\n[[namespaces]]\n\
                announce_leave = 3\n[[namespaces]]\npattern = '*'\n[[namespaces]]\npattern = 'b'\n";
    let mistakes = load(&[], &[], Some(file)).unwrap_err();
    let told: Vec<String> = mistakes
        .iter()
        .map(|mistake| format!("{} {} {}", mistake.key, mistake.source, mistake.fault.mend()))
        .collect();
    assert_eq!(
        told,
        [
            "namespaces[0].subscribe omnibus.toml:3:1 write staff, if that is what you mean",
            "namespaces[0].publsih omnibus.toml:4:1 write publish, if that is what you mean, or remove it",
            "namespaces[1].announce_leave omnibus.toml:6:1 write true or false",
            "namespaces[1].pattern omnibus.toml:6:1 write pattern = \"news.*\", or whatever its channels are called; \
             * is any run of characters",
            "namespaces[3].pattern omnibus.toml:10:1 put it before that one, or remove it",
        ]
    );
    for json in ["{}", "[1]", "[", r#"[{"pattern": 1}]"#, r#"[{"pattern": ""}]"#] {
        assert!(from_environment(&[("OMNIBUS_NAMESPACES", json)]).is_err(), "{json}");
    }
    let many = format!("[{}]", vec![r#"{"pattern": "a"}"#; 65].join(", "));
    let text = report(from_environment(&[("OMNIBUS_NAMESPACES", &many)]));
    assert!(text.contains("are 65, the limit is 64"), "{text}");
}

#[test]
fn an_empty_value_is_none_where_none_is_possible_and_else_a_mistake() {
    let none = [
        ("OMNIBUS_SERVER_HOST", ""),
        ("OMNIBUS_DIRECTOR_SUBSCRIBER_ADDRESS", "None"),
        ("OMNIBUS_SERVER_ALLOWED_ORIGINS", ""),
    ];
    let settings = from_environment(&none).unwrap();
    assert_eq!(settings.endpoint.host, None);
    let text = report(from_environment(&[("OMNIBUS_DIRECTOR_ENABLED", "")]));
    assert!(text.contains("is empty"), "{text}");
}

#[test]
fn listeners_without_a_port_have_that_of_the_server() {
    let listen = "server.listen = ['127.0.0.1', '[::1]:8080']\nserver.port = 80";
    let settings = load(&[], &[], Some(listen)).unwrap();
    let listen: Vec<String> = settings.front.listen.iter().map(ToString::to_string).collect();
    assert_eq!(listen, ["127.0.0.1:80", "[::1]:8080"]);
    assert_eq!(settings.warnings, [""; 0]);
}

#[test]
fn every_value_reaches_its_place() {
    let file = "
        [server]
        ping_interval = '7s'
        shards = 3
        allowed_origins = ['https://Example.org']
        [client]
        outbox_stall_max = '4s'
        require_json = false
        outbox_bytes_max = 8192
        [bus]
        while_down = 'local'
        hold_publications_max = 5
        hold_bytes_max = '2 KiB'
        interest = 'all'
        message_bytes_max = '2 MiB'
        [hub]
        join_time_max = '0s'
        turn_accepts_max = 9
        [log]
        format = 'json'
        level = 'warn,omnibus_hub=trace'
        [stop]
        grace = '2m'
    ";
    let settings = load(&[], &[], Some(file)).unwrap();
    assert_eq!(settings.front.ping_interval, Duration::from_secs(7));
    assert_eq!(settings.hub.shards, 3);
    assert_eq!(settings.front.allowed_origins, ["https://example.org"]);
    assert_eq!(settings.hub.outbox_stall_max, Duration::from_secs(4));
    assert!(!settings.front.rules.body.require_json);
    assert_eq!(settings.front.rules.limits.outbox_bytes_max, 8_192);
    let local = WhileDown::Local {
        publications_max: 5,
        bytes_max: 2_048,
    };
    assert_eq!(settings.bus.while_down, local);
    assert_eq!(settings.bus.interest, Interest::All);
    assert_eq!(settings.bus.message_bytes_max, 2 << 20);
    assert_eq!(settings.front.rules.limits.bus_message_bytes_max, 2 << 20);
    assert_eq!(settings.hub.join_time_max, Duration::ZERO);
    assert_eq!(settings.hub.turn_accepts_max, 9);
    assert_eq!(settings.log.format, LogFormat::Json);
    assert_eq!(settings.log.level, "warn,omnibus_hub=trace");
    assert_eq!(settings.stop_grace, Duration::from_secs(120));
}

#[test]
fn a_printed_url_has_the_host_of_the_page_unless_one_is_set() {
    let settings = from_environment(&[]).unwrap();
    assert_eq!(settings.endpoint_url("Example.ORG"), "ws://example.org:4242/ec");
    assert_eq!(settings.endpoint_url("[::1]"), "ws://[::1]:4242/ec");
    let settings = from_environment(&[
        ("OMNIBUS_ENDPOINT_SCHEME", "wss"),
        ("OMNIBUS_SERVER_HOST", "rt.example.org"),
        ("OMNIBUS_SERVER_PORT", "443"),
    ])
    .unwrap();
    assert_eq!(settings.endpoint_url("x"), "wss://rt.example.org:443/ec");
    assert_eq!(settings.front.listen.len(), 2, "the host is no address to listen on");
}

#[test]
fn ports_that_two_listeners_want_are_found() {
    for (flags, key) in [
        (&["--server-port=4243"][..], "bus.subscriber_address"),
        (&["--server-listen=127.0.0.1,127.0.0.1"], "server.listen"),
        (&["--server-listen=0.0.0.0, 127.0.0.1"], "server.listen"),
        (&["--bus-publisher-address=tcp://*:4243"], "bus.publisher_address"),
        (
            &["--bus-publisher-address=tcp://localhost:4242"],
            "bus.publisher_address",
        ),
    ] {
        let mistakes = load(flags, &[], None).unwrap_err();
        assert_eq!(mistakes.iter().next().unwrap().key, key, "{mistakes}");
        assert_eq!(mistakes.len(), 1, "{mistakes}");
    }
    // One port serves subscribers and publishers, and port 0 is another one each time.
    for flags in [
        &["--bus-publisher-address=tcp://127.0.0.1:4243"][..],
        &["--server-listen=127.0.0.1:0,127.0.0.1:0"],
        &["--server-port=4243", "--bus-director=no"],
    ] {
        assert!(load(flags, &[], None).is_ok(), "{flags:?}");
    }
}

#[test]
fn operators_come_in_where_nobody_else_does_and_nowhere_by_default() {
    let listen = |value: &str| load(&[&format!("--api-listen={value}")], &[], None);
    assert!(load(&[], &[], None).unwrap().api.listen.is_empty());
    let settings = listen("127.0.0.1:4245, [::1]:4245").unwrap();
    assert_eq!(settings.api.listen.len(), 2);
    assert_eq!(settings.warnings, load(&[], &[], None).unwrap().warnings);
    for (taken, by) in [
        ("127.0.0.1:4242", "server.listen serves browsers on 0.0.0.0:4242"),
        ("127.0.0.1:4243", "bus.subscriber_address"),
        ("127.0.0.1:4245, 0.0.0.0:4245", "both want port 4245"),
    ] {
        let report = report(listen(taken));
        assert!(
            report.contains("1 mistake") && report.contains("api.listen") && report.contains(by),
            "{report}"
        );
    }
    let report = report(listen("localhost:4245"));
    assert!(
        report.contains("\"localhost:4245\" is no IP address with a port"),
        "{report}"
    );
    let open = listen("0.0.0.0:4245").unwrap();
    assert!(
        open.warnings
            .iter()
            .any(|warning| warning.starts_with("api.listen is 0.0.0.0:4245"))
    );
}

#[test]
fn an_open_bus_is_warned_of_or_refused() {
    let open = "--bus-subscriber-address=tcp://*:4243";
    let settings = load(&[open, "--server-listen=127.0.0.1"], &[], None).unwrap();
    assert_eq!(settings.warnings.len(), 1);
    assert!(
        settings.warnings[0].contains("bus.require_auth"),
        "{:?}",
        settings.warnings
    );
    let text = report(load(&[open, "--bus-require-auth"], &[], None));
    assert!(
        text.starts_with("1 mistake in the settings:\n\nbus.subscriber_address"),
        "{text}"
    );
    assert!(load(&["--bus-require-auth"], &[], None).is_ok());
}

#[test]
fn bounds_must_fit_into_each_other() {
    for (flags, key, text) in [
        (
            &["--client-message-bytes-max=32MiB"][..],
            "client.message_bytes_max",
            "which is 16 MiB",
        ),
        (
            &["--bus-message-bytes-max=128MiB"],
            "bus.message_bytes_max",
            "hub.inbox_bytes_max, which is 64 MiB",
        ),
        (
            &["--bus-heartbeat-timeout=500ms"],
            "bus.heartbeat_timeout",
            "raise it, or lower bus.heartbeat_interval",
        ),
        (&["--bus-reconnect-min=2s"], "bus.reconnect_min", "which is 1s"),
    ] {
        let mistakes = load(flags, &[], None).unwrap_err();
        assert_eq!(mistakes.iter().next().unwrap().key, key, "{mistakes}");
        assert!(mistakes.to_string().contains(text), "{mistakes}");
    }
}

#[test]
fn a_value_that_another_one_replaces_must_be_good_all_the_same() {
    let mistakes = load(&["--server-port=80"], &[("OMNIBUS_SERVER_PORT", "eighty")], None).unwrap_err();
    assert_eq!(mistakes.len(), 1);
}

#[test]
fn the_command_line_says_what_is_to_be_done() {
    let read = |words: &[&str]| {
        let words = words.iter().map(OsString::from);
        Command::read(words, [], |_| Err(io::ErrorKind::NotFound.into()))
    };
    assert!(matches!(read(&[]), Ok(Command::Run(_))));
    assert!(matches!(read(&["--shards", "2"]), Ok(Command::Run(settings)) if settings.hub.shards == 2));
    assert!(matches!(read(&["check"]), Ok(Command::Check { outcome: Ok(_), .. })));
    let bad = read(&["--server-port=x", "check", "--format=json"]);
    assert!(matches!(bad, Ok(Command::Check { outcome: Err(_), .. })));
    assert!(matches!(
        read(&["settings", "--format", "toml"]),
        Ok(Command::Settings { .. })
    ));
    assert!(matches!(read(&["--version"]), Ok(Command::Version)));
    assert!(matches!(read(&["-V", "--nonsense"]), Ok(Command::Version)));
    let long = read(&["--help"]);
    let Ok(Command::Help(long)) = long else {
        panic!("{long:?}")
    };
    let Ok(Command::Help(short)) = read(&["check", "-h"]) else {
        panic!("no help")
    };
    assert!(short.len() < long.len() / 2);
    assert!(long.contains("--hub-turn-bytes-max") && !short.contains("--hub-turn-bytes-max"));

    for (words, text) in [
        (&["chekc"][..], "write check, if that is what you mean"),
        (&["settings", "check"], "no second command has this name"),
        (&["settings", "--format=yaml"], "is none of text, markdown, toml, json"),
        (&["--format=json"], "only check and settings print in a format"),
        (&["settings", "--nonsense"], "no flag has this name"),
    ] {
        let text_told = read(words).unwrap_err().to_string();
        assert!(text_told.contains(text), "{words:?}: {text_told}");
    }
}

#[test]
fn hooks_need_a_secret_of_their_own_or_that_of_the_users() {
    const URL: (&str, &str) = ("OMNIBUS_HOOKS_URL", "http://127.0.0.1:8000/omnibus/hooks/");
    let secret = "a secret that is thirty-two bytes";
    assert!(from_environment(&[]).unwrap().hooks.is_none());
    let without = report(from_environment(&[URL]));
    assert!(
        without.contains("hooks.secret") && without.contains("OMNIBUS_HOOKS_SECRET"),
        "{without}"
    );
    for name in ["OMNIBUS_HOOKS_SECRET", "OMNIBUS_SECRET_KEY"] {
        let settings = from_environment(&[URL, (name, secret)]).unwrap();
        let hooks = settings.hooks.clone().expect("there is a receiver");
        // The header tells which secret it was.
        let signed = omnibus_hooks::signature::header(&hooks.secret, 7, b"{}");
        let expected = omnibus_hooks::signature::header(&omnibus_hooks::Secret::new(secret), 7, b"{}");
        assert_eq!(signed, expected, "{name}");
        assert!(!format!("{settings:?}").contains(secret));
        assert_eq!(
            settings
                .warnings
                .iter()
                .filter(|warning| warning.contains("hooks"))
                .count(),
            0
        );
    }
}

#[test]
fn hooks_that_others_could_read_or_forge_are_worth_a_warning() {
    let variables = [
        ("OMNIBUS_HOOKS_URL", "http://app.example/hooks/"),
        ("OMNIBUS_HOOKS_SECRET", "short"),
    ];
    let warnings = from_environment(&variables).unwrap().warnings.join("\n");
    assert!(
        warnings.contains("use https") && warnings.contains("hooks.secret has fewer"),
        "{warnings}"
    );
}

#[test]
fn hooks_mistakes_are_told_with_their_mend() {
    let report = report(from_environment(&[
        ("OMNIBUS_HOOKS_URL", "https://u:hunter2@app.example/"),
        ("OMNIBUS_HOOKS_EVENTS", "conect"),
        ("OMNIBUS_HOOKS_QUEUE_EVENTS_MAX", "1"),
    ]));
    for part in ["user name or a password", "write connect", "100 to 10000000"] {
        assert!(report.contains(part), "{part} in {report}");
    }
    let nothing = [
        ("OMNIBUS_HOOKS_URL", "http://127.0.0.1/"),
        ("OMNIBUS_HOOKS_SECRET", "a secret that is thirty-two bytes"),
        ("OMNIBUS_HOOKS_EVENTS", ""),
    ];
    assert!(self::report(from_environment(&nothing)).contains("hooks.events"));
}
