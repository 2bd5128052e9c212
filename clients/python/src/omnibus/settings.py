"""Which settings does this package read, and what are they when a project does not say.

The names and defaults of django-omnibus 0.2.0, and those that came since. Read one as an
attribute, without its prefix: ``omnibus.settings.SERVER_PORT``. It is looked up in Django's
settings each time, so that ``override_settings`` works.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Mapping, Tuple, Union

from django.conf import settings as project

PREFIX: Final = "OMNIBUS_"


@dataclass(frozen=True)
class Setting:
    """One setting: its default, the types that it may have, and whom it is for."""

    default: object
    types: Tuple[type, ...]
    is_for_server: bool = False
    """Whether the server reads it too, so that ``manage.py omnibusd`` passes it on."""


_FACTORIES: Final = "omnibus.factories."
_NONE: Final = type(None)
_SECONDS: Final = (int, float, timedelta)

TABLE: Final[Mapping[str, Setting]] = {
    # Those of django-omnibus 0.2.0.
    "ENDPOINT_SCHEME": Setting("ws", (str,), is_for_server=True),
    "SERVER_HOST": Setting(None, (str, _NONE), is_for_server=True),
    "SERVER_PORT": Setting(4242, (int, str), is_for_server=True),
    "SERVER_BASE_URL": Setting("/ec", (str,), is_for_server=True),
    "DIRECTOR_ENABLED": Setting(True, (bool,), is_for_server=True),
    "FORWARDER_ENABLED": Setting(False, (bool,), is_for_server=True),
    "SUBSCRIBER_ADDRESS": Setting("tcp://127.0.0.1:4243", (str,), is_for_server=True),
    "PUBLISHER_ADDRESS": Setting("tcp://127.0.0.1:4244", (str,), is_for_server=True),
    "DIRECTOR_SUBSCRIBER_ADDRESS": Setting(None, (str, _NONE), is_for_server=True),
    "DIRECTOR_PUBLISHER_ADDRESS": Setting(None, (str, _NONE), is_for_server=True),
    "AUTHENTICATOR_FACTORY": Setting(
        _FACTORIES + "noopauthenticator_factory", (str,), is_for_server=True
    ),
    "WEBAPP_FACTORY": Setting(_FACTORIES + "websocket_webapp_factory", (str,), is_for_server=True),
    "CONNECTION_FACTORY": Setting(
        _FACTORIES + "websocket_connection_factory", (str,), is_for_server=True
    ),
    # Shared with the server.
    "SECRET_KEY": Setting(None, (str, _NONE), is_for_server=True),
    "BUS_MESSAGE_BYTES_MAX": Setting("16 MiB", (int, str), is_for_server=True),
    "HOOKS_URL": Setting(None, (str, _NONE), is_for_server=True),
    "HOOKS_SECRET": Setting(None, (str, _NONE), is_for_server=True),
    # This package's alone.
    "HOOKS_PREVIOUS_SECRET": Setting(None, (str, _NONE)),
    "HOOKS_CACHE": Setting("default", (str,)),
    "PUBLISH_TIMEOUT": Setting(2.0, _SECONDS),
    "PUBLISH_LINGER": Setting(2.0, _SECONDS),
    "PUBLISH_HIGH_WATER_MARK": Setting(1000, (int,)),
    "PUBLISH_FAIL_SILENTLY": Setting(False, (bool,)),
    "ENDPOINT_URL": Setting(None, (str, _NONE)),
    "ENDPOINT_FOLLOWS_PAGE": Setting(False, (bool,)),
    "TOKEN_LIFETIME": Setting(timedelta(days=1), _SECONDS),
    "TOKEN_IS_ORIGINAL": Setting(False, (bool,)),
    "SERVER_BINARY": Setting(None, (str, _NONE)),
}
"""Every setting that this package reads, by its name without the prefix."""

_UNITS: Final = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def __getattr__(name: str) -> Any:
    """Return what the project says about a setting, or its default."""
    setting = TABLE.get(name)
    if setting is None:
        raise AttributeError(f"omnibus.settings has no {name}; it has {', '.join(TABLE)}")
    return getattr(project, PREFIX + name, setting.default)


def secret_key() -> str:
    """Return the secret that signs tokens: ``OMNIBUS_SECRET_KEY``, or Django's own."""
    return str(__getattr__("SECRET_KEY") or project.SECRET_KEY)


def seconds(value: Union[int, float, timedelta]) -> float:
    """Return a time as seconds, whether it was given as a number or as a ``timedelta``."""
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


def byte_count(value: Union[int, str]) -> int:
    """Return a number of bytes that may be written with a unit, as in ``"16 MiB"``.

    Raises :class:`ValueError` where it is none.
    """
    if isinstance(value, int):
        return value
    number = value.rstrip("BGKMi ")
    unit = value[len(number) :].strip() or "B"
    if not number.isascii() or not number.isdigit() or unit not in _UNITS:
        raise ValueError(f"{value!r} is no number of bytes; write 16777216 or \"16 MiB\"")
    return int(number) * _UNITS[unit]
