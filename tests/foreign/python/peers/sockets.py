"""How does a test drive ZeroMQ sockets of libzmq, the library that every legacy peer uses.

    python peers/sockets.py

Reads one JSON object a line and answers each with `{"ok": true, "result": …}` or
`{"ok": false, "error": "…"}`. `do` names what is to be done, `socket` the socket:

    open         a socket of this `type`, with these `options`, connected to `address`; unless
                 `wait` is false, the result comes once the handshake is over
    event        the next of the socket's connection events within `seconds`, or null
    subscribe    to each of `topics`, by option or, on an XSUB, by message
    unsubscribe  likewise
    send         one message of these `frames`
    number       `count` messages: `prefix` and a number, from 0 on
    receive      the frames of the next message within `seconds`, or null
    receive_all  the first frames of the next `count` messages; fewer if `seconds` pass between two
    meet         on `publisher` and `subscriber`: publishes to `topic`, which the subscriber has
                 subscribed, until it comes through, and reads away what came
    chat         likewise: from now on, in the background, publishes numbers to `topic` and
                 receives them
    chat_end     ends that once `sent_min` are sent, waits for the rest, and tells how many were
                 `sent` and `received`
    close        the socket

A frame is a text, `{"hex": "…"}` where it is not UTF-8, or `{"text": "a:", "fill": 1000}`, which
is the text and as many `x` behind it; long frames are told in that form, too.
"""

import json
import sys
import threading
import time

import zmq
from zmq.utils.monitor import recv_monitor_message

# For what a server does at once; a loaded machine may take its time.
ANSWER_SECONDS = 20
# Between two messages of a conversation in the background.
CHAT_SECONDS = 0.002
# Longer frames are told by their beginning and the number of `x` behind it.
SHOWN_BYTES_MAX = 4096

EVENTS = {
    zmq.EVENT_HANDSHAKE_SUCCEEDED: "ready",
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL: "failed",
    zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: "failed",
    zmq.EVENT_HANDSHAKE_FAILED_AUTH: "failed",
    zmq.EVENT_DISCONNECTED: "disconnected",
}


class Peer:
    """Sockets by name, and what is done with them."""

    def __init__(self):
        self.context = zmq.Context()
        self.sockets = {}
        self.monitors = {}
        self.chats = {}

    def open(self, socket, type, address, options, wait=True):
        made = self.context.socket(getattr(zmq, type))
        made.linger = 0
        for name, value in options.items():
            made.setsockopt(getattr(zmq, name), value.encode() if isinstance(value, str) else value)
        # Attached before the connection is made, lest it miss the handshake.
        self.monitors[socket] = made.get_monitor_socket(sum(EVENTS))
        self.sockets[socket] = made
        made.connect(address)
        if wait and self.event(socket, ANSWER_SECONDS) != "ready":
            raise TimeoutError("no handshake with %s" % address)

    def event(self, socket, seconds):
        monitor = self.monitors[socket]
        if not monitor.poll(seconds * 1000):
            return None
        return EVENTS[recv_monitor_message(monitor)["event"]]

    def subscribe(self, socket, topics):
        self._change(socket, zmq.SUBSCRIBE, b"\1", topics)

    def unsubscribe(self, socket, topics):
        self._change(socket, zmq.UNSUBSCRIBE, b"\0", topics)

    def _change(self, socket, option, first, topics):
        socket = self.sockets[socket]
        for topic in topics:
            if socket.type == zmq.XSUB:
                socket.send(first + read(topic))
            else:
                socket.setsockopt(option, read(topic))

    def send(self, socket, frames):
        self.sockets[socket].send_multipart([read(frame) for frame in frames])

    def number(self, socket, prefix, count):
        for number in range(count):
            self.sockets[socket].send_string("%s%d" % (prefix, number))

    def receive(self, socket, seconds=ANSWER_SECONDS):
        frames = self._receive(socket, seconds)
        return frames and [shown(frame) for frame in frames]

    def receive_all(self, socket, count, seconds=ANSWER_SECONDS):
        received = []
        while len(received) < count:
            frames = self._receive(socket, seconds)
            if frames is None:
                break
            received.append(shown(frames[0]))
        return received

    def _receive(self, socket, seconds):
        socket = self.sockets[socket]
        return socket.recv_multipart() if socket.poll(seconds * 1000) else None

    def meet(self, publisher, subscriber, topic):
        publisher, subscriber = self.sockets[publisher], self.sockets[subscriber]
        deadline = time.monotonic() + ANSWER_SECONDS
        # Until the last one comes: whatever was sent before it then has come, or never will.
        # The pauses grow, so that on a slow machine an answer overtakes the next question.
        pause = 10
        while time.monotonic() < deadline:
            last = ("%sare you there? %d" % (topic, pause)).encode()
            publisher.send(last)
            while subscriber.poll(pause):
                if subscriber.recv() == last:
                    return
            pause += 10
        raise TimeoutError("nothing comes through to %s" % topic)

    def chat(self, publisher, subscriber, topic):
        # Each socket belongs to that thread alone until the conversation has ended.
        chat = Chat(self.sockets[publisher], self.sockets[subscriber], topic)
        self.chats[topic] = chat
        chat.start()

    def chat_end(self, topic, sent_min):
        chat = self.chats.pop(topic)
        chat.sent_min = sent_min
        chat.ending.set()
        chat.join()
        return {"sent": chat.sent, "received": chat.received}

    def close(self, socket):
        made = self.sockets.pop(socket)
        made.disable_monitor()
        self.monitors.pop(socket).close()
        made.close()


class Chat(threading.Thread):
    """One publisher and one subscriber that exchange numbers until they are told to end."""

    def __init__(self, publisher, subscriber, topic):
        super().__init__(daemon=True)
        self.publisher = publisher
        self.subscriber = subscriber
        self.topic = topic
        self.ending = threading.Event()
        self.sent = 0
        self.sent_min = 0
        # How many came in their order; what comes out of it is not counted.
        self.received = 0

    def run(self):
        while not self.ending.is_set() or self.sent < self.sent_min:
            time.sleep(CHAT_SECONDS)
            self.publisher.send_string("%s%d" % (self.topic, self.sent))
            self.sent += 1
            while self.subscriber.poll(0):
                self._receive()
        while self.received < self.sent and self.subscriber.poll(ANSWER_SECONDS * 1000):
            self._receive()

    def _receive(self):
        if self.subscriber.recv_string() == "%s%d" % (self.topic, self.received):
            self.received += 1


def read(frame):
    """Return the bytes of a frame as requests write it."""
    if isinstance(frame, str):
        return frame.encode()
    if "hex" in frame:
        return bytes.fromhex(frame["hex"])
    return frame["text"].encode() + b"x" * frame["fill"]


def shown(frame):
    """Return a frame as answers tell it."""
    if len(frame) > SHOWN_BYTES_MAX:
        start = frame.rstrip(b"x")
        return {"text": shown(start[:SHOWN_BYTES_MAX]), "fill": len(frame) - len(start)}
    try:
        return frame.decode()
    except UnicodeDecodeError:
        return {"hex": frame.hex()}


def main():
    """Answer line by line until standard input ends."""
    peer = Peer()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            result = getattr(peer, request.pop("do"))(**request)
            answer = {"ok": True, "result": result}
        except Exception as error:  # The test is told, and fails.
            answer = {"ok": False, "error": "%s: %s" % (type(error).__name__, error)}
        print(json.dumps(answer), flush=True)
    peer.context.destroy(linger=0)


if __name__ == "__main__":
    main()
