"""Creates the people of the newsroom."""

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand

PASSWORD = "secret"
PEOPLE = (("ada", True), ("ben", False), ("cleo", True))


class Command(BaseCommand):
    """Creates ada and cleo, who are staff, and ben, who is not."""

    def handle(self, *args, **options):
        """Create who is missing."""
        for name, is_staff in PEOPLE:
            if User.objects.filter(username=name).exists():
                continue
            user = User(username=name, is_staff=is_staff, is_superuser=is_staff)
            user.set_password(PASSWORD)
            user.save()
