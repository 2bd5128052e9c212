"""What does a site answer to servers that tell of their clients, and to pages that want a token.

:mod:`omnibus.urls` names both views: ``path("omnibus/", include("omnibus.urls"))``.
"""

from __future__ import annotations

import logging
from typing import Dict, Final, List, Optional

from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured, RequestDataTooBig
from django.db import transaction
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from . import settings, signals
from .events import BODY_BYTES_MAX, BadEvents, Event, parse
from .identity import auth_token
from .signatures import HEADER, BadSignature, check

logger: Final = logging.getLogger(__name__)

SIGNALS: Final[Dict[str, Signal]] = {
    "connect": signals.connected,
    "disconnect": signals.disconnected,
    "subscribe": signals.subscribed,
    "unsubscribe": signals.unsubscribed,
}
"""The signal of each event; others, of servers newer than this package, are passed over."""

REMEMBERED_SECONDS: Final = 120
"""How long an event is known again. A server repeats a request for 60 s."""

_REMEMBERED_AS: Final = "omnibus-hook:"


@csrf_exempt
@require_POST
@transaction.non_atomic_requests
def hooks(request: HttpRequest) -> HttpResponse:
    """Take what a server tells of its clients and send it on as signals.

    204 is the receipt. 413, 403 and 400 refuse what is too large, badly signed or malformed. 500
    asks the server to come again, because a receiver has raised: events that were handled are
    remembered in the cache that ``OMNIBUS_HOOKS_CACHE`` names, and not handled twice.
    """
    if not settings.HOOKS_SECRET:
        raise ImproperlyConfigured("OMNIBUS_HOOKS_SECRET is not set; give it the servers' secret")
    body = _body(request)
    if body is None:
        return _refusal(413, f"body is too large, the limit is {BODY_BYTES_MAX} bytes")
    try:
        check(
            request.headers.get(HEADER, ""),
            body,
            secret=settings.HOOKS_SECRET,
            previous_secret=settings.HOOKS_PREVIOUS_SECRET,
        )
        events = parse(body)
    except BadSignature as error:
        logger.warning("hook was refused: %s", error)
        return _refusal(403, str(error))
    except BadEvents as error:
        logger.warning("hook was refused: %s", error)
        return _refusal(400, str(error))
    if _handle(events):
        return HttpResponse(status=204)
    return _refusal(500, "a receiver has raised; the site's log says which")


@require_GET
@never_cache
def token(request: HttpRequest) -> HttpResponse:
    """Give a page that has been open for long a new token: ``{"authToken": "42:v2.…"}``.

    The session says whose; without one the token is the empty text.
    """
    return JsonResponse({"authToken": auth_token(request)})


def _body(request: HttpRequest) -> Optional[bytes]:
    """Return the body, or ``None`` where it is too large; no more than the limit is read."""
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_BYTES_MAX:
            return None
        body = request.read(BODY_BYTES_MAX + 1)
    except (ValueError, RequestDataTooBig):
        return None
    return None if len(body) > BODY_BYTES_MAX else body


def _handle(events: List[Event]) -> bool:
    """Send the signals of what is new; stop at the first receiver that raises, and say so."""
    cache = caches[settings.HOOKS_CACHE]
    names = {event.key: _REMEMBERED_AS + event.key for event in events}
    known = cache.get_many(names.values())
    handled = {}
    is_whole = True
    for event in events:
        if names[event.key] in known:
            continue
        signal = SIGNALS.get(event.event)
        try:
            if signal is not None:
                signal.send(sender=Event, event=event)
        except Exception:
            logger.exception("receiver of `%s` has raised; the server tells it again", event.event)
            is_whole = False
            break
        handled[names[event.key]] = True
    if handled:
        cache.set_many(handled, timeout=REMEMBERED_SECONDS)
    return is_whole


def _refusal(status: int, why: str) -> HttpResponse:
    return HttpResponse(why + "\n", status=status, content_type="text/plain; charset=utf-8")
