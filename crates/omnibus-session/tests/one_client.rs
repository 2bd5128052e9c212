//! Is every message of a client met as the recordings say, or as their safe
//! form does?

use std::borrow::Cow;
use std::time::{Duration, Instant};

use omnibus_protocol::{ChannelName, Close, Identifier, Limits, Reply};
use omnibus_session::Decision::{
    self, Authenticated, Close as Closed, Ignore, Publish, Reply as Answer, Subscribe, Unsubscribe,
};
use omnibus_session::{
    Audience, Authenticator, Credentials, Grant, Namespace, Namespaces, Outcome, Pattern, Reason, Rules, Session,
    Standing,
};

/// One client, its clock and its rules.
struct Client {
    session: Session,
    rules: Rules,
    now: Instant,
}

impl Client {
    fn connected() -> Self {
        let now = Instant::now();
        Self {
            session: Session::new(now),
            rules: Rules::default(),
            now,
        }
    }

    fn known_as(identifier: &str) -> Self {
        let mut client = Self::connected();
        let argument = format!("!authenticate:{identifier}");
        assert_eq!(client.say(&argument), authenticated(true));
        client
    }

    fn say<'a>(&mut self, text: &'a str) -> Decision<'a> {
        self.session.on_text(text, &self.rules, self.now)
    }
}

fn authenticated(success: bool) -> Decision<'static> {
    Authenticated {
        reply: Reply::authenticate(success),
        drop_subscriptions: false,
    }
}

fn channel(name: &str) -> ChannelName<'_> {
    ChannelName::parse(name).expect("the test gives a legal name")
}

fn refused<'a>(command: &'a str, channel: &'a str) -> Decision<'a> {
    Answer(Reply::refused_channel(command, channel))
}

#[test]
fn noop_believes_every_legal_identifier_and_takes_it_up_to_the_colon() {
    // N01, N02, N03, and the longest one.
    let longest = "i".repeat(255);
    for (argument, identifier) in [
        (
            "44b0b696-8048-4ac3-9219-ca8d81a26879",
            "44b0b696-8048-4ac3-9219-ca8d81a26879",
        ),
        ("", ""),
        ("a:b:c:d", "a"),
        (":1:token", ""),
        ("é☃ \"quoted\"", "é☃ \"quoted\""),
        (&longest, &longest),
    ] {
        let client = Client::known_as(argument);
        assert_eq!(client.session.identifier(), Some(identifier));
        assert!(client.session.is_authenticated());
    }
}

#[test]
fn an_illegal_identifier_is_refused_and_the_client_stays_a_stranger() {
    let long = format!("!authenticate:{}", "i".repeat(256));
    for text in [
        "!authenticate:!x",
        "!authenticate:{\"id\":1}",
        "!authenticate:a\nb",
        "!authenticate:a\u{7f}",
        "!authenticate:a\u{9b}",
        &long,
    ] {
        let mut client = Client::connected();
        assert_eq!(client.say(text), authenticated(false), "{text:?}");
        assert!(!client.session.is_authenticated());
    }
}

#[test]
fn the_last_identity_wins_and_keeps_its_subscriptions() {
    // N04, N40.
    let mut client = Client::known_as("one");
    assert_eq!(client.say("!authenticate:two"), authenticated(true));
    assert_eq!(
        client.say("foo:{\"sender\":\"one\"}"),
        Publish {
            channel: channel("foo"),
            frame: Cow::Borrowed(b"foo:{\"sender\":\"two\"}"),
        }
    );
}

#[test]
fn a_refused_identity_takes_the_old_one_and_its_subscriptions_away() {
    // U07, where the original let a stranger go on listening.
    let mut client = Client::known_as("one");
    client.now += Duration::from_secs(3_600);
    assert_eq!(
        client.say("!authenticate:\0"),
        Authenticated {
            reply: Reply::authenticate(false),
            drop_subscriptions: true,
        }
    );
    assert_eq!(
        client.say("foo:{}"),
        Ignore(Reason::NotAuthenticated),
        "the rights are gone too"
    );
    let limits = &client.rules.limits;
    let deadline = client.session.deadline(limits);
    assert_eq!(deadline, Some(client.now + Duration::from_secs(10)));
}

