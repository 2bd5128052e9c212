"""What does the server find in its environment: the project's settings, in its own spelling."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import PurePath
from typing import Any, Dict, Final, List, Mapping

from django.conf import settings as project
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS

from .. import settings
from ..factories import BUILT_IN, INSTEAD
from . import database

_NOOP: Final = ("noop", "omnibus.factories.noopauthenticator_factory")


def from_settings(shell: Mapping[str, str]) -> Dict[str, str]:
    """Return the variables for the server, beside those of the shell.

    Every setting of the project that begins with ``OMNIBUS_`` and is not this package's alone;
    the server knows them all and refuses what it does not know. Where it shall check users, the
    secrets, the database and the user table, unless the project or the shell names them.

    Raises :class:`~django.core.exceptions.ImproperlyConfigured` for a factory of the project's
    own and for what cannot be written as a variable.
    """
    for name in BUILT_IN:
        _check_factory(name)
    variables: Dict[str, str] = {}
    for name in sorted(_names_of_project()):
        value = getattr(project, name)
        if value is not None and _is_for_server(name):
            variables[name] = written(name, value)
    if settings.AUTHENTICATOR_FACTORY not in _NOOP:
        variables.update(_about_users({**shell, **variables}))
    return variables


def written(name: str, value: Any) -> str:
    """Return the value of a setting as the server reads it from a variable."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, PurePath)):
        return str(value)
    if isinstance(value, timedelta):
        return f"{round(value.total_seconds() * 1000)}ms"
    if isinstance(value, (list, tuple)) and value and all(isinstance(one, dict) for one in value):
        return _as_json(name, value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(_entries(name, value))
    raise ImproperlyConfigured(
        f"{name} is of the type {type(value).__name__}, which the server cannot be given; use a"
        " text, number, path, timedelta, list of texts or list of dicts"
    )


def _as_json(name: str, value: Any) -> str:
    """Return a list of tables, as in ``OMNIBUS_NAMESPACES``."""
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ImproperlyConfigured(f"{name} cannot be written as JSON: {error}") from error


def _entries(name: str, value: Any) -> List[str]:
    entries = [str(entry) for entry in value]
    for entry in entries:
        if "," in entry:
            raise ImproperlyConfigured(
                f"{name} has the entry {entry!r} with a comma, which parts entries; write it into"
                " the file that OMNIBUS_CONFIG names"
            )
    return entries


def _check_factory(name: str) -> None:
    path = getattr(settings, name)
    # Words without a dot are the server's own names for what is built in; it knows them best.
    if "." in path and path not in BUILT_IN[name]:
        raise ImproperlyConfigured(
            f"OMNIBUS_{name} is {path}, a Python class that the server cannot run;"
            f" {INSTEAD[name]}"
        )


def _about_users(given: Mapping[str, str]) -> Dict[str, str]:
    """Return what the server must know to check users and is not given."""
    variables: Dict[str, str] = {}
    if not _is_given("SECRET_KEY", given):
        variables["OMNIBUS_SECRET_KEY"] = project.SECRET_KEY
        if project.SECRET_KEY_FALLBACKS and not _is_given("PREVIOUS_SECRET_KEY", given):
            variables["OMNIBUS_PREVIOUS_SECRET_KEY"] = project.SECRET_KEY_FALLBACKS[0]
    if not _is_given("DATABASE_URL", given):
        variables["OMNIBUS_DATABASE_URL"] = database.url(project.DATABASES[DEFAULT_DB_ALIAS])
    if "OMNIBUS_AUTH_USER_TABLE" not in given:
        variables.update(database.user_table())
    return variables


def _is_given(name: str, given: Mapping[str, str]) -> bool:
    """Say whether a secret is given, itself or in a file."""
    return f"OMNIBUS_{name}" in given or f"OMNIBUS_AUTH_{name}_FILE" in given


def _names_of_project() -> List[str]:
    return [name for name in dir(project) if name.startswith(settings.PREFIX)]


def _is_for_server(name: str) -> bool:
    known = settings.TABLE.get(name[len(settings.PREFIX) :])
    return known is None or known.is_for_server
