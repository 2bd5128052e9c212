//! What crosses the link of a forwarder behind which nobody wants it?

use omnibus_tests::limits;
use omnibus_tests::participant::Participant;
use omnibus_tests::proxy::Proxy;

use crate::server::{Bus, Kind, Server, forwarder};

/// Messages that nobody wants, and their size with the channel's name.
const COUNT: usize = 5_000;
const MESSAGE_BYTES: usize = 128;

/// What may cross meanwhile: signs of life, and what is wanted.
const LINK_BYTES_MAX: u64 = 100_000;

/// A channel of this many bytes in all, filled up.
fn message(channel: &str) -> String {
    let frame = format!(r#"{channel}:{{"text":""}}"#);
    format!(r#"{channel}:{{"text":"{}"}}"#, "x".repeat(MESSAGE_BYTES - frame.len()))
}

fn publish(speaker: &Participant, channel: &str, count: usize) {
    let message = message(channel);
    assert_eq!(message.len(), MESSAGE_BYTES);
    let before = speaker.heard(channel).len();
    for _ in 0..count {
        assert!(speaker.send(&message));
    }
    // What it hears of itself has been through the director.
    speaker.wait_for_count(channel, before + count);
}

fn unwanted_messages_stay_above(director: Kind) {
    let director = Server::director(director);
    let proxies = director.addresses().map(Proxy::to);
    let node = forwarder(&Bus::of(proxies.each_ref().map(Proxy::bus_address)), &[]);
    node.wait_for_log("link up", limits::START);
    let listener = Participant::join(&node.url(), "listener", &["wanted"]);
    let speaker = director.participant("speaker", &["wanted", "wanted-not", "unwanted"]);
    speak_until_heard(&speaker, &listener);

    let bytes = || {
        let both_ways = |proxy: &Proxy| proxy.bytes().0 + proxy.bytes().1;
        proxies.iter().map(both_ways).sum::<u64>()
    };
    let before = bytes();
    publish(&speaker, "unwanted", COUNT);
    // The original subscribes to prefixes; ours never asks for one that others share.
    publish(&speaker, "wanted-not", COUNT);
    // What is wanted comes after all of it on the same connection.
    publish(&speaker, "wanted", 1);
    listener.wait_for("the wanted message", limits::ANSWER, |entries| {
        entries.last().is_some_and(|entry| entry.text == message("wanted"))
    });
    let crossed = bytes() - before;
    println!("= {crossed} bytes crossed for {} unwanted messages", 2 * COUNT);
    assert!(crossed < LINK_BYTES_MAX, "{crossed} bytes");
    assert_eq!(listener.heard("unwanted").len() + listener.heard("wanted-not").len(), 0);

    // The count sees what does cross.
    let before = bytes();
    let heard = listener.heard("wanted").len();
    publish(&speaker, "wanted", COUNT / 10);
    listener.wait_for_count("wanted", heard + COUNT / 10);
    let crossed = bytes() - before;
    assert!(crossed > (COUNT / 10 * MESSAGE_BYTES) as u64, "{crossed} bytes");
}

/// The first message of the original after its start is lost.
fn speak_until_heard(speaker: &Participant, listener: &Participant) {
    limits::eventually("a message through both servers", limits::START, || {
        assert!(speaker.send("wanted:{}"));
        std::thread::sleep(std::time::Duration::from_millis(20));
        if listener.heard("wanted").is_empty() || speaker.heard("wanted").is_empty() {
            Err("nothing".to_owned())
        } else {
            Ok(())
        }
    });
}

#[test]
fn what_nobody_behind_a_forwarder_wants_stays_at_our_director() {
    unwanted_messages_stay_above(Kind::Ours);
}

#[test]
fn what_nobody_behind_a_forwarder_wants_stays_at_the_original_master() {
    unwanted_messages_stay_above(Kind::Original);
}
