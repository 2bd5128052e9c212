"""How does a backend publish.

    from omnibus.api import publish

    publish("news", "hello", {"text": "Hello world"}, sender="server")
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Dict, Final, Optional

from django.db import transaction

from .pubsub import PubSub, frame

pubsub: Final = PubSub()
"""What :func:`publish` publishes with: one connection of this process."""


def publish(
    channel: object,
    payload_type: object,
    payload: Optional[Dict[str, Any]] = None,
    sender: object = None,
) -> bool:
    """Publish a message to everybody who is in the channel, at whatever server.

    Returns ``True`` once the bus listens and the message is on its way. That takes a moment for
    the first one of a process, and ``OMNIBUS_PUBLISH_TIMEOUT`` at most.

    Raises :class:`~omnibus.exceptions.OmnibusDataException` where channel, type or payload have
    no form on the wire, and :class:`~omnibus.exceptions.OmnibusTimeoutException` where the bus
    did not listen in time.
    """
    return pubsub.publish(channel, payload_type, payload, sender)


async def apublish(
    channel: object,
    payload_type: object,
    payload: Optional[Dict[str, Any]] = None,
    sender: object = None,
) -> bool:
    """Publish from a coroutine: :func:`publish`, without blocking the event loop."""
    data = frame(channel, payload_type, payload, sender)
    return await asyncio.to_thread(pubsub.send, data)


def publish_on_commit(
    channel: object,
    payload_type: object,
    payload: Optional[Dict[str, Any]] = None,
    sender: object = None,
    *,
    using: Optional[str] = None,
    robust: bool = True,
) -> None:
    """Publish when the transaction has been committed; at once where there is none.

    Nobody hears of what is rolled back, and who reads the database on hearing of it finds it.
    The message is what it is now, and a mistake in it is raised now. One that cannot be sent
    afterwards is logged, since the data is stored by then; with ``robust=False`` it is raised.
    """
    data = frame(channel, payload_type, payload, sender)
    transaction.on_commit(partial(_send, data), using=using, robust=robust)


def _send(data: bytes) -> None:
    pubsub.send(data)
