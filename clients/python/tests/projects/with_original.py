"""How is a project's ``manage.py`` run with django-omnibus itself.

    python with_original.py PROJECT COMMAND [ARGUMENT …]

The project is run as it is; only the libraries below the original get the five shims of
``tests/foreign/python/original/shims.py``, without which it runs on none of today's.
"""

import os
import sys
from pathlib import Path

SHIMS = Path(__file__).resolve().parents[4] / "tests" / "foreign" / "python" / "original"


def main():
    """Shim, and do what the project's manage.py does."""
    project, *command = sys.argv[1:]
    sys.path[0] = os.path.abspath(project)
    sys.path.append(str(SHIMS))
    import shims

    shims.before_django()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "%s.settings" % Path(project).resolve().name)
    import django
    from django.core.management import execute_from_command_line

    django.setup()
    shims.install()
    execute_from_command_line(["manage.py", *command])


if __name__ == "__main__":
    main()
