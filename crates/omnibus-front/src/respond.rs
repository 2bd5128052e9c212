//! What is said to requests that want neither a WebSocket nor SockJS, or can't have them?

use omnibus_websocket::{HeadError, UpgradeError};

use crate::http::Response;

/// The body with which the original answers unknown paths (recording H11).
pub(crate) fn not_found() -> Response {
    Response::html(404).body("<html><title>404: Not Found</title><body>404: Not Found</body></html>")
}

/// The original's words for an origin it refuses (recording H30).
pub(crate) fn foreign_origin() -> Response {
    Response::html(403).body("Cross origin websockets not allowed")
}

/// A page.
pub(crate) fn page(html: String) -> Response {
    Response::html(200).body(html)
}

/// A sign of life.
pub(crate) fn alive() -> Response {
    Response::text(200).body("ok\n")
}

/// Why a request is no WebSocket.
pub(crate) fn no_upgrade(error: &UpgradeError) -> Response {
    let response = Response::html(error.status()).body(error.body());
    let headers = error.headers().iter();
    headers.fold(response, |response, (name, value)| response.header(name, value))
}

/// Why a head can't be read.
pub(crate) fn bad_head(error: &HeadError) -> Response {
    Response::text(error.status()).body(format!("{error}\n"))
}

/// A head that did not come to its end in time.
pub(crate) fn too_late() -> Response {
    Response::text(408).body("the request took too long; send it at once\n")
}