#[test]
fn strangers_may_only_authenticate() {
    // N06, N07, N08 and the edge table.
    let mut client = Client::connected();
    for (text, decision) in [
        ("!subscribe:foo", refused("subscribe", "foo")),
        ("!subscribe:", refused("subscribe", "")),
        ("!unsubscribe:foo", refused("unsubscribe", "foo")),
        ("foo:{\"type\":\"x\"}", Ignore(Reason::NotAuthenticated)),
        ("foo:not json", Ignore(Reason::NotAuthenticated)),
        (":", Ignore(Reason::NotAuthenticated)),
        ("nocolon", Ignore(Reason::NoColon)),
        ("", Ignore(Reason::Empty)),
        ("!nope:1", Answer(Reply::refused("nope"))),
        ("!authenticate:still-open", authenticated(true)),
    ] {
        assert_eq!(client.say(text), decision, "{text:?}");
    }
}

#[test]
fn commands_that_crashed_the_original_are_answered() {
    // N05, N10, before and after authentication.
    for mut client in [Client::connected(), Client::known_as("x")] {
        for name in ["", "authenticate", "subscribe", "unsubscribe", "nope"] {
            let text = format!("!{name}");
            assert_eq!(client.say(&text), Answer(Reply::refused(name)));
        }
    }
    let mut client = Client::known_as("x");
    let _answer = client.say("!authenticate");
    assert!(client.session.is_authenticated(), "nothing was claimed");
}

#[test]
fn unknown_commands_are_answered_and_never_counted() {
    // N09, N21b.
    let mut client = Client::known_as("x");
    for _ in 0..1_000 {
        for (text, name) in [
            ("!nope:1:2", "nope"),
            ("!:x", ""),
            ("!Subscribe:foo", "Subscribe"),
            ("! subscribe:foo", " subscribe"),
            ("!n\"o\\pé☃:1", "n\"o\\pé☃"),
            ("!lead:{\"type\":\"x\"}", "lead"),
        ] {
            assert_eq!(client.say(text), Answer(Reply::refused(name)));
        }
    }
}

#[test]
fn channels_are_joined_and_left_by_their_exact_names() {
    // N14, N18, N21, N22.
    let mut client = Client::known_as("x");
    let longest = "c".repeat(255);
    for name in ["foo", "a!b", "with space", "q\"uo\\te", "é☃", "😀", &longest] {
        let channel = channel(name);
        assert_eq!(client.say(&format!("!subscribe:{name}")), Subscribe { channel });
        assert_eq!(client.say(&format!("!unsubscribe:{name}")), Unsubscribe { channel });
    }
}

#[test]
fn illegal_channel_names_are_refused_with_the_name_and_never_counted() {
    // N19, N20, N21, N46.
    let mut client = Client::known_as("x");
    let crash = "c".repeat(100_000);
    for name in [
        "",
        "foo:{\"type\":\"want\"",
        "!lead",
        "{\"id\":2}",
        "n\0ul",
        "\u{7f}\u{80}",
        &crash,
    ] {
        for _ in 0..200 {
            let text = format!("!subscribe:{name}");
            assert_eq!(client.say(&text), refused("subscribe", name));
        }
        let text = format!("!unsubscribe:{name}");
        assert_eq!(client.say(&text), refused("unsubscribe", name));
    }
}

