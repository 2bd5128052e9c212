"""How does a page prove who its user is.

By the third part of ``!authenticate:<identifier>:<user>:<token>``; ``spec/tokens.md`` describes
it. This module knows neither Django nor its settings: a program of any kind can issue tokens.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from typing import Final, NamedTuple, Optional

from .netstrings import is_same, mac

READ_ONLY: Final = "r"
"""The flag that lets a user read only, whatever the user may else."""

_PURPOSE: Final = b"omnibus-token-v2"
_NO_FLAGS: Final = "-"
_KNOWN_FLAGS: Final = READ_ONLY
_USER: Final = re.compile(r"[!-9;-~]{1,64}", re.ASCII)
_TOKEN: Final = re.compile(
    r"v2\.(?P<expiry>0|[1-9][0-9]{0,10})\.(?P<flags>-|[a-z]+)\.(?P<mac>[0-9a-f]{64})", re.ASCII
)
_EXPIRY_MAX: Final = 99_999_999_999


class Token(NamedTuple):
    """What a good token says."""

    user: str
    expiry: int
    """Unix seconds at which it ends."""
    read_only: bool


def issue(user: object, *, secret: str, expiry: int, read_only: bool = False) -> str:
    """Return a token for the user with this primary key, good until ``expiry`` (Unix seconds).

    A page sends it behind the key: ``f"{user}:{token}"``.

    Raises :class:`ValueError` where user, secret or expiry cannot stand in a token.
    """
    text = _checked_user(user)
    if not secret:
        raise ValueError("secret is empty; give the one that the servers have")
    if not 0 <= expiry <= _EXPIRY_MAX:
        raise ValueError(f"expiry is {expiry}; give Unix seconds from 0 to {_EXPIRY_MAX}")
    flags = READ_ONLY if read_only else _NO_FLAGS
    return f"v2.{expiry}.{flags}.{_mac(secret, text, str(expiry), flags)}"


def verify(
    user: str,
    token: str,
    *,
    secret: str,
    previous_secret: Optional[str] = None,
    now: Optional[float] = None,
) -> Optional[Token]:
    """Return what a token says, or ``None`` where it is not good for this user.

    The servers do this; here it serves tests, and pages that are handed a token back.
    """
    found = _TOKEN.fullmatch(token)
    if found is None or not _USER.fullmatch(user):
        return None
    expiry, flags = found["expiry"], found["flags"]
    if not _are_known(flags):
        return None
    secrets = [secret] if previous_secret is None else [secret, previous_secret]
    matches = [is_same(_mac(one, user, expiry, flags), found["mac"]) for one in secrets if one]
    if not any(matches) or int(expiry) <= (time.time() if now is None else now):
        return None
    return Token(user, int(expiry), READ_ONLY in flags)


def issue_original(user: object, *, secret: str) -> str:
    """Return the token that django-omnibus 0.2.0 issues: HMAC-SHA1 of the key, good for ever.

    Servers take it only where a setting says so. Issue it only while servers of the original
    still run.
    """
    return hmac.new(secret.encode(), str(user).encode(), hashlib.sha1).hexdigest()


def verify_original(user: str, token: str, *, secret: str) -> bool:
    """Say whether this is the token that django-omnibus 0.2.0 issues for the user."""
    return is_same(issue_original(user, secret=secret), token)


def _checked_user(user: object) -> str:
    text = str(user)
    if not _USER.fullmatch(text):
        raise ValueError(
            f"user {ascii(text[:70])} cannot stand in a token; it must be 1 to 64 characters of"
            " printable ASCII without colons and spaces"
        )
    return text


def _are_known(flags: str) -> bool:
    if flags == _NO_FLAGS:
        return True
    in_order = all(one < next_one for one, next_one in zip(flags, flags[1:]))
    return in_order and all(flag in _KNOWN_FLAGS for flag in flags)


def _mac(secret: str, user: str, expiry: str, flags: str) -> str:
    return mac(secret, _PURPOSE, user.encode(), expiry.encode(), flags.encode())
