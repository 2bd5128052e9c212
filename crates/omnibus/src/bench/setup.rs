//! What does a run of each mode look like, and can it be done?

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use omnibus_protocol::ChannelNameBuf;

use crate::error::Error;
use crate::target::Url;

use super::arguments::{Common, Disturbances, Messages, Mode, Run};
use super::message::BODY_BYTES_MIN;
use super::plan::{Connecting, Crowd, Large, Pace, Passengers, Plan, Target};
use super::sources::{self, PER_SOURCE_MAX};

/// Servers of one run.
const TARGETS_MAX: usize = 64;

/// Clients of one run.
const CLIENTS_MAX: u64 = 1_000_000;

/// Pairs of a client and a publisher that it hears: 16 bytes each.
const PAIRS_MAX: u64 = 100_000_000;

/// Clients that come and go, at once.
const CHURN_AT_ONCE_MAX: f64 = 4_096.0;

/// What is to be run.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) mode: &'static str,
    pub(crate) urls: Vec<Url>,
    pub(crate) plan: Plan,
    /// Connections at the same time.
    pub(crate) connections: u32,
    pub(crate) threads: Option<u32>,
    pub(crate) processes: Option<u32>,
    pub(crate) json: bool,
}

/// What tells one mode from another.
struct Shape {
    mode: &'static str,
    crowd: Crowd,
    pace: Pace,
    messages: Option<Messages>,
    disturbances: Disturbances,
    passengers: Option<Passengers>,
    tells_last: bool,
    common: Common,
}

impl Setup {
    /// Makes the plan of what the command line asks for.
    ///
    /// # Errors
    /// [`Error::Usage`], or [`Error::Unreachable`] if a server's name has no address.
    pub(crate) fn of(mode: Mode) -> Result<Self, Error> {
        let shape = shape(mode);
        let crowd = check(shape.crowd)?;
        let common = shape.common;
        let urls = urls(common.url)?;
        if shape.mode == "cluster" && urls.len() < 2 {
            return Err(Error::Usage(
                "a cluster has several servers; give --url for each".to_owned(),
            ));
        }
        let targets = urls.iter().map(target).collect::<Result<Vec<_>, _>>()?;
        let passengers = shape.passengers.or(churn(shape.disturbances.churn));
        let connections = crowd.clients() + passengers.map_or(0, |passengers| passengers.at_once);
        let sources = sources(&common.source, connections, &targets)?;
        let plan = Plan {
            run: fastrand::u32(..),
            token: common.auth_token,
            sources,
            channel: common
                .channel
                .map_or_else(random_channel, |name: ChannelNameBuf| name.as_str().to_owned()),
            crowd,
            connecting: Connecting {
                per_second: common.connect_rate,
                timeout: nanos(common.connect_timeout),
            },
            pace: shape.pace,
            body_bytes: shape
                .messages
                .as_ref()
                .map_or(BODY_BYTES_MIN, |messages| messages.payload),
            large: shape.messages.and_then(|messages| {
                Some(Large {
                    body_bytes: messages.large_payload?,
                    every: messages.large_every,
                })
            }),
            passengers,
            channel_churn: shape.disturbances.channel_churn.unwrap_or(0.0),
            slow_read_bytes: shape.disturbances.slow_read_bytes,
            warmup: nanos(common.warmup),
            duration: nanos(common.duration),
            drain: nanos(common.drain),
            tells_last: shape.tells_last,
            targets,
        };
        Ok(Self {
            mode: shape.mode,
            urls,
            plan,
            connections,
            threads: common.threads,
            processes: common.processes,
            json: common.json,
        })
    }
}

