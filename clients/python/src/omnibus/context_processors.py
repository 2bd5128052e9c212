"""What do all templates of a site know of Omnibus.

Named in ``TEMPLATES`` as ``omnibus.context_processors.omnibus``, as with django-omnibus.
"""

from __future__ import annotations

from typing import Dict

from django.http import HttpRequest

from .identity import auth_token, endpoint


def omnibus(request: HttpRequest) -> Dict[str, str]:
    """Return ``OMNIBUS_ENDPOINT`` and ``OMNIBUS_AUTH_TOKEN`` for the page of this request."""
    return {
        "OMNIBUS_ENDPOINT": endpoint(request),
        "OMNIBUS_AUTH_TOKEN": auth_token(request),
    }
