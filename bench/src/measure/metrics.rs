//! What does omnibusd count of itself?

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::error::Error;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a node counted until it was asked, as OpenMetrics.
#[derive(Debug)]
pub(crate) struct Metrics(String);

impl Metrics {
    /// Asks the node whose `api.listen` this is.
    ///
    /// # Errors
    /// It does not answer.
    pub(crate) fn read(address: SocketAddr) -> Result<Self, Error> {
        ask(address)
            .map(Self)
            .map_err(Error::system("read the server's metrics"))
    }

    /// The sum over all shards of the samples of this name with this label.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn sum(&self, name: &str, label: &str) -> Result<f64, Error> {
        let values = self.0.lines().filter_map(|line| {
            let (labels, value) = line.strip_prefix(name)?.strip_prefix('{')?.split_once("} ")?;
            let value: f64 = value.trim().parse().ok()?;
            labels.split(',').any(|one| one == label).then_some(value)
        });
        values.reduce(|sum, value| sum + value).ok_or_else(|| Error::Malformed {
            what: "what the server counts".to_owned(),
            expected: "a metric that the benchmark reads",
        })
    }
}

fn ask(address: SocketAddr) -> io::Result<String> {
    let mut socket = TcpStream::connect_timeout(&address, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    // Of HTTP 1.0 no answer comes in chunks.
    write!(socket, "GET /metrics HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut text = String::new();
    socket.read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_all_shards_are_summed_by_their_label() {
        let text = "HTTP/1.1 200 OK\r\n\r\n\
                    # TYPE closed counter\n\
                    closed_total{shard=\"0\",reason=\"slow\"} 3\n\
                    closed_total{shard=\"0\",reason=\"slower\"} 100\n\
                    closed_total{shard=\"1\",reason=\"slow\"} 4.0\n";
        let metrics = Metrics(text.to_owned());
        assert!((metrics.sum("closed_total", "reason=\"slow\"").unwrap() - 7.0).abs() < 1e-9);
        assert!(metrics.sum("closed_total", "reason=\"fast\"").is_err());
        assert!(metrics.sum("closed", "reason=\"slow\"").is_err());
    }
}
