"""What do all tests of the Python package stand on."""

import os
import socket

import django
import pytest
from django.conf import settings

# Settings of the shell that runs the tests are none of the tests' business.
for name in [name for name in os.environ if name.startswith("OMNIBUS_")]:
    if not name.startswith("OMNIBUS_TEST_"):
        del os.environ[name]

settings.configure(
    SECRET_KEY="a secret that is thirty-two bytes",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.staticfiles",
        "omnibus",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    ROOT_URLCONF="urls",
    STATIC_URL="/static/",
    USE_TZ=True,
    ALLOWED_HOSTS=["*"],
)
django.setup()


@pytest.fixture
def free_address():
    """A bus address that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return "tcp://127.0.0.1:%d" % listener.getsockname()[1]