#[test]
fn honest_messages_go_out_uncopied_and_forged_ones_put_right() {
    // N16.
    let mut client = Client::known_as("idA");
    let text = "foo:{\"type\":\"x\",\"sender\":\"idA\",\"payload\":{\"k\":1}}";
    let Publish { channel, frame } = client.say(text) else {
        panic!("an honest message goes out");
    };
    assert_eq!(channel.as_str(), "foo");
    assert!(matches!(frame, Cow::Borrowed(same) if same == text.as_bytes()));
    let Publish { frame, .. } = client.say("foo:{\"sender\":\"idB\"}") else {
        panic!("a forged message goes out put right");
    };
    assert_eq!(&*frame, b"foo:{\"sender\":\"idA\"}");
}

#[test]
fn what_must_not_go_out_is_met_with_silence() {
    let mut client = Client::known_as("idA");
    for (text, reason) in [
        // N17.
        ("foo:not json at all", Reason::NotJson),
        ("foo:", Reason::NotJson),
        ("foo:[1,2,3]", Reason::NotJson),
        ("foo:{\"epoch\":1}", Reason::ReservedKey),
        ("foo:{\"us\\u0065r\":1}", Reason::ReservedKey),
        // N19, and names with control characters.
        (":{\"type\":\"to the empty channel\"}", Reason::BadChannel),
        ("n\0ul:{}", Reason::BadChannel),
        ("{\"a\":1}", Reason::BadChannel),
        // N12, N13.
        ("hello", Reason::NoColon),
        ("", Reason::Empty),
    ] {
        assert_eq!(client.say(text), Ignore(reason), "{text:?}");
    }
}

#[test]
fn without_require_json_everything_goes_out_raw() {
    // N17 as recorded.
    let mut client = Client::known_as("idA");
    client.rules.body.require_json = false;
    for text in ["foo:not json at all", "foo:", "foo::", "foo:\0nul\0"] {
        let Publish { frame, .. } = client.say(text) else {
            panic!("{text:?} goes out");
        };
        assert_eq!(&*frame, text.as_bytes());
    }
}

#[test]
fn one_malformed_message_too_many_closes_with_1008() {
    for text in ["", "hello", "!", "!subscribe", "foo:x", "foo:{\"user\":1}"] {
        let mut client = Client::known_as("x");
        for _ in 0..100 {
            assert!(!matches!(client.say(text), Closed(_)), "{text:?}");
        }
        // What is well-formed is still done.
        assert!(matches!(client.say("!subscribe:foo"), Subscribe { .. }));
        assert_eq!(client.say(text), Closed(Close::BadMessages));
        assert_eq!(client.say(text), Closed(Close::BadMessages));
    }
    assert_eq!(Close::BadMessages.code(), 1008);
}

#[test]
fn duplicates_and_denied_messages_are_never_held_against_a_client() {
    // A reconnecting client sends one `!subscribe` per failed attempt.
    let mut client = Client::known_as("x");
    for _ in 0..1_000 {
        assert!(matches!(client.say("!subscribe:foo"), Subscribe { .. }));
        assert!(matches!(client.say("!unsubscribe:foo"), Unsubscribe { .. }));
        assert!(matches!(client.say("other:{}"), Publish { .. }));
        assert_eq!(client.say("a\tb:{}"), Ignore(Reason::BadChannel));
    }
    let mut client = Client::connected();
    for _ in 0..1_000 {
        assert_eq!(client.say("foo:{}"), Ignore(Reason::NotAuthenticated));
        assert_eq!(client.say("!subscribe:foo"), refused("subscribe", "foo"));
    }
}

/// A client where users are told apart, granted this.
fn granted(grant: Grant) -> Client {
    let mut client = with_users();
    let decision = client
        .session
        .on_authentication(grant_as("uuid", grant), &client.rules, client.now);
    assert_eq!(decision, authenticated(true));
    client
}

fn with_users() -> Client {
    let mut client = Client::connected();
    client.rules.authenticator = Authenticator::User;
    client.rules.namespaces = Namespaces::new(Vec::new(), Namespace::user());
    client
}

