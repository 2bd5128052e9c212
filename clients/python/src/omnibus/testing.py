"""How does a project test what it publishes, without a server.

    with catch_publications() as publications:
        order.ship()
    assert publications == [Publication("orders", "shipped", {"id": 7})]

or, in a test case, :class:`PublicationsMixin`; or, with pytest, the fixture ``publications`` of
``pytest_plugins = ["omnibus.pytest_plugin"]``. What is published after commit is caught where the
test lets the transaction commit: ``with self.captureOnCommitCallbacks(execute=True)``.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Optional
from unittest import TestCase

from .frames import Publication, decode
from .pubsub import catchers

__all__ = ["Publication", "PublicationsMixin", "catch_publications"]


@contextmanager
def catch_publications() -> Iterator[List[Publication]]:
    """Catch what all threads publish, as its receivers would see it; nothing leaves the process.

    The list grows as long as the block lasts. Within another such block the inner one catches.
    """
    caught: List[Publication] = []

    def catch(frame: bytes) -> None:
        caught.append(decode(frame))

    catchers.append(catch)
    try:
        yield caught
    finally:
        catchers.remove(catch)


class PublicationsMixin(TestCase):
    """Catches what each test of a case publishes in ``self.publications``."""

    publications: List[Publication]

    def setUp(self) -> None:
        """Begin to catch before the test."""
        super().setUp()
        catching = catch_publications()
        self.publications = catching.__enter__()
        self.addCleanup(catching.__exit__, None, None, None)

    def assertPublished(  # noqa: N802, unittest's own style
        self, channel: str, payload_type: str, payload: Optional[Dict[str, Any]] = None
    ) -> None:
        """Fail unless such a message was published; a payload that is not given may be any."""
        for publication in self.publications:
            if (publication.channel, publication.type) == (channel, payload_type):
                if payload is None or publication.payload == payload:
                    return
        self.fail(f"{channel}:{payload_type} was not published, only {self.publications}")

    def assertNothingPublished(self) -> None:  # noqa: N802, unittest's own style
        """Fail if anything was published."""
        self.assertEqual(self.publications, [])
