//! What must four servers do, as the original's documentation sets them up?

use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use omnibus_tests::checker::Checker;
use omnibus_tests::limits;
use omnibus_tests::participant::{Backend, Participant, Publish};
use omnibus_tests::steady::{Mended, judge, publish_during};
use omnibus_tests::stream::{WARM_UP, pass, publish, publish_at_once, settle, warm_up};

use crate::machine::{Machine, Server};
use crate::network::{NAME, Network};

/// Messages of each publisher.
const COUNT: u64 = 100;

/// How long the original's browser script waits before it connects again.
const RECONNECT_AFTER: Duration = Duration::from_millis(500);

/// Within this time of its director's return everything flows.
const BACK_WITHIN: Duration = Duration::from_secs(2);

/// How long the director is away.
const AWAY: Duration = Duration::from_millis(700);

/// How long is published before it dies, and after everything must flow.
const STEADY: Duration = Duration::from_millis(300);

const CHANNELS: [&str; 5] = ["news", "moved", "outage", "afterwards", WARM_UP];

/// The servers, and who is connected to them.
struct Example<'a> {
    director: Server<'a>,
    forwarders: Vec<Server<'a>>,
    backend: Backend,
    /// One at each server, the director's first.
    browsers: Vec<Participant>,
    /// One that knows only the name.
    named: Participant,
}

pub(crate) fn run_the_example(network: &Network, publisher_port: u16) {
    let mut example = Example::start(network, publisher_port);
    example.everybody_hears_everybody();
    example.browser_goes_on_when_its_server_dies();
    example.director_returns();
    example.backend_still_reaches_all();
}

/// The settings as they are printed, and not one more.
fn start<'a>(network: &'a Network, publisher_address: &str) -> (Server<'a>, Vec<Server<'a>>) {
    let subscriber_address = "tcp://192.168.1.10:4243";
    let director = network.director.serve(&[
        ("OMNIBUS_SUBSCRIBER_ADDRESS", subscriber_address.to_owned()),
        ("OMNIBUS_PUBLISHER_ADDRESS", publisher_address.to_owned()),
    ]);
    let forwarder = |machine: &'a Machine| {
        machine.serve(&[
            ("OMNIBUS_DIRECTOR_ENABLED", "False".to_owned()),
            ("OMNIBUS_FORWARDER_ENABLED", "True".to_owned()),
            ("OMNIBUS_DIRECTOR_SUBSCRIBER_ADDRESS", subscriber_address.to_owned()),
            ("OMNIBUS_DIRECTOR_PUBLISHER_ADDRESS", publisher_address.to_owned()),
        ])
    };
    (director, network.forwarders.iter().map(forwarder).collect())
}

/// Connects as a browser does that knows the name: the first of its addresses that answers.
fn by_name(name: &str) -> Participant {
    Participant::join(&format!("ws://{NAME}:4242/ec"), name, &CHANNELS)
}

impl<'a> Example<'a> {
    fn start(network: &'a Network, publisher_port: u16) -> Self {
        let publisher_address = format!("tcp://192.168.1.10:{publisher_port}");
        let (director, forwarders) = start(network, &publisher_address);
        forwarders.iter().for_each(|forwarder| forwarder.wait_for_link(1));
        let connections = [4243, publisher_port].map(|port| director.bus_connections(port));
        let expected = if publisher_port == 4243 { [6, 6] } else { [3, 3] };
        assert_eq!(connections, expected, "each forwarder has two");
        let browser = |server: &Server<'_>| server.participant(&format!("at-{}", server.address()), &CHANNELS);
        Self {
            backend: network.director.backend("backend", &publisher_address),
            browsers: [&director].into_iter().chain(&forwarders).map(browser).collect(),
            named: by_name("named"),
            director,
            forwarders,
        }
    }

    fn everyone(&self) -> Vec<&Participant> {
        self.browsers.iter().chain([&self.named]).collect()
    }