fn shape(mode: Mode) -> Shape {
    match mode {
        Mode::Idle(idle) => {
            let crowd = Crowd {
                more_channels: idle.channels - 1,
                ..one_room(idle.clients, 0)
            };
            Shape::silent("idle", crowd, idle.common)
        }
        Mode::Fanout(fanout) => {
            let in_flight = Pace::InFlight(fanout.in_flight.unwrap_or(16));
            Shape {
                tells_last: fanout.rate.is_some(),
                pace: fanout.rate.map_or(in_flight, Pace::Rate),
                ..Shape::publishing(
                    "fanout",
                    one_room(fanout.room.clients, fanout.room.publishers),
                    fanout.run,
                )
            }
        }
        Mode::Rooms(rooms) => {
            let publishers = rooms.publishers.unwrap_or(rooms.members);
            let all = f64::from(publishers) * f64::from(rooms.rooms);
            let rate = Pace::Rate(rooms.rate.unwrap_or(all));
            let crowd = Crowd {
                rooms: rooms.rooms,
                members: rooms.members,
                publishers,
                ..Crowd::default()
            };
            Shape {
                pace: rooms.in_flight.map_or(rate, Pace::InFlight),
                ..Shape::publishing("rooms", crowd, rooms.run)
            }
        }
        Mode::Latency(latency) => Shape {
            tells_last: true,
            pace: Pace::Rate(latency.rate),
            ..Shape::publishing(
                "latency",
                one_room(latency.room.clients, latency.room.publishers),
                latency.run,
            )
        },
        Mode::Connect(connect) => Shape {
            passengers: Some(Passengers {
                per_second: connect.rate,
                at_once: connect.clients,
                hold: nanos(connect.hold),
            }),
            ..Shape::silent("connect", Crowd::default(), connect.common)
        },
        Mode::Publish(publish) => {
            let in_flight = Pace::InFlight(publish.in_flight.unwrap_or(64));
            let crowd = Crowd {
                rooms: publish.publishers,
                members: 1,
                publishers: 1,
                ..Crowd::default()
            };
            Shape {
                pace: publish.rate.map_or(in_flight, Pace::Rate),
                ..Shape::publishing("publish", crowd, publish.run)
            }
        }
        Mode::Cluster(cluster) => Shape {
            tells_last: true,
            pace: Pace::Rate(cluster.rate),
            ..Shape::publishing("cluster", one_room(cluster.clients, 1), cluster.run)
        },
        Mode::Worker => unreachable!("a child process has its plan from its parent"),
    }
}

impl Shape {
    /// Clients to whom nothing is said.
    fn silent(mode: &'static str, crowd: Crowd, common: Common) -> Self {
        Self {
            mode,
            crowd,
            pace: Pace::Silent,
            messages: None,
            disturbances: Disturbances::default(),
            passengers: None,
            tells_last: false,
            common,
        }
    }

    /// Clients who publish, at a pace that is still to be said, and those of them who disturb.
    fn publishing(mode: &'static str, crowd: Crowd, run: Run) -> Self {
        let crowd = Crowd {
            never_read: run.disturbances.never_read,
            slow_read: run.disturbances.slow_read,
            ..crowd
        };
        Self {
            messages: Some(run.messages),
            disturbances: run.disturbances,
            ..Self::silent(mode, crowd, run.common)
        }
    }
}

/// A room for these and the publishers, who have subscribed, too.
fn one_room(clients: u32, publishers: u32) -> Crowd {
    Crowd {
        rooms: 1,
        members: clients + publishers,
        publishers,
        ..Crowd::default()
    }
}

fn check(crowd: Crowd) -> Result<Crowd, Error> {
    let clients = u64::from(crowd.rooms) * u64::from(crowd.members);
    let pairs = clients * u64::from(crowd.publishers);
    let problem = if clients > CLIENTS_MAX {
        format!("{clients} clients are more than {CLIENTS_MAX}, the limit of one run; ask for fewer")
    } else if pairs > PAIRS_MAX {
        format!("{pairs} pairs of a client and a publisher are more than {PAIRS_MAX}, the limit; ask for fewer")
    } else if crowd.publishers > crowd.members {
        format!(
            "{} publishers are more than the {} members of a room; ask for fewer",
            crowd.publishers, crowd.members
        )
    } else {
        return Ok(crowd);
    };
    Err(Error::Usage(problem))
}

fn urls(named: Vec<Url>) -> Result<Vec<Url>, Error> {
    if named.len() > TARGETS_MAX {
        return Err(Error::Usage(format!(
            "{} servers are more than {TARGETS_MAX}, the limit of one run; name fewer",
            named.len()
        )));
    }
    if named.is_empty() {
        return Ok(vec![Url::or_environment(None)?]);
    }
    Ok(named)
}

