"""Does a request really come from a server of ours.

The signature of a hook, as ``spec/hooks.md`` describes it. Neither Django nor settings are needed.
"""

from __future__ import annotations

import re
import time
from typing import Final, Optional

from .netstrings import is_same, mac

HEADER: Final = "Omnibus-Signature"
"""The header that carries the signature."""

CLOCK_SKEW_SECONDS_MAX: Final = 300
"""How far the sender's clock may be from ours."""

_PURPOSE: Final = b"omnibus-hook-v1"
_HEADER: Final = re.compile(r"t=(?P<t>0|[1-9][0-9]{0,10}),v1=(?P<v1>[0-9a-f]{64})", re.ASCII)


class BadSignature(Exception):
    """A request that is not shown to come from a server of ours."""


def sign(body: bytes, *, secret: str, t: int) -> str:
    """Return the value of the header for a body that is sent at ``t`` (Unix seconds)."""
    return f"t={t},v1={_mac(secret, str(t), body)}"


def check(
    header: str,
    body: bytes,
    *,
    secret: str,
    previous_secret: Optional[str] = None,
    now: Optional[float] = None,
) -> None:
    """Raise :class:`BadSignature` unless the header signs this body, and did so just now."""
    found = _HEADER.fullmatch(header)
    if found is None:
        raise BadSignature(f"{HEADER} is missing or malformed; it must be t=<seconds>,v1=<64 digits>")
    secrets = [one for one in (secret, previous_secret) if one]
    # Every secret is tried, so that the time says nothing about which one was right.
    matches = [is_same(_mac(one, found["t"], body), found["v1"]) for one in secrets]
    if not any(matches):
        raise BadSignature("signature is of another secret or body; compare OMNIBUS_HOOKS_SECRET")
    skew = int(found["t"]) - (time.time() if now is None else now)
    if abs(skew) > CLOCK_SKEW_SECONDS_MAX:
        raise BadSignature(
            f"clock of the sender is {skew:+.0f} s away, the limit is {CLOCK_SKEW_SECONDS_MAX} s;"
            " set both clocks"
        )


def _mac(secret: str, t: str, body: bytes) -> str:
    return mac(secret, _PURPOSE, t.encode(), body)
