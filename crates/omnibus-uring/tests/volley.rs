//! Does every socket get what is its own, and no more than it takes?

use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::thread;

use omnibus_uring::{Piece, Volley};

type Result = std::result::Result<(), Box<dyn std::error::Error>>;

fn pairs(count: usize) -> std::io::Result<Vec<(UnixStream, UnixStream)>> {
    (0..count).map(|_| UnixStream::pair()).collect()
}

#[test]
fn each_of_hundreds_of_sockets_gets_its_own_bytes() -> Result {
    let mut pairs = pairs(400)?;
    let texts: Vec<String> = (0..pairs.len()).map(|number| format!("message {number}")).collect();
    let mut volley = Volley::new()?;
    for _round in 0..3 {
        let mut taken = vec![0; pairs.len()];
        let pieces = pairs
            .iter()
            .zip(&texts)
            .enumerate()
            .map(|(place, ((near, _), text))| Piece {
                socket: near.as_fd(),
                bytes: text.as_bytes(),
                place,
            });
        volley.send(pieces, &mut taken);
        for (((_, far), text), taken) in pairs.iter_mut().zip(&texts).zip(taken) {
            assert_eq!(taken, text.len());
            let mut got = vec![0; text.len()];
            far.read_exact(&mut got)?;
            assert_eq!(got, text.as_bytes());
        }
    }
    Ok(())
}

#[test]
fn full_and_broken_sockets_keep_nothing_from_their_neighbours_and_nobody_waits() -> Result {
    let (mut full, _reads_nothing) = UnixStream::pair()?;
    full.set_nonblocking(true)?;
    while full.write(&[0; 4_096]).is_ok() {}
    // A write to it waits now, which a volley must not.
    full.set_nonblocking(false)?;
    let (broken, gone) = UnixStream::pair()?;
    drop(gone);
    let (open, _reads) = UnixStream::pair()?;
    let sockets = [full.as_fd(), broken.as_fd(), open.as_fd()];
    let mut taken = [0; 3];
    let pieces = sockets.iter().enumerate().map(|(place, &socket)| Piece {
        socket,
        bytes: b"hello",
        place,
    });
    Volley::new()?.send(pieces, &mut taken);
    assert_eq!(taken, [0, 0, 5]);
    Ok(())
}

#[test]
fn a_socket_takes_a_part_of_what_is_larger_than_its_room() -> Result {
    let (near, mut far) = UnixStream::pair()?;
    let bytes = vec![7; 32 << 20];
    let mut taken = [0];
    let piece = Piece {
        socket: near.as_fd(),
        bytes: &bytes,
        place: 0,
    };
    Volley::new()?.send([piece].into_iter(), &mut taken);
    let [count] = taken;
    assert!((1..bytes.len()).contains(&count), "{count}");
    let reader = thread::spawn(move || {
        let mut got = Vec::new();
        far.read_to_end(&mut got).map(|_| got)
    });
    drop(near);
    assert_eq!(reader.join().expect("it reads")?, bytes[..count]);
    Ok(())
}
