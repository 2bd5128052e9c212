"""A publisher and a subscriber of pyzmq on both sides of a relay.

For each line on standard input, a number of milliseconds, it publishes for so long, at most
IN_FLIGHT messages ahead of its subscriber, and prints how many were delivered. All of them are,
once and in order, or it ends.
"""

import sys
import time

import zmq

IN_FLIGHT = int(sys.argv[3])
BODY_BYTES = 128
STALL_MS = 30_000


# Messages repeat after a while that is longer than all that is under way.
DIFFERENT = 2 * IN_FLIGHT
MESSAGES = [b"bench:" + b"%012d" % number + b"." * (BODY_BYTES - 12) for number in range(DIFFERENT)]


def probe(publisher: zmq.Socket, subscriber: zmq.Socket) -> None:
    """Publishes until something comes: what is published before all are connected is lost."""
    subscriber.subscribe(b"probe:")
    while not subscriber.poll(100):
        publisher.send(b"probe:")
    subscriber.subscribe(b"bench:")
    subscriber.unsubscribe(b"probe:")
    time.sleep(0.5)
    while subscriber.poll(0):
        subscriber.recv()


def run(publisher: zmq.Socket, subscriber: zmq.Socket, first: int, seconds: float) -> int:
    sent = received = first
    end = time.monotonic() + seconds
    while True:
        if time.monotonic() < end:
            for number in range(sent, received + IN_FLIGHT):
                publisher.send(MESSAGES[number % DIFFERENT])
            sent = received + IN_FLIGHT
        elif received == sent:
            return sent
        if not subscriber.poll(STALL_MS):
            sys.exit(f"message {received} did not come")
        # Half of what is under way, so that there is always something to relay.
        for number in range(received, received + max(1, (sent - received) // 2)):
            if subscriber.recv() != MESSAGES[number % DIFFERENT]:
                sys.exit(f"message {number} was due and another came")
            received += 1


def main(publishers: str, subscribers: str) -> None:
    context = zmq.Context()
    publisher, subscriber = context.socket(zmq.PUB), context.socket(zmq.SUB)
    # Nothing is dropped: what is under way is bounded here.
    publisher.set_hwm(0)
    subscriber.set_hwm(0)
    subscriber.set(zmq.RCVTIMEO, STALL_MS)
    publisher.connect(f"tcp://{publishers}")
    subscriber.connect(f"tcp://{subscribers}")
    probe(publisher, subscriber)
    done = 0
    print("ready", flush=True)
    for line in sys.stdin:
        before, done = done, run(publisher, subscriber, done, int(line) / 1000)
        print(done - before, flush=True)


main(*sys.argv[1:3])
