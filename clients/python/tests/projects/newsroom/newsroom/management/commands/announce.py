"""Announces news from the command line."""

from django.core.management.base import BaseCommand
from omnibus.api import publish


class Command(BaseCommand):
    """Publishes a headline and ends."""

    def add_arguments(self, parser):
        """Take the headline."""
        parser.add_argument("text")

    def handle(self, *args, **options):
        """Publish it."""
        publish("news", "headline", {"text": options["text"]}, sender="newsroom")
