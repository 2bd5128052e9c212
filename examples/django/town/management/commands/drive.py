"""How do the positions get to the map: published by the site itself.

No page can do that: OMNIBUS_NAMESPACES lets nobody but what publishes on the bus say anything there.
"""

from django.core.management.base import BaseCommand
from fleet import fleet
from omnibus.api import publish
from omnibus.exceptions import OmnibusTimeoutException


class Command(BaseCommand):
    help = "Drives the vehicles of the map, until Ctrl-C."

    def handle(self, **_):
        try:
            for vehicles in fleet():
                self.tell(vehicles)
        except KeyboardInterrupt:
            pass

    def tell(self, vehicles):
        try:
            publish("map", "positions", {"vehicles": vehicles})
        except OmnibusTimeoutException as error:
            # The next positions may find a server; these are old by then.
            self.stderr.write(str(error))
