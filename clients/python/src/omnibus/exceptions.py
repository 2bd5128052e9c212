"""What can go wrong when a backend publishes.

Names and tree are those of django-omnibus, so that a project's ``except`` clauses go on working.
"""


class OmnibusException(Exception):
    """Anything that this package raises."""


class OmnibusPublisherException(OmnibusException):
    """A publication was in order but could not be sent."""


class OmnibusTimeoutException(OmnibusPublisherException):
    """A publication was not taken within ``OMNIBUS_PUBLISH_TIMEOUT``."""


class OmnibusSubscriberException(OmnibusException):
    """Kept for ``except`` clauses; subscribing is the server's, so nothing here raises it."""


class OmnibusDataException(OmnibusException):
    """What was to be published has no form on the wire: a bad name, or a payload that is no JSON."""
