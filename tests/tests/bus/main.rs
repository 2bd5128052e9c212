//! Do foreign ZeroMQ peers meet at an `omnibusd`, and does it withstand hostile ones?

mod addresses;
mod forms;
mod half_open;
mod hostile;
mod messages;
mod neighbours;
mod one_port;
mod options;
mod original;
mod slow;
mod sockets;
mod transports;
mod zmtp;
