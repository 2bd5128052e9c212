"""How does a site hear of what the server's clients do.

Each signal is sent by :func:`omnibus.views.hooks` when a server tells of it. Receivers get
``event``, a :class:`~omnibus.events.Event`; the sender is that class.

    @receiver(signals.subscribed)
    def note(sender, event, **kwargs):
        print(event.user, "joined", event.channel)

A receiver that raises makes the server tell the event again, for a minute: it may see an event
twice. Events of one connection come in their order.
"""

from __future__ import annotations

from typing import Final

from django.dispatch import Signal

connected: Final = Signal()
"""A connection has authenticated, or has become somebody else."""

disconnected: Final = Signal()
"""A connection has ended, or is about to become somebody else; it leaves all its channels."""

subscribed: Final = Signal()
"""A connection has joined ``event.channel``."""

unsubscribed: Final = Signal()
"""A connection has left ``event.channel``."""
