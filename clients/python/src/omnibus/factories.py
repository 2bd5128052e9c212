"""Which factories do settings of django-omnibus name, and what does the server make of them.

The server has these built in and knows them by their dotted paths. A factory of a project's own
is Python, which it cannot run; each kind has settings in its place.
"""

from __future__ import annotations

from typing import Any, Final, Mapping, NoReturn

from django.core.exceptions import ImproperlyConfigured

BUILT_IN: Final[Mapping[str, frozenset[str]]] = {
    "AUTHENTICATOR_FACTORY": frozenset(
        {
            "omnibus.factories.noopauthenticator_factory",
            "omnibus.factories.userauthenticator_factory",
        }
    ),
    "CONNECTION_FACTORY": frozenset(
        {
            "omnibus.factories.websocket_connection_factory",
            "omnibus.factories.sockjs_connection_factory",
        }
    ),
    "WEBAPP_FACTORY": frozenset(
        {
            "omnibus.factories.websocket_webapp_factory",
            "omnibus.factories.sockjs_webapp_factory",
        }
    ),
}
"""The dotted paths that the server knows, by the setting that names one."""

INSTEAD: Final[Mapping[str, str]] = {
    "AUTHENTICATOR_FACTORY": (
        "say who may log in with userauthenticator_factory (and OMNIBUS_AUTH_USER_TABLE for a"
        " table of your own), and who may subscribe and publish where with OMNIBUS_NAMESPACES"
    ),
    "CONNECTION_FACTORY": (
        "let the server tell the site what clients do with OMNIBUS_HOOKS_URL, received by"
        " omnibus.views.hooks as signals; and let `announce_leave` of OMNIBUS_NAMESPACES publish"
        " `disconnect` for who leaves"
    ),
    "WEBAPP_FACTORY": (
        "say where the server serves with OMNIBUS_SERVER_LISTEN, OMNIBUS_SERVER_PORT and"
        " OMNIBUS_SERVER_BASE_URL, and put other addresses into Django or the proxy in front"
    ),
}
"""What does the same as a factory of a project's own."""


def noopauthenticator_factory() -> NoReturn:
    """Believe everybody; the server has it built in."""
    _refuse("noopauthenticator_factory", "AUTHENTICATOR_FACTORY")


def userauthenticator_factory() -> NoReturn:
    """Know a site's users by their tokens; the server has it built in."""
    _refuse("userauthenticator_factory", "AUTHENTICATOR_FACTORY")


def websocket_connection_factory(auth_class: Any, pubsub_instance: Any) -> NoReturn:
    """Serve WebSockets; the server has it built in."""
    _refuse("websocket_connection_factory", "CONNECTION_FACTORY")


def websocket_webapp_factory(connection: Any) -> NoReturn:
    """Serve WebSockets; the server has it built in."""
    _refuse("websocket_webapp_factory", "WEBAPP_FACTORY")


def sockjs_connection_factory(auth_class: Any, pubsub_instance: Any) -> NoReturn:
    """Serve SockJS; the server has it built in."""
    _refuse("sockjs_connection_factory", "CONNECTION_FACTORY")


def sockjs_webapp_factory(connection: Any) -> NoReturn:
    """Serve SockJS; the server has it built in."""
    _refuse("sockjs_webapp_factory", "WEBAPP_FACTORY")


def _refuse(name: str, setting: str) -> NoReturn:
    raise ImproperlyConfigured(
        f"{name} is built into the server and makes no Python class; {INSTEAD[setting]}"
    )
