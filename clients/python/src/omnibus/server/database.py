"""How does the server read the users: Django's database as a URL, and which table and columns."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, Final, List, Mapping
from urllib.parse import quote, urlencode

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured

_OR_SAY: Final = "give the server a URL itself with OMNIBUS_DATABASE_URL"

_POSTGRES_OPTIONS: Final = ("sslmode", "sslrootcert", "sslcert", "sslkey", "options")
_MYSQL_CERTIFICATES: Final = {"ca": "ssl-ca", "cert": "ssl-cert", "key": "ssl-key"}


def url(database: Mapping[str, Any]) -> str:
    """Return an entry of ``DATABASES`` as the URL that the server understands.

    Raises :class:`~django.core.exceptions.ImproperlyConfigured` where it has none.
    """
    engine = str(database["ENGINE"])
    make = _MAKERS.get(engine.rpartition(".")[2])
    if make is None:
        raise ImproperlyConfigured(
            f"DATABASES['default'] has the engine {engine}, which the server cannot read; it reads"
            f" SQLite, PostgreSQL and MySQL: copy or replicate the users there, or {_OR_SAY}"
        )
    return make(database)


def user_table() -> Dict[str, str]:
    """Return the settings that say where the users stand, from the project's user model.

    A column that the model does not have is the empty text: then everybody is active, or nobody
    staff. Raises :class:`~django.core.exceptions.ImproperlyConfigured` where the columns stand in
    several tables.
    """
    model = get_user_model()
    key = model._meta.pk
    tables = {model._meta.db_table}
    columns: Dict[str, str] = {}
    for field_name in ("is_active", "is_staff"):
        try:
            field = model._meta.get_field(field_name)
        except FieldDoesNotExist:
            columns[field_name] = ""
            continue
        columns[field_name] = str(field.column)  # type: ignore[union-attr]
        tables.add(field.model._meta.db_table)
    if len(tables) > 1:
        raise ImproperlyConfigured(
            f"{model.__name__} stands in the tables {', '.join(sorted(tables))}, and the server"
            " reads one; make a view of key, is_active and is_staff, and name it with"
            " OMNIBUS_AUTH_USER_TABLE"
        )
    return {
        "OMNIBUS_AUTH_USER_TABLE": model._meta.db_table,
        "OMNIBUS_AUTH_USER_KEY": str(key.column),
        "OMNIBUS_AUTH_ACTIVE_COLUMN": columns["is_active"],
        "OMNIBUS_AUTH_STAFF_COLUMN": columns["is_staff"],
    }


def _sqlite(database: Mapping[str, Any]) -> str:
    name = os.fspath(database["NAME"])
    if name == ":memory:" or name.startswith("file:") or not name:
        raise ImproperlyConfigured(
            f"DATABASES['default'] is {name or 'nameless'}, which no other process can read; name a"
            f" file, or {_OR_SAY}"
        )
    return "sqlite://" + quote(os.path.abspath(name))


def _postgresql(database: Mapping[str, Any]) -> str:
    options = dict(database.get("OPTIONS") or {})
    if "service" in options:
        raise ImproperlyConfigured(
            "DATABASES['default'] names a connection service, a file that the server does not"
            f" read; write host, name and user into DATABASES, or {_OR_SAY}"
        )
    query = {name: str(options[name]) for name in _POSTGRES_OPTIONS if options.get(name)}
    host = str(database.get("HOST") or "")
    if host.startswith("/"):
        query["host"], host = host, ""
    return _network("postgres", database, host, query)


def _mysql(database: Mapping[str, Any]) -> str:
    options = dict(database.get("OPTIONS") or {})
    query: Dict[str, str] = {}
    socket = options.get("unix_socket")
    host = str(database.get("HOST") or "localhost")
    if host.startswith("/"):
        socket, host = host, "localhost"
    if socket:
        query["socket"] = str(socket)
    certificates = options.get("ssl") or {}
    if isinstance(certificates, Mapping):
        for name, parameter in _MYSQL_CERTIFICATES.items():
            if certificates.get(name):
                query[parameter] = str(certificates[name])
    if options.get("ssl_mode"):
        query["ssl-mode"] = str(options["ssl_mode"])
    return _network("mysql", database, host, query)


def _network(scheme: str, database: Mapping[str, Any], host: str, query: Dict[str, str]) -> str:
    user, password = str(database.get("USER") or ""), str(database.get("PASSWORD") or "")
    parts: List[str] = [scheme, "://"]
    if user:
        parts.append(quote(user, safe=""))
        if password:
            parts += [":", quote(password, safe="")]
        parts.append("@")
    parts.append(f"[{host}]" if ":" in host else quote(host, safe=""))
    if database.get("PORT") and host:
        parts.append(f":{database['PORT']}")
    elif database.get("PORT"):
        query = {**query, "port": str(database["PORT"])}
    parts += ["/", quote(str(database["NAME"]), safe="")]
    if query:
        parts += ["?", urlencode(query, quote_via=quote, safe="/")]
    return "".join(parts)


_Maker = Callable[[Mapping[str, Any]], str]
_MAKERS: Final[Dict[str, _Maker]] = {
    "sqlite3": _sqlite,
    "spatialite": _sqlite,
    "postgresql": _postgresql,
    "postgis": _postgresql,
    "mysql": _mysql,
}
"""How each engine's entry becomes a URL, by the last word of the engine's path."""
