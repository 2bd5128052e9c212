//! Which shapes may a cluster have?

use std::process::Command;

use omnibus_tests::binary;
use omnibus_tests::checker::Checker;
use omnibus_tests::limits;
use omnibus_tests::node::Node;
use omnibus_tests::original::OriginalPublisher;
use omnibus_tests::participant::{Backend, Participant, Publish};
use omnibus_tests::port::Port;
use omnibus_tests::program::Program;
use omnibus_tests::proxy::Proxy;
use omnibus_tests::stream::{WARM_UP, fence, pass, publish, publish_at_once, settle, warm_up};

use crate::server::{Bus, KINDS, Kind, Server, forwarder};

/// Messages of each publisher.
const COUNT: u64 = 100;

/// A participant at each server and the backends publish at once; all participants must hear all.
fn are_one_server(servers: &[&Server], mut backends: Vec<Backend>) {
    let mut participants: Vec<Participant> = servers
        .iter()
        .enumerate()
        .map(|(number, server)| server.participant(&format!("at-{number}"), &["news", WARM_UP]))
        .collect();
    let listeners: Vec<Participant> = servers
        .iter()
        .enumerate()
        .map(|(number, server)| server.participant(&format!("listener-at-{number}"), &["news", WARM_UP]))
        .collect();
    let mut publishers: Vec<&mut dyn Publish> = Vec::new();
    publishers.extend(
        participants
            .iter_mut()
            .map(|participant| participant as &mut dyn Publish),
    );
    publishers.extend(backends.iter_mut().map(|backend| backend as &mut dyn Publish));
    warm_up(&mut publishers, &listeners.iter().collect::<Vec<_>>());
    publish_at_once(&mut publishers, "news", COUNT);

    let mut checker = Checker::new("news");
    for publisher in &publishers {
        checker.requires(publisher.name(), 0..COUNT);
    }
    let count = publishers.len() * COUNT as usize;
    let all: Vec<&Participant> = participants.iter().chain(&listeners).collect();
    settle(&all, "news", count);
    pass(checker, "news", &all);
}

#[test]
fn forwarder_below_a_forwarder_is_part_of_the_whole() {
    let director = Server::director(Kind::Ours);
    let middle = Server::forwarder(Kind::Ours, &director.bus());
    let lower = Server::forwarder(Kind::Ours, &middle.bus());
    let lowest = Server::forwarder(Kind::Ours, &lower.bus());
    let beside = Server::forwarder(Kind::Ours, &director.bus());
    let backends = vec![middle.backend("backend-at-middle"), lowest.backend("backend-at-lowest")];
    are_one_server(&[&director, &middle, &lower, &lowest, &beside], backends);
}

#[test]
fn original_slave_below_our_forwarder_is_part_of_the_whole() {
    let director = Server::director(Kind::Ours);
    let middle = Server::forwarder(Kind::Ours, &director.bus());
    let lower = Server::forwarder(Kind::Original, &middle.bus());
    let backends = vec![lower.backend("backend-at-lower")];
    are_one_server(&[&director, &middle, &lower], backends);
}

#[test]
fn our_forwarder_below_an_original_slave_is_part_of_the_whole() {
    let director = Server::director(Kind::Original);
    let middle = Server::forwarder(Kind::Original, &director.bus());
    let lower = Server::forwarder(Kind::Ours, &middle.bus());
    let lowest = Server::forwarder(Kind::Ours, &lower.bus());
    let backends = vec![lowest.backend("backend-at-lowest")];
    are_one_server(&[&director, &middle, &lower, &lowest], backends);
}

/// Both bus addresses are the same one.
fn one_port_settings(port: &Port) -> [(&'static str, String); 2] {
    ["bus.subscriber_address", "bus.publisher_address"].map(|key| (key, port.bus_address()))
}

fn as_settings<'a>(settings: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    settings.iter().map(|(key, value)| (*key, value.as_str())).collect()
}

