"""What happens when Django sets this app up."""

from __future__ import annotations

from django.apps import AppConfig


class OmnibusConfig(AppConfig):
    """The app ``omnibus``."""

    name = "omnibus"
    verbose_name = "Omnibus"

    def ready(self) -> None:
        """Register the checks of the settings."""
        from . import checks  # noqa: F401, PLC0415, registers itself
