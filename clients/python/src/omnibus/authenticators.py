"""Where do projects of django-omnibus get a token for a user outside of a template.

What the server does with tokens is the server's now: these classes decide nothing, and one that
is derived from them is never asked.
"""

from __future__ import annotations

from typing import Any

from . import settings, tokens
from .identity import token_for


class NoOpAuthenticator:
    """The name of the authenticator that believes everybody; the server has it built in."""


class UserAuthenticator:
    """The tokens of the authenticator that knows a site's users."""

    @classmethod
    def get_auth_token(cls, user_id: Any) -> str:
        """Return a token for the user with this primary key."""
        return token_for(user_id)

    @classmethod
    def validate_auth_token(cls, user_id: Any, token: str) -> bool:
        """Say whether a token is good for the user, in the form that the settings ask for."""
        secret = settings.secret_key()
        if settings.TOKEN_IS_ORIGINAL:
            return tokens.verify_original(str(user_id), token, secret=secret)
        return tokens.verify(str(user_id), token, secret=secret) is not None
