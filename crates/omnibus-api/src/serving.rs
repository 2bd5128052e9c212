//! How are operators' connections served, and how are they bounded?

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::debug;

use crate::answers::answer;
use crate::collector::Exposition;

/// Connections that are served at a time; further ones wait at the listener.
const CONNECTIONS_MAX: usize = 16;

/// How long a connection may take for its one request, from its beginning to its end.
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(10);

/// Bytes of a request's head.
const HEAD_BYTES_MAX: usize = 16 << 10;

/// Lines of a request's head.
const HEADERS_MAX: usize = 64;

/// How long the listener rests when the process has no descriptor left.
const DESCRIPTOR_PAUSE: Duration = Duration::from_millis(500);

/// Serves a listener for ever.
pub(crate) async fn serve(listener: TcpListener, exposition: Arc<Exposition>) {
    let mut connections = JoinSet::new();
    loop {
        select! {
            accepted = listener.accept(), if connections.len() < CONNECTIONS_MAX => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&exposition)));
                }
                Err(error) => {
                    debug!(%error, "no operator's connection can be accepted for the moment");
                    sleep(DESCRIPTOR_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Answers one request.
async fn connection(stream: TcpStream, exposition: Arc<Exposition>) {
    let service = service_fn(|request| {
        let answer = answer(&request, &exposition);
        async { Ok::<_, Infallible>(answer) }
    });
    let serving = http1::Builder::new()
        .keep_alive(false)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), service);
    match timeout(CONNECTION_TIME_MAX, serving).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => debug!(%error, "an operator's connection ended early"),
        Err(_) => debug!("an operator's connection took too long and was cut"),
    }
}
