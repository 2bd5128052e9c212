"""Which Django settings does the environment ask for.

The original's settings come from variables of the same name (`OMNIBUS_SERVER_PORT=4242`).
What the launcher itself needs beside them is named `ORIGINAL_…`. A name or value that is not
understood ends the process: a test with a misspelt setting would measure something else.
"""

import json
import os
import sys

BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def boolean(text):
    """Read `true`, `1`, `false` or `0`, in any case."""
    return BOOLEANS[text.lower()]


SETTINGS = {
    "OMNIBUS_ENDPOINT_SCHEME": str,
    "OMNIBUS_SERVER_HOST": str,
    "OMNIBUS_SERVER_PORT": int,
    "OMNIBUS_SERVER_BASE_URL": str,
    "OMNIBUS_DIRECTOR_ENABLED": boolean,
    "OMNIBUS_FORWARDER_ENABLED": boolean,
    "OMNIBUS_SUBSCRIBER_ADDRESS": str,
    "OMNIBUS_PUBLISHER_ADDRESS": str,
    "OMNIBUS_DIRECTOR_SUBSCRIBER_ADDRESS": str,
    "OMNIBUS_DIRECTOR_PUBLISHER_ADDRESS": str,
    "OMNIBUS_AUTHENTICATOR_FACTORY": str,
    "OMNIBUS_WEBAPP_FACTORY": str,
    "OMNIBUS_CONNECTION_FACTORY": str,
}

# Variables of the test command, which every process that it starts inherits.
NOT_SETTINGS = ("OMNIBUS_TEST_", "OMNIBUS_PYTHON27")

# In memory, yet one for all connections: Django opens another one inside the event loop.
DATABASE = "file:original?mode=memory&cache=shared"


def from_environment():
    """Return the original's settings that the environment names, as Django wants them."""
    settings = {}
    for name, text in sorted(os.environ.items()):
        if not name.startswith("OMNIBUS_") or name.startswith(NOT_SETTINGS):
            continue
        read = SETTINGS.get(name)
        if read is None:
            sys.exit("%s is no setting of the original; it knows %s" % (name, ", ".join(SETTINGS)))
        try:
            settings[name] = read(text)
        except (KeyError, ValueError):
            sys.exit("%s is %r, which is no %s" % (name, text, read.__name__))
    return settings


def users():
    """Return the users that `ORIGINAL_USERS` lists: `[{"id": 1, "staff": true, "active": true}]`."""
    return json.loads(os.environ.get("ORIGINAL_USERS", "[]"))


def configure():
    """Set Django up: the original's settings, one key, one database in memory."""
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY=os.environ.get("ORIGINAL_SECRET_KEY", "original-secret-key"),
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "omnibus"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
        **from_environment()
    )
    django.setup()
