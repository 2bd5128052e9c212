"""How does a page look that is there, until its process is killed?

    python peers/member.py URL IDENTIFIER CHANNEL

Joins by tornado's WebSocket client, says "in", and stays; what comes then, it says, too.
"""

import asyncio
import sys

from tornado.websocket import websocket_connect

URL, IDENTIFIER, CHANNEL = sys.argv[1:]


async def main():
    connection = await websocket_connect(URL)
    for command in ("authenticate:" + IDENTIFIER, "subscribe:" + CHANNEL):
        await connection.write_message("!" + command)
        answer = await connection.read_message()
        assert '"success": true' in answer, answer
    print("in", flush=True)
    while (message := await connection.read_message()) is not None:
        print(message, flush=True)


asyncio.run(main())
