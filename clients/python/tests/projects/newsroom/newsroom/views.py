"""The page, and where its readers announce news."""

from django.conf import settings
from django.http import JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST
from omnibus.api import publish
from omnibus.exceptions import OmnibusException


def page(request):
    """Show what is announced, and what readers say."""
    sockjs = getattr(settings, "OMNIBUS_ENDPOINT_SCHEME", "ws") == "http"
    return render(request, "page.html", {"sockjs": sockjs})


@require_POST
def announce(request):
    """Publish a headline to everybody."""
    try:
        done = publish(
            "news", "headline", {"text": request.POST["text"]}, sender="newsroom"
        )
    except OmnibusException as error:
        return JsonResponse({"published": False, "why": str(error)}, status=503)
    return JsonResponse({"published": done})

