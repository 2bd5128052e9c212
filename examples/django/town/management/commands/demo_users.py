"""Who can log in to try the chat."""

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

PASSWORD = "omnibus"


class Command(BaseCommand):
    help = f"Makes anna, of the staff, ben and carla; the password of each is {PASSWORD}."

    def handle(self, **_):
        for name, is_staff in (("anna", True), ("ben", False), ("carla", False)):
            user, _ = get_user_model().objects.get_or_create(username=name, is_staff=is_staff)
            user.set_password(PASSWORD)
            user.save()
