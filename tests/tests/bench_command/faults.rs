//! Is a server that loses, doubles, swaps or stalls found out?

use crate::bench::{json, text};
use crate::foreign::{Foreign, Manner};

/// Twenty messages to four clients.
const RUN: &str = "latency --clients 3 --rate 100 --warmup 0ms --duration 200ms --drain 500ms";

#[test]
fn an_honest_foreign_server_is_found_clean() {
    let server = Foreign::start(Manner::Honest);
    let ran = json(&[server.url()], RUN);
    ran.expect_clean();
    assert_eq!(ran.number("/delivered/total"), 80.0);
}

#[test]
fn lost_doubled_and_swapped_messages_are_counted_and_told_by_the_exit_code() {
    for (manner, key, words) in [
        (Manner::Drops, "/lost", "8 messages lost"),
        (Manner::Doubles, "/doubled", "8 doubled"),
        (Manner::Swaps, "/out_of_order", "8 out of order"),
    ] {
        let server = Foreign::start(manner);
        let ran = json(&[server.url()], RUN);
        assert_eq!(ran.code, 3, "{manner:?}: {ran:?}");
        for fault in ["/lost", "/doubled", "/out_of_order", "/strays"] {
            let expected = if fault == key { 8.0 } else { 0.0 };
            assert_eq!(ran.number(fault), expected, "{manner:?} and {fault}: {ran:?}");
        }
        let (code, text) = text(&[server.url()], RUN);
        assert_eq!(code, 3);
        assert!(text.contains(words), "{manner:?}: {text}");
    }
}

#[test]
fn a_message_that_is_due_while_the_server_stalls_is_late_by_that() {
    let server = Foreign::start(Manner::Stalls);
    let ran = json(
        &[server.url()],
        "latency --clients 3 --rate 100 --warmup 0ms --duration 1s",
    );
    ran.expect_clean();
    // 30 of 100 messages are due while it stalls: the first third of them waits for 200 ms or more.
    // Whoever measured from the moment at which it got to send would see one late message.
    assert!(ran.number("/latency_ms/p90") >= 200.0 - 5.0, "{ran:?}");
}

#[test]
fn connections_that_are_closed_or_refused_are_told_with_their_codes() {
    let server = Foreign::start(Manner::Closes(4_321));
    let ran = json(&[server.url()], RUN);
    assert_eq!((ran.code, ran.number("/closed/4321")), (3, 4.0), "{ran:?}");

    let server = Foreign::start(Manner::LetsInOnly(2));
    let ran = json(&[server.url()], RUN);
    // The first that it let in was the one that tried it out.
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(ran.number("/connect/failed/authentication_refused"), 3.0);
}

#[test]
fn what_would_stop_everybody_is_told_before_anything_is_measured() {
    let nobody = "ws://127.0.0.1:1/ec".to_owned();
    let (code, text_) = text(&[nobody], RUN);
    assert_eq!(code, 69);
    assert!(text_.contains("can't be reached"), "{text_}");

    let server = Foreign::start(Manner::LetsInOnly(0));
    let (code, text_) = text(&[server.url()], RUN);
    assert_eq!(code, 1);
    assert!(text_.contains("--auth-token"), "{text_}");
    let (code, text_) = text(&[server.url()], &format!("{RUN} --auth-token 1:secret"));
    assert_eq!(code, 1);
    assert!(!text_.contains("secret"), "{text_}");

    let (code, text_) = text(&[server.url()], "fanout --clients 900000 --processes 1");
    assert_eq!(code, 2, "{text_}");
}
