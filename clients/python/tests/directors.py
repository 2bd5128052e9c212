"""A director that is not ours: libzmq's own SUB socket, as the original binds it."""

import queue
import threading
import time

import zmq

TAKE_SECONDS_MAX = 5
TURN_MILLISECONDS = 10


class Director:
    """Takes what is published at an address, from the moment it is started.

    A thread serves the socket, as a SUB tells its peers of its subscription only while its owner
    calls it.
    """

    def __init__(self, address, *, receive_high_water_mark=0, reads=True):
        self.address = address
        self.reads = reads
        self._frames = queue.Queue()
        self._is_over = False
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.SUB)
        self._socket.set(zmq.RCVHWM, receive_high_water_mark)
        self._socket.set(zmq.LINGER, 0)
        self._socket.set(zmq.SUBSCRIBE, b"")
        _bind(self._socket, address)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._is_over = True
        self._thread.join()
        self._context.destroy(linger=0)

    def take(self):
        """Return the next frame; fail if none comes."""
        return self._frames.get(timeout=TAKE_SECONDS_MAX)

    def takes_nothing_for(self, seconds):
        """Say whether nothing comes in so many seconds."""
        try:
            self._frames.get(timeout=seconds)
        except queue.Empty:
            return True
        return False

    def _serve(self):
        while not self._is_over:
            if self._socket.poll(TURN_MILLISECONDS) and self.reads:
                self._frames.put(self._socket.recv())
            elif not self.reads:
                time.sleep(TURN_MILLISECONDS / 1000)


def start_later(address, seconds):
    """Return a thread that starts a director after so many seconds and takes one frame."""
    taken = []

    def run():
        time.sleep(seconds)
        with Director(address) as director:
            taken.append(director.take())

    thread = threading.Thread(target=run)
    thread.start()
    return thread, taken


def _bind(socket, address):
    """Bind, also where the former owner of the port is just leaving."""
    deadline = time.monotonic() + TAKE_SECONDS_MAX
    while True:
        try:
            return socket.bind(address)
        except zmq.ZMQError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
