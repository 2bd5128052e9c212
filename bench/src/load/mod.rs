//! How do clients come, publish and listen?

mod belt;
mod closed;
mod coming;
mod connection;
mod courier;
mod crowd;
mod dialect;
mod frame;
mod greeting;
mod learned;
mod message;
mod open;
mod patience;
mod ring;
mod stream;
mod tool;
mod walk;

pub(crate) use belt::Belt;
pub(crate) use closed::{Pace, Run, Speaker, Until};
pub(crate) use coming::{AT_ONCE, come};
pub(crate) use courier::{Courier, Tongue};
pub(crate) use crowd::{Crowd, Guests};
pub(crate) use dialect::{
    Dialect, EVENT_SOURCE, MQTT, NATS, NCHAN, OMNIBUS, OMNIBUS_DEFLATE, OMNIBUS_TLS, PUSHER, UWEBSOCKETS, XHR_STREAMING,
};
pub(crate) use greeting::greet;
pub(crate) use message::{BODY_BYTES, Fill, LARGE_BODY_BYTES, body};
pub(crate) use open::{End, Latencies, Rate};
pub(crate) use stream::Certificate;
pub(crate) use tool::{Told, Tool};
