"""How does a frame get onto the bus, and not get lost on the way.

One ZeroMQ socket of a process, shared by its threads. It is an XPUB, which a director takes for a
PUB and which is told of the director's subscription: a PUB that sends before that throws the
frame away and says nothing, which is how the original loses the first publication of each
process. Where the director is away, slow or full, :meth:`Publisher.send` waits, and after its
time-out says so.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Final, Optional, Set

import zmq
from zmq.utils.monitor import parse_monitor_message

from .exceptions import OmnibusPublisherException, OmnibusTimeoutException

RECONNECT_MILLISECONDS_MIN: Final = 100
RECONNECT_MILLISECONDS_MAX: Final = 2_000

_EVENTS: Final = zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED
_SUBSCRIBE: Final = b"\x01"


class Publisher:
    """Sends frames to one bus address; safe to share among threads, and to carry over a fork."""

    def __init__(self, address: str, *, high_water_mark: int, linger_seconds: float) -> None:
        """Say where to; the connection is made by the first frame."""
        self.address = address
        self._high_water_mark = high_water_mark
        self._linger_seconds = linger_seconds
        self._lock = threading.Lock()
        self._connection: Optional[_Connection] = None

    def send(self, frame: bytes, *, timeout_seconds: float) -> None:
        """Hand a frame to the connection, once the bus listens.

        Raises :class:`OmnibusTimeoutException` where it does not within the time-out, and
        :class:`OmnibusPublisherException` where ZeroMQ refuses the address.
        """
        deadline = time.monotonic() + timeout_seconds
        if not self._lock.acquire(timeout=max(timeout_seconds, 0)):
            raise OmnibusTimeoutException(
                f"another thread's publication has waited {timeout_seconds:g} s for {self.address};"
                " see whether omnibusd runs there"
            )
        try:
            self._opened().send(frame, deadline=deadline, timeout_seconds=timeout_seconds)
        except zmq.ZMQError as error:
            raise OmnibusPublisherException(f"cannot publish to {self.address}: {error}") from error
        finally:
            self._lock.release()

    def close(self) -> None:
        """Send what is under way, for as long as the linger lasts; a later frame connects anew."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None and connection.is_of_this_process():
                connection.close(self._linger_seconds)

    def forget_in_child(self) -> None:
        """Leave connection and lock to the parent: to be called in the child of a fork."""
        self._lock = threading.Lock()

    def _opened(self) -> _Connection:
        """Return this process's connection: what a fork brought along belongs to the parent.

        That one is let go of and not closed; pyzmq knows whose it is and leaves it alone.
        """
        connection = self._connection
        if connection is None or not connection.is_of_this_process():
            connection = _Connection(self.address, self._high_water_mark)
            self._connection = connection
            self._close_with_worker()
        return connection

    def _close_with_worker(self) -> None:
        """See to it that a worker of multiprocessing, too, sends what is under way when it ends.

        Before Python 3.12 such a worker ends without ``atexit``, and knows finalizers alone.
        """
        multiprocessing = sys.modules.get("multiprocessing.util")
        if multiprocessing is not None:
            multiprocessing.Finalize(None, self.close, exitpriority=0)


class _Connection:
    """One socket, what it was told about the other side, and the process that it belongs to."""

    def __init__(self, address: str, high_water_mark: int) -> None:
        self._address = address
        self._high_water_mark = high_water_mark
        self._process_id = os.getpid()
        self._context = zmq.Context(io_threads=1)
        self._socket = self._context.socket(zmq.XPUB)
        self._socket.set(zmq.SNDHWM, high_water_mark)
        # A full queue lets its sender wait, where a PUB would drop.
        self._socket.set(zmq.XPUB_NODROP, 1)
        self._socket.set(zmq.RECONNECT_IVL, RECONNECT_MILLISECONDS_MIN)
        self._socket.set(zmq.RECONNECT_IVL_MAX, RECONNECT_MILLISECONDS_MAX)
        self._socket.set(zmq.TCP_KEEPALIVE, 1)
        self._monitor = self._socket.get_monitor_socket(_EVENTS)
        self._poller = zmq.Poller()
        self._poller.register(self._socket, zmq.POLLIN)
        self._poller.register(self._monitor, zmq.POLLIN)
        self._is_up = False
        # Survives a lost connection, as the subscription does in ZeroMQ's own books.
        self._topics: Set[bytes] = set()
        try:
            self._socket.connect(address)
        except zmq.ZMQError:
            self.close(0)
            raise

    def is_of_this_process(self) -> bool:
        return self._process_id == os.getpid()

    def send(self, frame: bytes, *, deadline: float, timeout_seconds: float) -> None:
        self._wait_until_heard(deadline, timeout_seconds)
        self._socket.set(zmq.SNDTIMEO, _milliseconds_until(deadline))
        try:
            self._socket.send(frame)
        except zmq.Again:
            raise OmnibusTimeoutException(
                f"{self._address} has taken nothing for {timeout_seconds:g} s, and"
                f" {self._high_water_mark} publications wait already; publish more slowly,"
                " or raise OMNIBUS_PUBLISH_HIGH_WATER_MARK or OMNIBUS_PUBLISH_TIMEOUT"
            ) from None

    def close(self, linger_seconds: float) -> None:
        self._socket.disable_monitor()
        self._monitor.close(linger=0)
        self._socket.close(linger=int(linger_seconds * 1000))
        # Returns when all is sent, or the linger is over.
        self._context.term()

    def _wait_until_heard(self, deadline: float, timeout_seconds: float) -> None:
        """Return when the connection is up and the other side has subscribed."""
        self._take_news(0)
        while not (self._is_up and self._topics):
            milliseconds = _milliseconds_until(deadline)
            if milliseconds == 0:
                raise OmnibusTimeoutException(
                    f"nobody has taken publications at {self._address} for {timeout_seconds:g} s;"
                    " see whether omnibusd runs and OMNIBUS_PUBLISHER_ADDRESS is its address, or"
                    " raise OMNIBUS_PUBLISH_TIMEOUT"
                )
            self._take_news(milliseconds)

    def _take_news(self, milliseconds: int) -> None:
        """Take in what has happened to the connection; wait so long if nothing has."""
        ready = dict(self._poller.poll(milliseconds))
        while ready:
            if self._monitor in ready:
                event = parse_monitor_message(self._monitor.recv_multipart())
                self._is_up = event["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED
            if self._socket in ready:
                self._note_subscription(self._socket.recv())
            ready = dict(self._poller.poll(0))

    def _note_subscription(self, news: bytes) -> None:
        if news[:1] == _SUBSCRIBE:
            self._topics.add(news[1:])
        else:
            self._topics.discard(news[1:])


def _milliseconds_until(deadline: float) -> int:
    """Return what is left, rounded up, so that a wait does not spin on its last fraction."""
    left = deadline - time.monotonic()
    return 0 if left <= 0 else int(left * 1000) + 1