fn target(url: &Url) -> Result<Target, Error> {
    let text = url.uri.to_string();
    let unreachable = |reason: String| Error::Unreachable {
        target: text.clone(),
        reason,
    };
    let addresses = (url.at.host.as_str(), url.at.port).to_socket_addrs();
    let mut addresses: Vec<SocketAddr> = addresses.map_err(|error| unreachable(error.to_string()))?.collect();
    // The first that answers is meant; where none does, trying it out will say so.
    let answering = addresses.iter().position(|address| {
        addresses.len() > 1 && std::net::TcpStream::connect_timeout(address, Duration::from_secs(5)).is_ok()
    });
    addresses.drain(..answering.unwrap_or(0));
    let address = addresses.first();
    let address = *address.ok_or_else(|| unreachable("its name has no address".to_owned()))?;
    let path = url.uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = url.uri.authority().map_or("", |authority| authority.as_str());
    Ok(Target {
        address,
        host: authority.to_owned(),
        path: path.to_owned(),
        url: text,
    })
}

fn sources(named: &[sources::Sources], connections: u32, targets: &[Target]) -> Result<Vec<IpAddr>, Error> {
    let per_target = connections.div_ceil(u32::try_from(targets.len()).unwrap_or(1));
    let addresses: Vec<IpAddr> = targets.iter().map(|target| target.address.ip()).collect();
    let sources = sources::choose(named, per_target, &addresses);
    let room = u64::from(PER_SOURCE_MAX) * sources.len() as u64;
    let has_room = if sources.is_empty() {
        per_target <= PER_SOURCE_MAX
    } else {
        u64::from(connections) <= room
    };
    if has_room {
        return Ok(sources);
    }
    Err(Error::Usage(format!(
        "{connections} connections need more than {} addresses to come from, {PER_SOURCE_MAX} from each; name more with \
         --source",
        sources.len().max(1)
    )))
}

fn churn(per_second: Option<f64>) -> Option<Passengers> {
    let per_second = per_second?;
    let at_once = (per_second * 2.0).ceil().clamp(64.0, CHURN_AT_ONCE_MAX);
    Some(Passengers {
        per_second: Some(per_second),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it was clamped just now"
        )]
        at_once: at_once as u32,
        hold: 0,
    })
}

fn random_channel() -> String {
    format!("bench-{:08x}", fastrand::u32(..))
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::arguments::Bench;
    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        bench: Bench,
    }

    fn setup(line: &str) -> Result<Setup, Error> {
        Setup::of(Line::try_parse_from(line.split(' ')).unwrap().bench.mode)
    }

    #[test]
    fn every_mode_has_its_crowd() {
        for (line, rooms, members, publishers) in [
            ("bench idle --clients 10 --url ws://127.0.0.1/", 1, 10, 0),
            ("bench fanout --url ws://127.0.0.1/", 1, 1_001, 1),
            ("bench rooms --rooms 500 --url ws://127.0.0.1/", 500, 10, 10),
            ("bench publish --publishers 3 --url ws://127.0.0.1/", 3, 1, 1),
            ("bench connect --url ws://127.0.0.1/", 0, 0, 0),
        ] {
            let crowd = setup(line).unwrap().plan.crowd;
            assert_eq!(
                (crowd.rooms, crowd.members, crowd.publishers),
                (rooms, members, publishers)
            );
        }
        let setup = setup("bench connect --clients 7 --url ws://127.0.0.1/").unwrap();
        assert_eq!((setup.connections, setup.plan.crowd.clients()), (7, 0));
    }

    #[test]
    fn what_can_not_be_done_is_said_with_a_way_out() {
        for line in [
            "bench cluster --url ws://127.0.0.1/",
            "bench rooms --rooms 1000 --members 1000000 --url ws://127.0.0.1/",
            "bench fanout --clients 100000 --publishers 10000 --url ws://127.0.0.1/",
            "bench rooms --members 2 --publishers 3 --url ws://127.0.0.1/",
            "bench idle --clients 40001 --source 127.0.0.1-127.0.0.2 --url ws://127.0.0.1/",
        ] {
            let error = setup(line).unwrap_err();
            assert!(error.to_string().contains("; "), "{line}: {error}");
            assert_eq!(error.exit_code(), 2);
        }
    }
}
