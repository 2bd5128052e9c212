"""libzmq's own relay: what is published at one port goes to the subscribers at the other.

The proxy is C code of libzmq; Python only starts it. It ends with its standard input.
"""

import os
import sys
import threading

import zmq


def end_with_stdin() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main(publishers: str, subscribers: str) -> None:
    threading.Thread(target=end_with_stdin, daemon=True).start()
    context = zmq.Context()
    xsub, xpub = context.socket(zmq.XSUB), context.socket(zmq.XPUB)
    # Nothing is dropped: all that is under way is bounded by who publishes.
    xsub.set_hwm(0)
    xpub.set_hwm(0)
    xsub.bind(f"tcp://{publishers}")
    xpub.bind(f"tcp://{subscribers}")
    zmq.proxy(xsub, xpub)


main(*sys.argv[1:])