fn grant_as(identifier: &str, grant: Grant) -> Outcome<'_> {
    Outcome::Granted {
        identifier: Identifier::parse(identifier).expect("the test gives a legal name"),
        grant,
    }
}

fn standing(standing: Standing) -> Grant {
    Grant {
        standing,
        ..Grant::ANYONE
    }
}

#[test]
fn an_anonymous_client_of_a_user_authenticator_stays_connected_and_does_nothing() {
    // U01.
    let mut client = with_users();
    assert_eq!(client.say("!authenticate:uuid-1"), authenticated(true));
    for (text, decision) in [
        ("!subscribe:foo", refused("subscribe", "foo")),
        // It is in none, so this is answered false, too.
        (
            "!unsubscribe:foo",
            Unsubscribe {
                channel: channel("foo"),
            },
        ),
        ("foo:{}", Ignore(Reason::NotPermitted)),
    ] {
        assert_eq!(client.say(text), decision);
    }
}

#[test]
fn a_proof_is_judged_elsewhere_and_users_read_and_staff_writes() {
    // U02, U03.
    let mut client = with_users();
    let proof = Credentials::parse("uuid-1:1:261f6fce").unwrap();
    assert_eq!(
        client.say("!authenticate:uuid-1:1:261f6fce"),
        Decision::Authenticate { credentials: proof }
    );
    assert!(!client.session.is_authenticated());
    for (grant, may_publish) in [
        (standing(Standing::Identified), false),
        (standing(Standing::Staff), true),
        (
            Grant {
                read_only: true,
                ..standing(Standing::Staff)
            },
            false,
        ),
    ] {
        let mut client = granted(grant);
        assert_eq!(
            client.say("!subscribe:foo"),
            Subscribe {
                channel: channel("foo")
            }
        );
        let published = matches!(client.say("foo:{}"), Publish { .. });
        assert_eq!(published, may_publish, "{grant:?}");
    }
}

#[test]
fn whoever_is_somebody_else_now_and_may_be_in_fewer_channels_loses_them_all() {
    // U08, and N04 where nothing is lost by it.
    for (after, drop_subscriptions) in [
        (Standing::Anyone, true),
        (Standing::Identified, false),
        (Standing::Staff, false),
    ] {
        let mut client = granted(standing(Standing::Identified));
        let outcome = grant_as("other", standing(after));
        let decision = client.session.on_authentication(outcome, &client.rules, client.now);
        let reply = Reply::authenticate(true);
        assert_eq!(
            decision,
            Authenticated {
                reply,
                drop_subscriptions
            }
        );
    }
    let mut client = granted(standing(Standing::Staff));
    let decision = client
        .session
        .on_authentication(Outcome::Refused, &client.rules, client.now);
    let reply = Reply::authenticate(false);
    let drop_subscriptions = true;
    assert_eq!(
        decision,
        Authenticated {
            reply,
            drop_subscriptions
        },
        "U07"
    );
    assert!(!client.session.is_authenticated());
}

#[test]
fn whoever_is_no_longer_staff_is_silenced_and_closed_only_if_that_costs_them_channels() {
    // U09.
    let mut client = granted(standing(Standing::Staff));
    assert_eq!(client.session.on_standing(Standing::Identified, &client.rules), None);
    assert_eq!(client.say("foo:{}"), Ignore(Reason::NotPermitted));
    assert_eq!(client.session.on_standing(Standing::Staff, &client.rules), None);
    assert!(matches!(client.say("foo:{}"), Publish { .. }));
    let staff_only = Namespace {
        pattern: Pattern::new("staff.*").unwrap(),
        subscribe: Audience::Staff,
        ..Namespace::user()
    };
    client.rules.namespaces = Namespaces::new(vec![staff_only], Namespace::user());
    let close = client.session.on_standing(Standing::Identified, &client.rules);
    assert_eq!(close, Some(Close::RightsChanged));
}

