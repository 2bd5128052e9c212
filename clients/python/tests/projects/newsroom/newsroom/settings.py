"""The settings of the newsroom; what tests vary comes from the environment."""

import os

BASE_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def option(name, default):
    """Return what the environment says about an option."""
    return os.environ.get("NEWSROOM_" + name, default)


SECRET_KEY = "the newsroom's secret, which is long enough"
DEBUG = True
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = (
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "omnibus",
    "newsroom",
)

MIDDLEWARE = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [os.path.join(BASE_DIR, "templates")],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "omnibus.context_processors.omnibus",
            ]
        },
    }
]

ROOT_URLCONF = "newsroom.urls"
WSGI_APPLICATION = "newsroom.wsgi.application"

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends." + option("DATABASE_ENGINE", "sqlite3"),
        "NAME": option("DATABASE_NAME", os.path.join(BASE_DIR, "db.sqlite3")),
        "USER": option("DATABASE_USER", ""),
        "PASSWORD": option("DATABASE_PASSWORD", ""),
        "HOST": option("DATABASE_HOST", ""),
        "PORT": option("DATABASE_PORT", ""),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"

LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"

OMNIBUS_SERVER_PORT = int(option("PORT", "4242"))
OMNIBUS_SUBSCRIBER_ADDRESS = option("SUBSCRIBER_ADDRESS", "tcp://127.0.0.1:4243")
OMNIBUS_PUBLISHER_ADDRESS = option("PUBLISHER_ADDRESS", "tcp://127.0.0.1:4244")

if option("TRANSPORT", "websocket") == "sockjs":
    OMNIBUS_ENDPOINT_SCHEME = "http"
    OMNIBUS_WEBAPP_FACTORY = "omnibus.factories.sockjs_webapp_factory"
    OMNIBUS_CONNECTION_FACTORY = "omnibus.factories.sockjs_connection_factory"

if option("AUTHENTICATOR", "noop") == "user":
    OMNIBUS_AUTHENTICATOR_FACTORY = "omnibus.factories.userauthenticator_factory"
