//! What does a bus do to the client, one connection long?

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use omnibus_zmtp::{Accepts, Config, Connection, Event, encode_command, encode_message};

/// How a bus behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// A director's publisher address, which wants everything after this pause.
    Publishers { pause: Duration },
    /// One that wants other channels only.
    Unwilling,
    /// A director's publisher address that takes a message and then hangs.
    Hanging,
    /// A director's subscriber address that sends messages to whoever subscribes.
    Subscribers,
}

/// A bus for one connection, and what it got in the end.
pub(crate) struct Bus {
    pub(crate) address: String,
    got: JoinHandle<Vec<String>>,
}

impl Bus {
    pub(crate) fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let got = thread::spawn(move || {
            let (stream, _) = listener.accept().expect("the client comes");
            serve(stream, manner)
        });
        Self {
            address: format!("tcp://{address}"),
            got,
        }
    }

    /// Waits for the end of the connection and gives all messages and topics that came.
    pub(crate) fn got(self) -> Vec<String> {
        self.got.join().expect("the bus does not panic")
    }
}

fn serve(mut stream: TcpStream, manner: Manner) -> Vec<String> {
    let accepts = match manner {
        Manner::Subscribers => Accepts::subscribers(),
        _ => Accepts::publishers(),
    };
    let config = Config::listener(accepts);
    let mut connection = Connection::new(&config, Instant::now());
    let (mut got, mut out) = (Vec::new(), Vec::new());
    connection.start(&mut out);
    let mut chunk = [0; 4096];
    loop {
        if stream.write_all(&out).is_err() {
            return got;
        }
        out.clear();
        let Ok(read @ 1..) = stream.read(&mut chunk) else {
            return got;
        };
        let mut input = &chunk[..read];
        loop {
            let mut does = Does::Nothing;
            let decoded = connection.decode(&config, input, Instant::now(), &mut out);
            input = &input[decoded.consumed..];
            match decoded.event {
                Ok(Some(Event::Ready)) => does = Does::Welcome,
                Ok(Some(Event::Message(message))) => {
                    got.push(String::from_utf8_lossy(message.first()).into_owned());
                    if manner == Manner::Hanging {
                        does = Does::Hang;
                    }
                }
                Ok(Some(Event::Subscribe(topic))) => {
                    got.push(String::from_utf8_lossy(topic).into_owned());
                    does = Does::Talk;
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => {
                    // The client reads why, and then the end.
                    stream.write_all(&out).expect("the client still reads");
                    return got;
                }
            }
            match (does, manner) {
                (Does::Welcome, Manner::Publishers { pause }) => {
                    thread::sleep(pause);
                    connection.encode_subscribe(b"other:", &mut out);
                    connection.encode_subscribe(b"", &mut out);
                }
                (Does::Welcome, Manner::Unwilling) => connection.encode_subscribe(b"other:", &mut out),
                (Does::Welcome, Manner::Hanging) => connection.encode_subscribe(b"news:", &mut out),
                (Does::Hang, _) => {
                    // Until the client has given up, and without an answer to its PING.
                    while matches!(stream.read(&mut chunk), Ok(1..)) {}
                    return got;
                }
                (Does::Talk, Manner::Subscribers) => {
                    encode_command(b"WHATEVER", b"", &mut out);
                    for frame in [
                        &b"newspaper:{}"[..],
                        b"news:{\"n\":1}",
                        b"nocolon",
                        b"news:\xff",
                        b"news:{\"n\":2}",
                    ] {
                        encode_message(&[frame, b"second frame"], &mut out);
                    }
                }
                _ => {}
            }
        }
    }
}

/// What an event leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Nothing,
    Welcome,
    Talk,
    Hang,
}