#[test]
fn one_port_serves_both_roles_at_every_level() {
    let ports = [(); 3].map(|()| Port::free());
    let settings = ports.each_ref().map(one_port_settings);
    let bus = |port: &Port| Bus::of([port.bus_address(), port.bus_address()]);
    let director = Server::Ours(Node::with(&as_settings(&settings[0])));
    let middle = Server::ours_below(&bus(&ports[0]), &as_settings(&settings[1]));
    let lower = Server::ours_below(&bus(&ports[1]), &as_settings(&settings[2]));
    let slave = Server::forwarder(Kind::Original, &bus(&ports[0]));
    let backends = ["at-director", "at-middle", "at-lower"].into_iter().zip(&ports);
    let backends = backends
        .map(|(name, port)| Backend::new(name, OriginalPublisher::to(port.address())))
        .collect();
    are_one_server(&[&director, &middle, &lower, &slave], backends);
}

#[test]
fn node_without_a_role_is_part_of_the_whole() {
    for kind in KINDS {
        let director = Server::director(kind);
        let one = Server::direct(Kind::Ours, &director.bus());
        let two = Server::direct(Kind::Ours, &director.bus());
        let slave = Server::forwarder(Kind::Ours, &director.bus());
        are_one_server(&[&director, &one, &two, &slave], Vec::new());
    }
}

#[test]
fn original_without_a_role_is_part_of_ours() {
    let director = Server::director(Kind::Ours);
    let middle = Server::forwarder(Kind::Ours, &director.bus());
    let at_director = Server::direct(Kind::Original, &director.bus());
    let at_middle = Server::direct(Kind::Original, &middle.bus());
    are_one_server(&[&director, &middle, &at_director, &at_middle], Vec::new());
}

#[test]
fn forwarder_may_start_before_its_director() {
    for kind in KINDS {
        let mut director = Server::director(kind);
        director.kill();
        let one = Server::forwarder(Kind::Ours, &director.bus());
        let two = Server::forwarder(Kind::Ours, &director.bus());
        // Both are served meanwhile.
        let _early = [
            one.participant("early-at-one", &["news"]),
            two.participant("early-at-two", &["news"]),
        ];
        director.start_again();
        are_one_server(&[&director, &one, &two], Vec::new());
    }
}

/// A forwarder whose director's addresses lead back to it by a way that the settings can't show.
fn points_at_itself(own: [&Port; 2]) {
    let around = own.map(|port| Proxy::to(port.address()));
    let [subscribers, publishers] = own.map(Port::bus_address);
    let mut node = forwarder(
        &Bus::of(around.each_ref().map(Proxy::bus_address)),
        &[
            ("bus.subscriber_address", &subscribers),
            ("bus.publisher_address", &publishers),
        ],
    );
    node.wait_for_log("this node is its own peer: an address leads back to it", limits::ANSWER);
    let participant = Participant::join(&node.url(), "A", &["news"]);
    publish(&participant, "news", 0..10);
    fence(&participant);
    assert_eq!(participant.texts("news"), [""; 0]);
    assert!(!node.program().log().contains("link up"));
}

#[test]
fn forwarder_that_is_led_back_to_itself_says_so_and_delivers_nothing() {
    points_at_itself([&Port::free(), &Port::free()]);
}

#[test]
fn forwarder_of_one_port_that_is_led_back_to_itself_says_so_and_delivers_nothing() {
    let port = Port::free();
    points_at_itself([&port, &port]);
}

#[test]
fn forwarder_whose_director_has_its_own_addresses_does_not_start() {
    let port = Port::free().bus_address();
    let mut command = Command::new(binary::omnibusd());
    command
        .env("OMNIBUS_DIRECTOR_ENABLED", "False")
        .env("OMNIBUS_FORWARDER_ENABLED", "True");
    for name in ["SUBSCRIBER", "PUBLISHER", "DIRECTOR_SUBSCRIBER", "DIRECTOR_PUBLISHER"] {
        command.env(format!("OMNIBUS_{name}_ADDRESS"), &port);
    }
    let mut program = Program::start("omnibusd", &mut command);
    assert_eq!(program.exit_code(limits::START), 78);
    let told = limits::holds_within(limits::ANSWER, || {
        program.log().contains("this forwarder would connect to itself")
    });
    assert!(told, "{}", program.log());
}
