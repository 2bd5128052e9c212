//! What is answered to a request?

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::{Method, Request, Response, StatusCode};

use crate::collector::{self, Exposition};

/// Where the metrics are.
pub(crate) const METRICS: &str = "/metrics";

const TEXT: &str = "text/plain; charset=utf-8";

/// Answers a request; what it carries is not looked at.
pub(crate) fn answer<T>(request: &Request<T>, exposition: &Exposition) -> Response<Full<Bytes>> {
    if request.uri().path() != METRICS {
        return response(
            StatusCode::NOT_FOUND,
            TEXT,
            "not here; the metrics are at /metrics\n".into(),
        );
    }
    match *request.method() {
        // The body of an answer to HEAD is left out below.
        Method::GET | Method::HEAD => response(StatusCode::OK, collector::CONTENT_TYPE, exposition.text()),
        _ => {
            let mut refused = response(StatusCode::METHOD_NOT_ALLOWED, TEXT, "write GET\n".into());
            refused
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            refused
        }
    }
}

fn response(status: StatusCode, content_type: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
