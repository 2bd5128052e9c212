//! Do nginx and HAProxy serve three forwarders as `docs/several-servers.md` prints them?

mod proxy;
mod servers;
mod sessions;
mod streams;

use omnibus_tests::client::{Client, Heard};
use omnibus_tests::limits;

use crate::proxy::{Kind, Proxy};
use crate::servers::Servers;

/// So many that each of three servers gets one, but for once in 200,000 runs.
const PAGES: usize = 32;

fn join(proxy: &Proxy) -> Client {
    let mut page = Client::connect_to(&proxy.url());
    page.authenticate("page");
    page.subscribe("news");
    page
}

/// Publishes at the director; everybody hears it.
fn all_hear(servers: &Servers, pages: &mut [Client], text: &str) {
    let frame = format!("news:{{\"type\":\"{text}\"}}");
    let mut publisher = Client::joined(&servers.director, "publisher", &["news"]);
    publisher.send(&frame);
    pages.iter_mut().for_each(|page| page.expect(&frame));
}

fn pages_are_spread_and_find_another_server(kind: Kind) {
    let mut servers = Servers::with(&[]);
    let proxy = Proxy::start(kind, servers.addresses());
    let mut pages: Vec<Client> = (0..PAGES).map(|_| join(&proxy)).collect();
    all_hear(&servers, &mut pages, "before");

    servers.forwarders[0].program().signal("KILL");
    let mut lost = Vec::new();
    for (number, page) in pages.iter_mut().enumerate() {
        match page.hear(limits::SILENCE) {
            Heard::Nothing => {}
            Heard::End => lost.push(number),
            other => panic!("{other:?}"),
        }
    }
    assert!(!lost.is_empty() && lost.len() < PAGES, "{} of {PAGES}", lost.len());
    for number in lost {
        pages[number] = join(&proxy);
    }
    all_hear(&servers, &mut pages, "after");
}

#[test]
fn pages_behind_nginx_are_spread_and_find_another_server() {
    pages_are_spread_and_find_another_server(Kind::Nginx);
}

#[test]
fn pages_behind_haproxy_are_spread_and_find_another_server() {
    pages_are_spread_and_find_another_server(Kind::HaProxy);
}
