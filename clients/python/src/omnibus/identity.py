"""What does a page need to know: where the server is, and a token for its user."""

from __future__ import annotations

import re
import time
from typing import Any, Final

from django.http import HttpRequest

from . import settings, tokens

_HOST: Final = re.compile(r"(?P<name>[a-z0-9._-]+|\[[a-f0-9:.]+\])(?::\d+)?", re.ASCII)
_SECURE: Final = {"ws": "wss", "http": "https"}


def endpoint(request: HttpRequest) -> str:
    """Return the URL that the page of this request connects to.

    ``OMNIBUS_ENDPOINT_URL`` as it stands, or one made of scheme, host, port and path as
    django-omnibus makes it (recordings D01, D02): without a host in the settings, that of the
    request.
    """
    if settings.ENDPOINT_URL:
        return str(settings.ENDPOINT_URL)
    scheme: str = settings.ENDPOINT_SCHEME
    if settings.ENDPOINT_FOLLOWS_PAGE and request.is_secure():
        scheme = _SECURE.get(scheme, scheme)
    host = settings.SERVER_HOST or _without_port(request.get_host())
    return f"{scheme}://{host}:{settings.SERVER_PORT}{settings.SERVER_BASE_URL}"


def auth_token(request: HttpRequest) -> str:
    """Return what the page hands to its client as ``authToken``: ``user:token``, or nothing.

    A request without a user who has logged in gets the empty text, and its page connects as
    nobody in particular.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    return auth_token_for(user.pk)


def auth_token_for(user_key: Any) -> str:
    """Return ``user:token`` for the user with this primary key."""
    return f"{user_key}:{token_for(user_key)}"


def token_for(user_key: Any) -> str:
    """Return a token for the user with this primary key, of the form that the settings ask for."""
    secret = settings.secret_key()
    if settings.TOKEN_IS_ORIGINAL:
        return tokens.issue_original(user_key, secret=secret)
    expiry = int(time.time() + settings.seconds(settings.TOKEN_LIFETIME))
    return tokens.issue(user_key, secret=secret, expiry=expiry)


def _without_port(host: str) -> str:
    """Return the name in a Host header, in lower case; an IPv6 address keeps its brackets."""
    found = _HOST.fullmatch(host.lower())
    return "" if found is None else found["name"]
