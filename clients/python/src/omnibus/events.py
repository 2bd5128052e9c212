"""What do servers tell, and is what came such a telling.

The body of a hook's request, as ``spec/hooks.md`` describes it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, Final, List, Optional, Tuple, Type, Union

BODY_BYTES_MAX: Final = 1 << 20
"""The largest request of a server."""

EVENTS_MAX: Final = 100
"""The events of one request at most."""

_WITH_CHANNEL: Final = ("subscribe", "unsubscribe")


class BadEvents(Exception):
    """A body that no server of ours has written."""


@dataclass(frozen=True)
class Event:
    """One thing that a connection has done."""

    event: str
    """``connect``, ``disconnect``, ``subscribe`` or ``unsubscribe``."""
    id: int
    """Larger for each later event of one start of a node."""
    connection: str
    """Names the connection, as long as its node runs."""
    identifier: str
    """What the client calls itself."""
    user: Optional[str]
    """The primary key of its user as text, or ``None``."""
    time: float
    """When it happened, in Unix seconds."""
    channel: Optional[str]
    """The channel of ``subscribe`` and ``unsubscribe``, otherwise ``None``."""
    node: str
    """The server that it happened at."""
    incarnation: int
    """The start of that server."""

    @property
    def key(self) -> str:
        """What a repetition of this event has in common with it, and no other event has."""
        return f"{self.node}/{self.incarnation}/{self.id}"


def parse(body: bytes) -> List[Event]:
    """Return the events of a request's body, in their order.

    Raises :class:`BadEvents` where it is none.
    """
    try:
        request = json.loads(body)
    except (ValueError, RecursionError):
        raise BadEvents("body is no JSON") from None
    if not isinstance(request, dict):
        raise BadEvents("body is no JSON object")
    node = _member(request, "node", str)
    incarnation = _member(request, "incarnation", int)
    events = _member(request, "events", list)
    if len(events) > EVENTS_MAX:
        raise BadEvents(f"body has {len(events)} events, the limit is {EVENTS_MAX}")
    return [_event(one, node, incarnation) for one in events]


def _event(one: object, node: str, incarnation: int) -> Event:
    if not isinstance(one, dict):
        raise BadEvents("event is no JSON object")
    name = _member(one, "event", str)
    return Event(
        event=name,
        id=_member(one, "id", int),
        connection=_member(one, "connection", str),
        identifier=_member(one, "identifier", str),
        user=_member(one, "user", (str, type(None))),
        time=_member(one, "time", (int, float)),
        channel=_member(one, "channel", str) if name in _WITH_CHANNEL else None,
        node=node,
        incarnation=incarnation,
    )


def _member(of: Dict[str, Any], name: str, types: Union[Type[Any], Tuple[Type[Any], ...]]) -> Any:
    value = of.get(name)
    # True and False are numbers to Python, and none to JSON.
    if name not in of or not isinstance(value, types) or isinstance(value, bool):
        raise BadEvents(f"`{name}` is missing or of another type")
    return value
