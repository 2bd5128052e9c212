"""How does a client that knows no TLS reach a server that speaks nothing else?

    python peers/tls_bridge.py PORT SERVER_PORT CA VERSION [RECEIVE_BYTES]

Takes plain connections on 127.0.0.1:PORT and carries each over one of Python's `ssl`, which is
OpenSSL, of VERSION (1.2 or 1.3) to SERVER_PORT, where it trusts CA and nobody else. Says "ready".
Neither side is read while the other takes nothing; with RECEIVE_BYTES the system keeps as little as
that for the server's side.
"""

import asyncio
import socket
import ssl
import sys

PORT, SERVER_PORT, CA, VERSION, *RECEIVE_BYTES = sys.argv[1:]

CONTEXT = ssl.create_default_context(cafile=CA)
CONTEXT.minimum_version = CONTEXT.maximum_version = {
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}[VERSION]


async def carry(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    writer.close()


async def bridge(reader, writer):
    upstream = socket.socket()
    if RECEIVE_BYTES:
        upstream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, int(RECEIVE_BYTES[0]))
    upstream.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(upstream, ("127.0.0.1", int(SERVER_PORT)))
        secure = await asyncio.open_connection(sock=upstream, ssl=CONTEXT, server_hostname="127.0.0.1")
    except (OSError, ssl.SSLError) as error:
        print(f"no TLS: {error}", file=sys.stderr, flush=True)
        return writer.close()
    await asyncio.gather(carry(reader, secure[1]), carry(secure[0], writer))


async def main():
    server = await asyncio.start_server(bridge, "127.0.0.1", int(PORT), backlog=1000)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
