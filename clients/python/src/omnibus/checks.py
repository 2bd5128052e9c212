"""Which settings of a project cannot work, or are not safe.

``manage.py check`` tells; what only the server can judge, it tells itself when it starts.
"""

from __future__ import annotations

from typing import Any, Final, Iterator, List, Sequence, Union

from django.apps import AppConfig
from django.conf import settings as project
from django.core.checks import CheckMessage, Error, Warning, register

from . import settings
from .factories import BUILT_IN, INSTEAD

SECRET_BYTES_MIN: Final = 32
"""Shorter secrets are warned of: a token can be tried against them without asking the server."""

_SCHEMES: Final = ("ws", "wss", "http", "https")


@register("omnibus")
def check_settings(
    app_configs: Union[Sequence[AppConfig], None] = None, **_: Any
) -> List[CheckMessage]:
    """Return what is wrong with the settings that begin with ``OMNIBUS_``."""
    types = list(_check_types())
    # What is of another type cannot be looked at more closely.
    return types or [*_check_values(), *_check_bus(), *_check_factories(), *_check_secrets()]


def _check_types() -> Iterator[CheckMessage]:
    for name, setting in settings.TABLE.items():
        value = getattr(settings, name)
        is_flag_for_number = isinstance(value, bool) and bool not in setting.types
        if not isinstance(value, setting.types) or is_flag_for_number:
            wanted = " or ".join(one.__name__ for one in setting.types if one is not type(None))
            yield Error(
                f"OMNIBUS_{name} is {value!r}, which is no {wanted}.",
                hint=f"Its default is {setting.default!r}.",
                id="omnibus.E001",
            )


def _check_values() -> Iterator[CheckMessage]:
    if settings.ENDPOINT_SCHEME not in _SCHEMES:
        yield Error(
            f"OMNIBUS_ENDPOINT_SCHEME is {settings.ENDPOINT_SCHEME!r}.",
            hint=f"Use one of {', '.join(_SCHEMES)}.",
            id="omnibus.E002",
        )
    if not settings.SERVER_BASE_URL.startswith("/"):
        yield Error(
            f"OMNIBUS_SERVER_BASE_URL is {settings.SERVER_BASE_URL!r}.",
            hint="Begin it with a slash, as in /ec.",
            id="omnibus.E003",
        )
    try:
        settings.byte_count(settings.BUS_MESSAGE_BYTES_MAX)
    except ValueError as error:
        yield Error(f"OMNIBUS_BUS_MESSAGE_BYTES_MAX: {error}.", id="omnibus.E004")
    if settings.PUBLISH_HIGH_WATER_MARK < 1:
        yield Error(
            f"OMNIBUS_PUBLISH_HIGH_WATER_MARK is {settings.PUBLISH_HIGH_WATER_MARK}.",
            hint="Let at least one publication wait.",
            id="omnibus.E005",
        )


def _check_bus() -> Iterator[CheckMessage]:
    if settings.DIRECTOR_ENABLED and settings.FORWARDER_ENABLED:
        yield Error(
            "OMNIBUS_DIRECTOR_ENABLED and OMNIBUS_FORWARDER_ENABLED are both on.",
            hint="Set OMNIBUS_DIRECTOR_ENABLED = False on a forwarder.",
            id="omnibus.E006",
        )
    if settings.FORWARDER_ENABLED:
        for name in ("DIRECTOR_SUBSCRIBER_ADDRESS", "DIRECTOR_PUBLISHER_ADDRESS"):
            if not getattr(settings, name):
                yield Error(
                    f"OMNIBUS_FORWARDER_ENABLED is on and OMNIBUS_{name} is not set.",
                    hint="Give the address of the director, as in tcp://192.168.1.10:4243.",
                    id="omnibus.E007",
                )


def _check_factories() -> Iterator[CheckMessage]:
    for name, built_in in BUILT_IN.items():
        path: str = getattr(settings, name)
        if "." in path and path not in built_in:
            # No error: pages and publishers of the project work, with a server started elsewhere.
            yield Warning(
                f"OMNIBUS_{name} is {path}, a Python class that the server cannot run.",
                hint=f"In its place, {INSTEAD[name]}.",
                id="omnibus.W001",
            )


def _check_secrets() -> Iterator[CheckMessage]:
    if settings.HOOKS_URL and not settings.HOOKS_SECRET:
        yield Error(
            "OMNIBUS_HOOKS_URL is set and OMNIBUS_HOOKS_SECRET is not.",
            hint="Give both sides one secret of at least 32 bytes.",
            id="omnibus.E008",
        )
    signs_tokens = settings.AUTHENTICATOR_FACTORY.endswith("userauthenticator_factory")
    secrets = [("OMNIBUS_HOOKS_SECRET", settings.HOOKS_SECRET)]
    if signs_tokens:
        name = "OMNIBUS_SECRET_KEY" if settings.SECRET_KEY else "SECRET_KEY"
        secrets.append((name, settings.SECRET_KEY or project.SECRET_KEY))
    for name, secret in secrets:
        if secret and len(secret.encode()) < SECRET_BYTES_MIN:
            yield Warning(
                f"{name} is {len(secret.encode())} bytes.",
                hint=f"Use at least {SECRET_BYTES_MIN}, so that no token gives it away.",
                id="omnibus.W002",
            )
