//! How does one request go out, and what comes back?

use std::error::Error as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use thiserror::Error;

use crate::config::Config;
use crate::queue::LANES;
use crate::signature;

/// Bytes of an answer that are read, so that its connection can be used again; one that says more
/// is cut.
const ANSWER_BYTES_MAX: usize = 16 << 10;

/// How long a connection is kept for the next request. Servers close theirs after some seconds.
const IDLE_TIME_MAX: Duration = Duration::from_secs(20);

/// Sends signed requests to the receiver.
#[derive(Debug)]
pub(crate) struct Requests {
    config: Config,
    client: Client,
}

/// Why a request does not count as received.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error("it answers {}", .0.as_u16())]
    Status(StatusCode),
    #[error("no answer within {0:?}")]
    Late(Duration),
    #[error("{0}")]
    Connection(String),
}

impl Failure {
    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Status(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                "check that hooks.secret is the application's, and both clocks"
            }
            Self::Status(StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) => "check the path in hooks.url",
            Self::Status(status) if status.is_redirection() => {
                "set hooks.url to where it redirects to; redirects are not followed"
            }
            Self::Status(_) => "look into the application's log",
            Self::Late(_) => "let the application answer first and work afterwards",
            Self::Connection(_) => "check hooks.url and that the application runs",
        }
    }
}

impl Requests {
    /// Prepares to send to the receiver of `config`.
    ///
    /// # Errors
    /// The system has no certificates to check an `https` receiver against.
    pub(crate) fn new(config: Config) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .user_agent(concat!("omnibusd/", env!("CARGO_PKG_VERSION")))
            .timeout(config.request_time_max)
            .pool_max_idle_per_host(LANES)
            .pool_idle_timeout(IDLE_TIME_MAX)
            .redirect(Policy::none())
            .no_proxy();
        // Without https nobody asks for certificates, and a machine without any is good enough.
        let client = match config.url.url().scheme() {
            "https" => client.https_only(true),
            _ => client.tls_certs_only([]),
        };
        Ok(Self {
            client: client.build()?,
            config,
        })
    }

    /// Sends a body, signed anew.
    ///
    /// # Errors
    /// It was not received.
    pub(crate) async fn send(&self, body: Bytes) -> Result<(), Failure> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let signature = signature::header(&self.config.secret, now.as_secs(), &body);
        let mut signature = HeaderValue::try_from(signature).expect("it is ASCII");
        signature.set_sensitive(true);
        let request = self
            .client
            .post(self.config.url.url().clone())
            .header(CONTENT_TYPE, "application/json")
            .header(signature::HEADER, signature)
            .body(body);
        let answer = request.send().await.map_err(|error| self.failure(error))?;
        let status = answer.status();
        read_a_little(answer).await;
        match status.is_success() {
            true => Ok(()),
            false => Err(Failure::Status(status)),
        }
    }

    fn failure(&self, error: reqwest::Error) -> Failure {
        if error.is_timeout() {
            return Failure::Late(self.config.request_time_max);
        }
        // The URL may hold a key; the causes behind the error do not name it.
        let error = error.without_url();
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = cause.to_string();
            source = cause.source();
        }
        Failure::Connection(text)
    }
}

/// Reads an answer to its end, if that is near.
async fn read_a_little(mut answer: Response) {
    let mut left = ANSWER_BYTES_MAX;
    while let Ok(Some(bytes)) = answer.chunk().await {
        match left.checked_sub(bytes.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}
