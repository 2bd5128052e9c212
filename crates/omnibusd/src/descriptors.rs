//! How many connections can the process hold?

use omnibus_hub::Config;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::warn;

/// Descriptors that are neither connections nor a shard's: listeners, standard streams, files of
/// settings, databases, link attempts.
const RESERVED: usize = 64;

/// What a shard opens: an event loop, what wakes it, and `io_uring`.
const OF_A_SHARD: usize = 3;

/// The bus gets no more than this part of all connections, where descriptors are few.
const OF_THE_BUS: usize = 8;

/// Raises the limit of open files as far as allowed, and lowers the bounds of connections to what it
/// leaves room for.
pub(crate) fn fit(config: Config) -> Config {
    share_out(config, raise())
}

fn share_out(config: Config, limit: usize) -> Config {
    let shards = (config.shards + 1) * OF_A_SHARD;
    let room = limit.saturating_sub(RESERVED + shards);
    let bus_connections_max = config.bus_connections_max.min(room / OF_THE_BUS);
    Config {
        connections_max: config.connections_max.min(room - bus_connections_max),
        bus_connections_max,
        ..config
    }
}

/// Raises the limit of open files as far as allowed; returns it.
fn raise() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let limit = match setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    ) {
        Ok(()) => maximum,
        Err(error) => {
            warn!(%error, limit = current, "the limit of open files could not be raised");
            current
        }
    };
    limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_have_what_shards_and_files_leave() {
        let shared = |limit| {
            let config = Config {
                shards: 4,
                connections_max: 1_000_000,
                bus_connections_max: 1_000,
                ..Config::default()
            };
            let Config {
                connections_max,
                bus_connections_max,
                ..
            } = share_out(config, limit);
            (connections_max, bus_connections_max)
        };
        assert_eq!(shared(usize::MAX), (1_000_000, 1_000));
        assert_eq!(shared(20_000), (18_921, 1_000));
        assert_eq!(shared(1_024), (827, 118));
        assert_eq!(shared(10), (0, 0));
    }
}
