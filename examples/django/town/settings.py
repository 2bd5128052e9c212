"""What is set for the site: Django's own, then that of Omnibus."""

import os
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
EXAMPLES = BASE_DIR.parent
# fleet.py lies beside the map that both forms of the example show.
sys.path.append(str(EXAMPLES / "map"))

# ---- Django

DEBUG = True
SECRET_KEY = "an example has no secrets, a real site reads one from outside"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "town.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "omnibus",
    "town",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "omnibus.context_processors.omnibus",  # OMNIBUS_ENDPOINT, OMNIBUS_AUTH_TOKEN
            ]
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("EXAMPLES_DATABASE", BASE_DIR / "db.sqlite3"),
    }
}
STATIC_URL = "static/"
# Scripts and styles are the same files as in the plain form.
STATICFILES_DIRS = [(name, EXAMPLES / name) for name in ("shared", "mice", "files", "map", "chat")]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "chat"
LOGOUT_REDIRECT_URL = "/"
USE_TZ = True

# ---- Omnibus: pages, publishers and `manage.py omnibusd` all read these

# Who has logged in is known to the server by a token; who has not may come, too.
OMNIBUS_AUTHENTICATOR_FACTORY = "omnibus.factories.userauthenticator_factory"
# Who may do what where; the first pattern that matches holds. In all other channels users who have
# logged in may read, and staff may publish.
OMNIBUS_NAMESPACES = [
    # "disconnect" tells those who stay of a page that has gone.
    {"pattern": "mice", "subscribe": "anyone", "publish": "anyone", "announce_leave": True},
    {"pattern": "files", "subscribe": "anyone", "publish": "anyone", "announce_leave": True},
    # `manage.py drive` publishes, on the bus; pages look.
    {"pattern": "map", "subscribe": "anyone", "publish": "server"},
    {"pattern": "chat", "subscribe": "identified", "publish": "identified", "announce_leave": True},
    {"pattern": "notices", "subscribe": "identified", "publish": "staff"},
]
# These are the defaults, unless the environment has others.
OMNIBUS_SERVER_PORT = int(os.environ.get("OMNIBUS_SERVER_PORT", 4242))
OMNIBUS_SUBSCRIBER_ADDRESS = os.environ.get("OMNIBUS_SUBSCRIBER_ADDRESS", "tcp://127.0.0.1:4243")
OMNIBUS_PUBLISHER_ADDRESS = os.environ.get("OMNIBUS_PUBLISHER_ADDRESS", "tcp://127.0.0.1:4244")
