"""How does this process publish: the settings, one publisher, and what becomes of it at the end.

:class:`PubSub` is what ``omnibus.pubsub.PubSub`` of django-omnibus is to a publishing project;
its subscribing half lives in the server.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from typing import Any, Callable, Dict, Final, List, Optional, Union
from weakref import WeakSet

from . import settings
from .exceptions import OmnibusPublisherException
from .frames import encode
from .publisher import Publisher

logger: Final = logging.getLogger(__name__)

Catcher = Callable[[bytes], None]
"""What takes the frames in a test, so that none leaves the process."""

catchers: Final[List[Catcher]] = []
"""The last one takes what is published; :mod:`omnibus.testing` puts them here."""


class PubSub:
    """Publishes to ``OMNIBUS_PUBLISHER_ADDRESS``."""

    def __init__(self) -> None:
        """Connect nothing yet: the first publication does."""
        self._publisher: Optional[Publisher] = None
        self._lock = threading.Lock()
        _living.add(self)

    def publish(
        self,
        channel: object,
        payload_type: object,
        payload: Optional[Dict[str, Any]] = None,
        sender: object = None,
    ) -> bool:
        """Publish a message; see :func:`omnibus.api.publish`."""
        return self.send(frame(channel, payload_type, payload, sender))

    def send(self, msg: Union[str, bytes]) -> bool:
        """Send a whole frame, ``channel:rest``, as it is.

        Returns ``True``, or, with ``OMNIBUS_PUBLISH_FAIL_SILENTLY``, ``False`` where it could not
        be sent. Raises :class:`~omnibus.exceptions.OmnibusPublisherException` otherwise.
        """
        data = msg if isinstance(msg, bytes) else msg.encode()
        if catchers:
            catchers[-1](data)
            return True
        try:
            timeout = settings.seconds(settings.PUBLISH_TIMEOUT)
            self._current().send(data, timeout_seconds=timeout)
        except OmnibusPublisherException as error:
            if not settings.PUBLISH_FAIL_SILENTLY:
                raise
            logger.error("publication was dropped: %s", error)
            return False
        return True

    def close(self) -> None:
        """Send what is under way and disconnect; a later publication connects anew."""
        with self._lock:
            publisher, self._publisher = self._publisher, None
        if publisher is not None:
            publisher.close()

    def forget_in_child(self) -> None:
        """Begin anew in the child of a fork, whose threads and connection stayed in the parent."""
        self._lock = threading.Lock()
        if self._publisher is not None:
            self._publisher.forget_in_child()

    def _current(self) -> Publisher:
        """Return the publisher for the address that the settings name now."""
        address: str = settings.PUBLISHER_ADDRESS
        if address.startswith("inproc:"):
            raise OmnibusPublisherException(
                f"OMNIBUS_PUBLISHER_ADDRESS is {address}, which no other process can reach;"
                " give the address of a director, as in tcp://127.0.0.1:4244"
            )
        with self._lock:
            former = self._publisher
            if former is not None and former.address == address:
                return former
            self._publisher = Publisher(
                address,
                high_water_mark=settings.PUBLISH_HIGH_WATER_MARK,
                linger_seconds=settings.seconds(settings.PUBLISH_LINGER),
            )
            current = self._publisher
        if former is not None:
            former.close()
        return current


def frame(
    channel: object,
    payload_type: object,
    payload: Optional[Dict[str, Any]] = None,
    sender: object = None,
) -> bytes:
    """Return a publication as it goes onto the bus, within the limit of the settings."""
    bytes_max = settings.byte_count(settings.BUS_MESSAGE_BYTES_MAX)
    return encode(channel, payload_type, payload, sender, bytes_max=bytes_max)


_living: Final[WeakSet[PubSub]] = WeakSet()


def _close_all() -> None:
    for pubsub in list(_living):
        pubsub.close()


def _forget_all_in_child() -> None:
    for pubsub in list(_living):
        pubsub.forget_in_child()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all_in_child)
