"""What are many clients that are there by TLS and say nothing?

    python peers/tls_crowd.py PORT CA

For each number that it reads it opens as many connections by Python's `ssl`, which is OpenSSL, as
are missing, or closes as many as are too many, the oldest first: half of them with a goodbye of
TLS', half without. Each is a WebSocket in the channel "news". Then it says the number.
"""

import socket
import ssl
import sys

PORT, CA = sys.argv[1:]

CONTEXT = ssl.create_default_context(cafile=CA)

UPGRADE = (
    f"GET /ec HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
).encode()


def text(payload):
    # A mask of zeros is a mask.
    return bytes([0x81, 0x80 | len(payload), 0, 0, 0, 0]) + payload


def read_until(connection, end):
    received = b""
    while end not in received:
        more = connection.recv(4096)
        assert more, f"the server ends after {received!r}"
        received += more


def joined(number):
    connection = CONTEXT.wrap_socket(socket.create_connection(("127.0.0.1", int(PORT))), server_hostname="127.0.0.1")
    connection.sendall(UPGRADE)
    read_until(connection, b"\r\n\r\n")
    connection.sendall(text(b"!authenticate:44b0b696-8048-4ac3-9219-%012d" % number) + text(b"!subscribe:news"))
    read_until(connection, b'{"channel": "news"}}')
    return connection


def leave(connection, number):
    if number % 2:
        connection.setblocking(False)
        try:
            connection.unwrap()
        except (ssl.SSLWantReadError, OSError):
            pass
    connection.close()


crowd = []
count = 0
for line in sys.stdin:
    while len(crowd) < int(line):
        count += 1
        crowd.append(joined(count))
    while len(crowd) > int(line):
        leave(crowd.pop(0), len(crowd))
    print(len(crowd), flush=True)
