//! Does the client do what its help says, against servers that behave in every way?

mod bus;
mod bus_server;
mod websocket;
mod websocket_server;

mod client;