#[test]
fn namespaces_say_who_may_do_what_where() {
    // R01, R02, R03: what the original has a class for.
    let mut client = Client::connected();
    let server_only = |pattern: &str| Namespace {
        pattern: Pattern::new(pattern).unwrap(),
        publish: Audience::Server,
        ..Namespace::noop()
    };
    let denied = Namespace {
        subscribe: Audience::Server,
        ..server_only("deny*")
    };
    client.rules.namespaces = Namespaces::new(vec![denied, server_only("ro*")], Namespace::noop());
    assert_eq!(client.say("!authenticate:A"), authenticated(true));
    assert_eq!(client.say("!subscribe:deny1"), refused("subscribe", "deny1"));
    assert_eq!(client.say("deny1:{}"), Ignore(Reason::NotPermitted));
    assert_eq!(
        client.say("!subscribe:ro1"),
        Subscribe {
            channel: channel("ro1")
        }
    );
    assert_eq!(client.say("ro1:{}"), Ignore(Reason::NotPermitted));
    assert!(matches!(client.say("other:{}"), Publish { .. }));
}

#[test]
fn a_client_is_closed_when_its_token_runs_out() {
    let mut client = with_users();
    let expires_at = client.now + Duration::from_secs(60);
    let grant = Grant {
        expires_at: Some(expires_at),
        ..standing(Standing::Staff)
    };
    let limits = client.rules.limits.clone();
    let outcome = grant_as("uuid", grant);
    let _granted = client.session.on_authentication(outcome, &client.rules, client.now);
    assert_eq!(client.session.deadline(&limits), Some(expires_at));
    let before = expires_at - Duration::from_millis(1);
    assert_eq!(client.session.on_tick(&limits, before), None);
    assert_eq!(client.session.on_tick(&limits, expires_at), Some(Close::TokenExpired));
}

#[test]
fn a_stranger_has_ten_seconds_and_failing_gives_no_more() {
    let mut client = Client::connected();
    let limits = client.rules.limits.clone();
    let start = client.now;
    let deadline = start + Duration::from_secs(10);
    client.now = start + Duration::from_secs(9);
    assert_eq!(client.say("!authenticate:\0"), authenticated(false));
    let session = &client.session;
    assert_eq!(session.deadline(&limits), Some(deadline));
    assert_eq!(session.on_tick(&limits, client.now), None);
    assert_eq!(session.on_tick(&limits, deadline), Some(Close::AuthenticationTimeout));
    assert_eq!(client.say("!authenticate:x"), authenticated(true));
    assert_eq!(client.session.deadline(&limits), None);
    assert_eq!(client.session.on_tick(&limits, deadline), None);
}

#[test]
fn a_client_may_say_more_once_it_is_known() {
    let limits = Limits::default();
    let mut client = Client::connected();
    assert_eq!(client.session.message_bytes_max(&limits), 16 * 1024);
    assert_eq!(client.say("!authenticate:x"), authenticated(true));
    assert_eq!(client.session.message_bytes_max(&limits), 1024 * 1024);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn no_conversation_makes_a_session_panic_or_publish_for_strangers(
        texts in proptest::collection::vec("[!:{}a\"\u{0}é]{0,8}|!(authenticate|subscribe)?:?.{0,4}|foo:\\{\"sender\":.{0,5}\\}", 0..300),
    ) {
        let mut client = Client::connected();
        for text in &texts {
            let was_known = client.session.is_authenticated();
            match client.say(text) {
                Publish { channel, frame } => {
                    proptest::prop_assert!(was_known);
                    proptest::prop_assert!(frame.starts_with(channel.as_bytes()));
                }
                Subscribe { .. } | Unsubscribe { .. } => proptest::prop_assert!(was_known),
                Answer(_) | Authenticated { .. } | Decision::Authenticate { .. } | Ignore(_) | Closed(_) => {}
            }
        }
    }
}
