"""Which names may a channel have.

The rules are those of ``spec/README.md``, "Channels"; the server applies the same ones.
"""

from __future__ import annotations

from typing import Final

from .exceptions import OmnibusDataException

CHANNEL_BYTES_MAX: Final = 255
"""The longest name of a channel, in bytes of UTF-8."""

_SHOWN_CHARACTERS_MAX: Final = 40


def checked_channel(name: object) -> str:
    """Return the name of a channel as text.

    What is no text is written as one first, as the original did: lazy translations, numbers,
    members of a string enumeration.

    Raises :class:`OmnibusDataException` where it is no name of a channel.
    """
    text = str.__str__(name) if isinstance(name, str) else str(name)
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise OmnibusDataException(
            f"channel {_shown(text)} holds half of a surrogate pair; use text that UTF-8 can write"
        ) from None
    if size == 0:
        raise OmnibusDataException("channel is empty; give it a name")
    if size > CHANNEL_BYTES_MAX:
        raise OmnibusDataException(
            f"channel {_shown(text)} is {size} bytes, the limit is {CHANNEL_BYTES_MAX}; shorten it"
        )
    if ":" in text:
        raise OmnibusDataException(
            f"channel {_shown(text)} holds a colon, which ends a channel's name; use another character"
        )
    if text[0] in "!{":
        raise OmnibusDataException(
            f"channel {_shown(text)} begins with {text[0]!r}, which begins the server's own"
            " messages; begin with another character"
        )
    if any(_is_control(character) for character in text):
        raise OmnibusDataException(
            f"channel {_shown(text)} holds a control character; leave it out"
        )
    return text


def _is_control(character: str) -> bool:
    return character < "\x20" or "\x7f" <= character <= "\x9f"


def _shown(text: str) -> str:
    """Show a name in a message: escaped, and no longer than a line can bear."""
    if len(text) > _SHOWN_CHARACTERS_MAX:
        return ascii(text[:_SHOWN_CHARACTERS_MAX]) + "…"
    return ascii(text)
