//! Do the settings go together?

use omnibus_bus_zmq::{Address, Host};
use omnibus_session::Authenticator;

use crate::draft::Draft;
use crate::fault::Fault;
use crate::mistake::Mistakes;
use crate::origins::Origins;

mod auth;
mod bounds;
mod hooks;
mod ports;

const DIRECTOR: &str = "bus.director";
const FORWARDER: &str = "bus.forwarder";
const SUBSCRIBER: &str = "bus.subscriber_address";
const PUBLISHER: &str = "bus.publisher_address";
const DIRECTOR_SUBSCRIBER: &str = "bus.director_subscriber_address";
const DIRECTOR_PUBLISHER: &str = "bus.director_publisher_address";
const REQUIRE_AUTH: &str = "bus.require_auth";

/// Collects the mistakes of combinations.
struct Found<'a> {
    origins: &'a Origins,
    mistakes: Mistakes,
}

impl Found<'_> {
    /// Notes a conflict at `key`, unless a value of these settings was no good itself: what is
    /// wrong there is told already.
    fn conflict(&mut self, key: &str, with: &[&str], problem: impl Into<String>, mend: impl Into<String>) {
        if !self.origins.are_good(with) || !self.origins.are_good(&[key]) {
            return;
        }
        let fault = Fault::Conflict {
            problem: problem.into(),
            mend: mend.into(),
        };
        self.mistakes.push(self.origins.mistake(key, fault));
    }
}

/// Finds what does not go together.
pub(crate) fn mistakes(draft: &Draft, origins: &Origins) -> Mistakes {
    let mut found = Found {
        origins,
        mistakes: Mistakes::default(),
    };
    check_roles(draft, &mut found);
    for (key, address) in connected(draft) {
        check_connected(draft, key, address, &mut found);
    }
    check_bus_auth(draft, &mut found);
    auth::check(draft, &mut found);
    ports::check(draft, &mut found);
    bounds::check(draft, &mut found);
    hooks::check(draft, &mut found);
    if draft.front.page && draft.front.base_url == "/" {
        found.conflict(
            "server.base_url",
            &["server.page"],
            "the page for trying the server answers at / already",
            "set server.page to false, or choose another path",
        );
    }
    found.mistakes
}

/// Finds what runs but is worth a loud line.
pub(crate) fn warnings(draft: &Draft) -> Vec<String> {
    let mut warnings = Vec::new();
    if draft.binds_bus() {
        for (key, address) in own(draft) {
            if address.is_beyond_loopback() {
                warnings.push(format!(
                    "{key} is {address}: whoever reaches it reads and forges every message, because bus peers do not \
                     prove who they are yet; keep strangers out with a firewall, or set bus.require_auth = true to refuse this"
                ));
            }
        }
    }
    let is_noop = draft.front.rules.authenticator == Authenticator::NoOp;
    if is_noop && draft.listeners().iter().any(|listener| !listener.ip().is_loopback()) {
        warnings.push(
            "auth.authenticator is noop and server.listen reaches beyond this host: every page that \
             server.allowed_origins lets in may read and write every channel"
                .to_owned(),
        );
    }
    warnings.extend(draft.api.listen.iter().filter(|address| !address.ip().is_loopback()).map(|address| {
        format!(
            "api.listen is {address}: whoever reaches it reads how many clients there are and what they do; keep \
             strangers out with a firewall, or write a loopback address"
        )
    }));
    warnings.extend(auth::warnings(draft));
    warnings.extend(hooks::warnings(draft));
    warnings
}

fn check_roles(draft: &Draft, found: &mut Found<'_>) {
    if draft.director && draft.forwarder {
        let problem = match found.origins.is_given(DIRECTOR) {
            true => "bus.director is on too, and a node is one or the other",
            false => "bus.director is on too, by default, and a node is one or the other",
        };
        found.conflict(
            FORWARDER,
            &[DIRECTOR],
            problem,
            "for a forwarder, set OMNIBUS_DIRECTOR_ENABLED=False, or bus.director to false; for a director, leave bus.forwarder off",
        );
        return;
    }
    if !draft.forwarder {
        return;
    }
    for (key, address) in [
        (DIRECTOR_SUBSCRIBER, &draft.director_subscriber_address),
        (DIRECTOR_PUBLISHER, &draft.director_publisher_address),
    ] {
        if address.is_none() {
            let name = key.trim_start_matches("bus.").to_ascii_uppercase();
            found.conflict(
                key,
                &[FORWARDER],
                "bus.forwarder is on, and a forwarder needs this address of its director",
                format!("set OMNIBUS_{name} to the address that the director has for it"),
            );
        }
    }
}

/// This node's own two addresses.
fn own(draft: &Draft) -> [(&'static str, &Address); 2] {
    [
        (SUBSCRIBER, &draft.bus.subscriber_address),
        (PUBLISHER, &draft.bus.publisher_address),
    ]
}

/// The addresses that this node connects to.
fn connected(draft: &Draft) -> Vec<(&'static str, &Address)> {
    match (draft.director, draft.forwarder) {
        (false, false) => own(draft).to_vec(),
        (false, true) => [
            (DIRECTOR_SUBSCRIBER, draft.director_subscriber_address.as_ref()),
            (DIRECTOR_PUBLISHER, draft.director_publisher_address.as_ref()),
        ]
        .into_iter()
        .filter_map(|(key, address)| Some((key, address?)))
        .collect(),
        (true, _) => Vec::new(),
    }
}

fn check_connected(draft: &Draft, key: &'static str, address: &Address, found: &mut Found<'_>) {
    let roles = [DIRECTOR, FORWARDER];
    match address {
        Address::Inproc { .. } => found.conflict(
            key,
            &roles,
            "this node connects there, and inproc:// leads to no other process",
            "write the tcp:// or ipc:// address that the director has for it",
        ),
        Address::Tcp { host: Host::Any, .. } => found.conflict(
            key,
            &roles,
            "this node connects there, and * is no host to connect to",
            "write the director's host in place of *",
        ),
        Address::Tcp { port: 0, .. } => found.conflict(
            key,
            &roles,
            "this node connects there, and 0 is no port to connect to",
            "write the director's port",
        ),
        Address::Tcp { .. } | Address::Ipc { .. } => {
            if let Some((own_key, _)) = own(draft)
                .into_iter()
                .find(|(_, own)| draft.forwarder && *own == address)
            {
                found.conflict(
                    key,
                    &[DIRECTOR, FORWARDER, own_key],
                    format!("{own_key} is the same: this forwarder would connect to itself"),
                    format!("write the director's address, or give {own_key} another port"),
                );
            }
        }
    }
}

fn check_bus_auth(draft: &Draft, found: &mut Found<'_>) {
    if !draft.bus.require_auth {
        return;
    }
    let mut used = connected(draft);
    if draft.binds_bus() {
        used.extend(own(draft));
    }
    for (key, address) in used {
        if address.is_beyond_loopback() {
            found.conflict(
                key,
                &[REQUIRE_AUTH, DIRECTOR, FORWARDER],
                "bus.require_auth is on, strangers may reach this address, and bus peers can't prove who they are yet",
                "write a loopback, ipc:// or inproc:// address, or set bus.require_auth to false behind a firewall",
            );
        }
    }
}
