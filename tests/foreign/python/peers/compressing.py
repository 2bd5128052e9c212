"""How do clients hear and speak that compress, and hold the server to what was agreed?

    python peers/compressing.py URL COUNT [MEMORY]

Joins the channel `foo` so many times with the client of `websockets`, which fails a connection that
breaks RFC 7692. Compresses with as much memory as zlib has by default, or with the level MEMORY from
1 to 9: the less, the more blocks. Says with which `extensions` the server has answered; then reads one JSON object a
line and answers each with one:

    {"do": "say", "text": "foo:{}"}   the first client says it, compressed as all that it says
    {"do": "hear"}   the next message of each client: the different `texts`, how many were `compressed`
    {"do": "end"}    how the first client's connection ends: `code` and `reason`
"""

import asyncio
import json
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, PerMessageDeflate

URL, COUNT = sys.argv[1], int(sys.argv[2])
MEMORY = int(sys.argv[3]) if len(sys.argv) > 3 else 8

# For what a server does at once; a loaded machine may take its time.
ANSWER_SECONDS = 20

compressed = 0
decode = PerMessageDeflate.decode


def counted(self, frame, **options):
    global compressed
    compressed += frame.rsv1
    return decode(self, frame, **options)


PerMessageDeflate.decode = counted


async def hear(client):
    return await asyncio.wait_for(client.recv(), ANSWER_SECONDS)


async def joined(number):
    deflate = ClientPerMessageDeflateFactory(compress_settings={"memLevel": MEMORY})
    client = await connect(URL, compression=None, extensions=[deflate], max_size=None)
    for command in (f"!authenticate:compressing-{number}", "!subscribe:foo"):
        await client.send(command)
        answer = await hear(client)
        assert '"success": true' in answer, answer
    return client


async def answer(clients, asked):
    global compressed
    first = clients[0]
    if asked["do"] == "say":
        await first.send(asked["text"])
        return {}
    if asked["do"] == "hear":
        texts = await asyncio.gather(*map(hear, clients))
        count, compressed = compressed, 0
        return {"texts": sorted(set(texts)), "compressed": count}
    try:
        return {"text": await hear(first)}
    except ConnectionClosed as end:
        return {"code": end.rcvd.code, "reason": end.rcvd.reason}


async def main():
    clients = [await joined(number) for number in range(COUNT)]
    print(json.dumps({"extensions": clients[0].response.headers.get("Sec-WebSocket-Extensions")}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await answer(clients, json.loads(line))), flush=True)


asyncio.run(main())