    fn everybody_hears_everybody(&mut self) {
        let mut publishers: Vec<&mut dyn Publish> = vec![&mut self.backend, &mut self.named];
        publishers.extend(self.browsers.iter_mut().map(|browser| browser as &mut dyn Publish));
        publish_at_once(&mut publishers, "news", COUNT);
        let mut checker = Checker::new("news");
        for publisher in &publishers {
            checker.requires(publisher.name(), 0..COUNT);
        }
        let count = publishers.len() * COUNT as usize;
        let everyone = self.everyone();
        settle(&everyone, "news", count);
        pass(checker, "news", &everyone);
    }

    /// The forwarder that the name leads to is killed: its browser goes on at another address.
    fn browser_goes_on_when_its_server_dies(&mut self) {
        let before = self.named.server().ip();
        let is_before = |server: &Server<'_>| before == server.address();
        let at = self
            .forwarders
            .iter()
            .position(is_before)
            .expect("the name leads to a forwarder");
        self.forwarders[at].kill();
        let killed_at = Instant::now();
        let ended = limits::holds_within(limits::ANSWER, || self.named.has_ended());
        assert!(ended, "the browser does not see that its server has gone");
        thread::sleep(RECONNECT_AFTER);
        self.named = by_name("named");
        let after = self.named.server().ip();
        println!(
            "= {before} was killed; the browser goes on at {after} after {:?}",
            killed_at.elapsed()
        );
        assert_ne!(after, before);

        let mut checker = Checker::new("moved");
        checker.requires("named", 0..COUNT);
        checker.requires(self.browsers[0].name(), 0..COUNT);
        publish(&self.named, "moved", 0..COUNT);
        publish(&self.browsers[0], "moved", 0..COUNT);
        // The director's browser is the first.
        let gone = at + 1;
        let left: Vec<&Participant> = self.browsers.iter().filter(|browser| !browser.has_ended()).collect();
        assert_eq!(left.len(), self.browsers.len() - 1);
        let everyone: Vec<&Participant> = left.into_iter().chain([&self.named]).collect();
        settle(&everyone, "moved", 2 * COUNT as usize);
        pass(checker, "moved", &everyone);

        self.forwarders[at].start_again();
        self.forwarders[at].wait_for_link(1);
        self.browsers[gone] = self.forwarders[at].participant(self.browsers[gone].name(), &CHANNELS);
    }

    /// The director is killed while all publish, and started again.
    fn director_returns(&mut self) {
        let Self {
            director,
            forwarders,
            browsers,
            named,
            ..
        } = self;
        let at_forwarders: Vec<&Participant> = browsers[1..].iter().chain([&*named]).collect();
        let returned = OnceLock::new();
        let mut back = None;
        let runs = publish_during(&at_forwarders, "outage", 0, |publish_too| {
            thread::sleep(STEADY);
            director.kill();
            thread::sleep(AWAY);
            director.start_again();
            let at = *back.insert(Instant::now());
            publish_too(returned.get_or_init(|| director.participant("returned", &CHANNELS)));
            thread::sleep((at + BACK_WITHIN + STEADY).saturating_duration_since(Instant::now()));
        });
        let mended = Mended {
            at: back.expect("it has come back"),
            flows_within: BACK_WITHIN,
        };
        let everyone: Vec<&Participant> = at_forwarders.into_iter().chain(returned.get()).collect();
        let outcome = judge("outage", mended, &runs, &everyone);
        println!("= {outcome:?}");
        forwarders.iter().for_each(|forwarder| forwarder.wait_for_link(1));
        self.browsers[0] = returned.into_inner().expect("it has joined");
    }

    /// The backend has connected again by itself.
    fn backend_still_reaches_all(&mut self) {
        let everyone: Vec<&Participant> = self.browsers.iter().chain([&self.named]).collect();
        warm_up(&mut [&mut self.backend], &everyone);
        publish_at_once(&mut [&mut self.backend], "afterwards", COUNT);
        let mut checker = Checker::new("afterwards");
        checker.requires("backend", 0..COUNT);
        settle(&everyone, "afterwards", COUNT as usize);
        pass(checker, "afterwards", &everyone);
    }
}
