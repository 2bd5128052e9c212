"""A Django site's users: makes the tables by Django's own migrations, changes them, signs tokens.

Arguments: a JSON object, Django's settings of one database. Each line of standard input is a JSON
array, a command and its arguments; each is answered by one line of JSON.
"""

import hashlib
import hmac
import json
import sys
import uuid

import django
from django.conf import settings

database = json.loads(sys.argv[1])
if database["ENGINE"].endswith("mysql"):
    import pymysql

    # Django asks for a version of mysqlclient, in whose place PyMySQL stands.
    pymysql.version_info = (2, 2, 1, "final", 0)
    pymysql.install_as_MySQLdb()

settings.configure(
    DATABASES={"default": database},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, models  # noqa: E402


class Member(models.Model):
    """Users with keys that are no numbers, as a custom user model may have."""

    key = models.UUIDField(primary_key=True)
    enabled = models.BooleanField()
    crew = models.BooleanField()

    class Meta:
        app_label = "members"
        db_table = "members"


def make():
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Member)


def user(key, is_active, is_staff):
    account, _ = User.objects.get_or_create(pk=key, defaults={"username": f"user{key}"})
    account.is_active, account.is_staff = is_active, is_staff
    account.save()


def member(key, enabled, crew):
    Member.objects.update_or_create(key=uuid.UUID(key), defaults={"enabled": enabled, "crew": crew})


def forget(key):
    User.objects.filter(pk=key).delete()


def token(secret, name, expiry, flags):
    parts = ["omnibus-token-v2", name, str(expiry), flags]
    signed = "".join(f"{len(part.encode())}:{part}," for part in parts)
    mac = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
    return f"{name}:v2.{expiry}.{flags}.{mac}"


def original_token(secret, name):
    return name + ":" + hmac.new(secret.encode(), name.encode(), hashlib.sha1).hexdigest()


def rows():
    """Which tables there are, so that a test sees that none was dropped."""
    return sorted(connection.introspection.table_names())


COMMANDS = {
    function.__name__: function for function in (make, user, member, forget, token, original_token, rows)
}

for line in sys.stdin:
    name, *arguments = json.loads(line)
    answer = COMMANDS[name](*arguments)
    # Nothing of a connection is kept, so that the database may be stopped meanwhile.
    connection.close()
    print(json.dumps(answer), flush=True)
