"""What does a publication look like on the bus.

One frame, ``channel:{"sender": …, "type": …, "payload": …}``, with the keys in this order and the
spaces of :func:`json.dumps`: to the byte what django-omnibus 0.2.0 sends (recording N34).
"""

from __future__ import annotations

import json
from typing import Any, Dict, NamedTuple, Optional

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.functional import Promise

from .exceptions import OmnibusDataException
from .names import checked_channel


class Publication(NamedTuple):
    """One message in a channel, as its receivers see it."""

    channel: str
    type: str
    payload: Dict[str, Any]
    sender: Any = None


def encode(
    channel: object,
    payload_type: object,
    payload: Optional[Dict[str, Any]] = None,
    sender: object = None,
    *,
    bytes_max: int,
) -> bytes:
    """Return the frame of a publication.

    Raises :class:`OmnibusDataException` where the channel is no name, the type no text, the
    payload no dict, a value has no form in JSON (NaN has none), or the frame is longer than
    ``bytes_max``.
    """
    name = checked_channel(channel)
    _check_type(payload_type)
    if payload is None:
        payload = {}
    if not isinstance(payload, dict):
        raise OmnibusDataException(
            f"payload is of the type {type(payload).__name__}; give a dict, or nothing"
        )
    envelope = {"sender": sender, "type": payload_type, "payload": payload}
    try:
        body = json.dumps(envelope, cls=DjangoJSONEncoder, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise OmnibusDataException(f"payload cannot be written as JSON: {error}") from error
    frame = f"{name}:{body}".encode()
    if len(frame) > bytes_max:
        raise OmnibusDataException(
            f"publication is {len(frame)} bytes, the limit is {bytes_max}; send less, or raise"
            " OMNIBUS_BUS_MESSAGE_BYTES_MAX here and at all servers"
        )
    return frame


def decode(frame: bytes) -> Publication:
    """Return what a frame of :func:`encode` says, as its receivers see it."""
    channel, _, body = frame.decode().partition(":")
    envelope = json.loads(body)
    return Publication(channel, envelope["type"], envelope["payload"], envelope["sender"])


def _check_type(payload_type: object) -> None:
    if not isinstance(payload_type, (str, Promise)):
        raise OmnibusDataException(
            f"type is of the type {type(payload_type).__name__}; give a text, such as \"hello\""
        )
    if not str(payload_type):
        raise OmnibusDataException("type is empty; give a text, such as \"hello\"")
