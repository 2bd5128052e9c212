"""Does the server find the project's settings in its environment."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import override_settings
from omnibus.server import database, environment, program

FACTORIES = "omnibus.factories."
USERS = FACTORIES + "userauthenticator_factory"


def variables(shell=None, **given):
    """Return the variables for these settings, each without its prefix."""
    prefixed = {"OMNIBUS_" + name: value for name, value in given.items()}
    with override_settings(**prefixed):
        found = environment.from_settings(shell or {})
    assert all(name.startswith("OMNIBUS_") for name in found)
    return {name[len("OMNIBUS_") :]: value for name, value in found.items()}


def test_settings_that_a_project_does_not_have_are_left_to_the_server():
    assert variables() == {}


def test_settings_are_written_as_the_server_reads_them():
    found = variables(
        SERVER_PORT=8080,
        DIRECTOR_ENABLED=False,
        FORWARDER_ENABLED=True,
        SERVER_HOST=None,
        SUBSCRIBER_ADDRESS="tcp://127.0.0.1:1",
        SERVER_ALLOWED_ORIGINS=["https://a", "https://b"],
        SERVER_PING_INTERVAL=timedelta(seconds=2.5),
        CLIENT_MESSAGE_BYTES_MAX="64 KiB",
        CONFIG=Path("/srv/omnibus.toml"),
        NAMESPACES=[{"pattern": "news.*", "announce_leave": True}],
        WEBAPP_FACTORY=FACTORIES + "sockjs_webapp_factory",
    )
    assert found == {
        "SERVER_PORT": "8080",
        "DIRECTOR_ENABLED": "false",
        "FORWARDER_ENABLED": "true",
        "SUBSCRIBER_ADDRESS": "tcp://127.0.0.1:1",
        "SERVER_ALLOWED_ORIGINS": "https://a, https://b",
        "SERVER_PING_INTERVAL": "2500ms",
        "CLIENT_MESSAGE_BYTES_MAX": "64 KiB",
        "CONFIG": "/srv/omnibus.toml",
        "NAMESPACES": '[{"pattern": "news.*", "announce_leave": true}]',
        "WEBAPP_FACTORY": FACTORIES + "sockjs_webapp_factory",
    }


def test_settings_of_this_package_alone_are_kept_from_the_server():
    assert variables(PUBLISH_TIMEOUT=3, TOKEN_LIFETIME=60, HOOKS_PREVIOUS_SECRET="x") == {}


@pytest.mark.parametrize("value", [1.5, {"a": 1}, ["a,b"], [{"a": object()}], object()])
def test_setting_that_cannot_be_written_is_told(value):
    with pytest.raises(ImproperlyConfigured, match="OMNIBUS_SERVER_ALLOWED_ORIGINS"):
        variables(SERVER_ALLOWED_ORIGINS=value)


def test_server_that_believes_everybody_gets_no_secret():
    assert variables(AUTHENTICATOR_FACTORY=FACTORIES + "noopauthenticator_factory") == {
        "AUTHENTICATOR_FACTORY": FACTORIES + "noopauthenticator_factory"
    }


def test_server_that_checks_users_gets_secret_database_and_table(monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", "/srv/a b.sqlite3")
    with override_settings(SECRET_KEY_FALLBACKS=["former", "older"]):
        found = variables(AUTHENTICATOR_FACTORY=USERS)
    assert found == {
        "AUTHENTICATOR_FACTORY": USERS,
        "SECRET_KEY": "a secret that is thirty-two bytes",
        "PREVIOUS_SECRET_KEY": "former",
        "DATABASE_URL": "sqlite:///srv/a%20b.sqlite3",
        "AUTH_USER_TABLE": "auth_user",
        "AUTH_USER_KEY": "id",
        "AUTH_ACTIVE_COLUMN": "is_active",
        "AUTH_STAFF_COLUMN": "is_staff",
    }


def test_what_the_project_says_itself_goes_before_what_is_made_up():
    found = variables(
        AUTHENTICATOR_FACTORY=USERS,
        SECRET_KEY="its own",
        DATABASE_URL="postgres://replica/site",
        AUTH_USER_TABLE="people",
    )
    assert found["SECRET_KEY"] == "its own"
    assert found["DATABASE_URL"] == "postgres://replica/site"
    assert found["AUTH_USER_TABLE"] == "people"
    assert "AUTH_USER_KEY" not in found


def test_what_the_shell_says_goes_before_what_is_made_up():
    shell = {
        "OMNIBUS_AUTH_SECRET_KEY_FILE": "/run/secrets/key",
        "OMNIBUS_DATABASE_URL": "postgres://replica/site",
        "OMNIBUS_AUTH_USER_TABLE": "people",
    }
    with override_settings(SECRET_KEY_FALLBACKS=["former"]):
        found = variables(shell, AUTHENTICATOR_FACTORY=USERS)
    assert found == {"AUTHENTICATOR_FACTORY": USERS}


@pytest.mark.parametrize(
    ("setting", "instead"),
    [
        ("AUTHENTICATOR_FACTORY", "OMNIBUS_NAMESPACES"),
        ("CONNECTION_FACTORY", "OMNIBUS_HOOKS_URL"),
        ("WEBAPP_FACTORY", "OMNIBUS_SERVER_LISTEN"),
    ],
)
def test_factory_of_a_project_is_refused_with_what_does_the_same(setting, instead):
    with override_settings(**{"OMNIBUS_" + setting: "example_project.connection.factory"}):
        with pytest.raises(CommandError, match=instead) as caught:
            call_command("omnibusd")
    assert f"OMNIBUS_{setting} is example_project.connection.factory" in str(caught.value)


ENGINE = "django.db.backends."


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ({"ENGINE": ENGINE + "sqlite3", "NAME": "/db.sqlite3"}, "sqlite:///db.sqlite3"),
        (
            {"ENGINE": "django.contrib.gis.db.backends.spatialite", "NAME": "/ü?#.db"},
            "sqlite:///%C3%BC%3F%23.db",
        ),
        (
            {
                "ENGINE": ENGINE + "postgresql",
                "NAME": "si/te",
                "USER": "us:er",
                "PASSWORD": "p@ss/#?",
                "HOST": "db.example",
                "PORT": 5433,
                "OPTIONS": {"sslmode": "require", "pool": True},
            },
            "postgres://us%3Aer:p%40ss%2F%23%3F@db.example:5433/si%2Fte?sslmode=require",
        ),
        ({"ENGINE": ENGINE + "postgresql", "NAME": "site"}, "postgres:///site"),
        (
            {"ENGINE": ENGINE + "postgresql", "NAME": "site", "HOST": "/run/pg", "PORT": "1"},
            "postgres:///site?host=/run/pg&port=1",
        ),
        (
            {"ENGINE": ENGINE + "postgresql", "NAME": "site", "HOST": "::1", "USER": "u"},
            "postgres://u@[::1]/site",
        ),
        (
            {"ENGINE": ENGINE + "mysql", "NAME": "site", "USER": "u", "PASSWORD": "p"},
            "mysql://u:p@localhost/site",
        ),
        (
            {
                "ENGINE": ENGINE + "mysql",
                "NAME": "site",
                "HOST": "/run/my.sock",
                "OPTIONS": {"ssl": {"ca": "/ca.pem"}, "charset": "utf8mb4"},
            },
            "mysql://localhost/site?socket=/run/my.sock&ssl-ca=/ca.pem",
        ),
    ],
)
def test_database_of_django_becomes_a_url(entry, url):
    assert database.url(entry) == url


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"ENGINE": ENGINE + "oracle", "NAME": "x"}, "which the server cannot read"),
        ({"ENGINE": ENGINE + "sqlite3", "NAME": ":memory:"}, "no other process can read"),
        ({"ENGINE": ENGINE + "sqlite3", "NAME": "file:x?mode=memory"}, "no other process"),
        (
            {"ENGINE": ENGINE + "postgresql", "NAME": "x", "OPTIONS": {"service": "s"}},
            "connection service",
        ),
    ],
)
def test_database_that_has_no_url_is_told(entry, why):
    with pytest.raises(ImproperlyConfigured, match=why) as caught:
        database.url(entry)
    assert "OMNIBUS_DATABASE_URL" in str(caught.value)


def test_program_is_that_of_the_setting(tmp_path):
    path = tmp_path / "omnibusd"
    path.write_text("")
    with override_settings(OMNIBUS_SERVER_BINARY=str(path)):
        with pytest.raises(ImproperlyConfigured, match="is no program"):
            program.find()
        path.chmod(0o755)
        assert program.find() == path


def test_program_is_looked_for_on_the_search_path_and_its_absence_told(tmp_path, monkeypatch):
    monkeypatch.setattr(program, "_beside_python", lambda: iter([]))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImproperlyConfigured, match="OMNIBUS_SERVER_BINARY"):
        program.find()
    path = tmp_path / "omnibusd"
    path.write_text("")
    path.chmod(0o755)
    assert program.find() == path


def test_server_takes_the_place_of_the_command(tmp_path, monkeypatch, capsys):
    path = tmp_path / "omnibusd"
    path.write_text("")
    path.chmod(0o755)
    started = []
    monkeypatch.setattr(os, "execve", lambda *arguments: started.append(arguments))
    monkeypatch.setenv("OMNIBUS_SERVER_PORT", "1")
    monkeypatch.setenv("OMNIBUS_LOG_LEVEL", "debug")
    with override_settings(OMNIBUS_SERVER_BINARY=str(path), OMNIBUS_SERVER_PORT=8080):
        call_command("omnibusd", "--", "--stop-grace", "1s")
    ((program_path, arguments, found),) = started
    assert program_path == path
    assert arguments == [str(path), "--stop-grace", "1s"]
    assert (found["OMNIBUS_SERVER_PORT"], found["OMNIBUS_LOG_LEVEL"]) == ("8080", "debug")
    assert found["PATH"] == os.environ["PATH"]
    assert "OMNIBUS_SERVER_PORT of the environment is passed over" in capsys.readouterr().err
