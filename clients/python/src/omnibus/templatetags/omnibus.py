"""How does one template get at Omnibus, without a context processor for all.

    {% load omnibus %}
    {% omnibus_endpoint %}        ws://example.org:4242/ec
    {% omnibus_auth_token %}      42:v2.…, or nothing
    {% omnibus_config "id" %}     both as JSON in a <script>, which any content security policy
                                  allows

All need the request: ``django.template.context_processors.request`` must be on, as it is by
default.
"""

from __future__ import annotations

from typing import Final

from django import template
from django.http import HttpRequest
from django.template import TemplateSyntaxError
from django.template.context import Context
from django.utils.html import json_script
from django.utils.safestring import SafeString

from ..identity import auth_token, endpoint

register: Final = template.Library()


@register.simple_tag(takes_context=True)
def omnibus_endpoint(context: Context) -> str:
    """Return the URL that this page connects to."""
    return endpoint(_request(context))


@register.simple_tag(takes_context=True)
def omnibus_auth_token(context: Context) -> str:
    """Return ``user:token`` for the page's user, or nothing where nobody has logged in."""
    return auth_token(_request(context))


@register.simple_tag(takes_context=True)
def omnibus_config(context: Context, element_id: str = "omnibus") -> SafeString:
    """Return a ``<script type="application/json">`` with ``endpoint`` and ``authToken``."""
    request = _request(context)
    return json_script(
        {"endpoint": endpoint(request), "authToken": auth_token(request)}, element_id
    )


def _request(context: Context) -> HttpRequest:
    request = context.get("request")
    if not isinstance(request, HttpRequest):
        raise TemplateSyntaxError(
            "the tags of omnibus need the request; render with a request, and name"
            " django.template.context_processors.request in TEMPLATES"
        )
    return request
