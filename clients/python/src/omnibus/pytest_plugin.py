"""A fixture for pytest: ``pytest_plugins = ["omnibus.pytest_plugin"]``."""

from __future__ import annotations

from typing import Iterator, List

import pytest

from .testing import Publication, catch_publications


@pytest.fixture
def publications() -> Iterator[List[Publication]]:
    """Catch what the test publishes; nothing leaves the process."""
    with catch_publications() as caught:
        yield caught
