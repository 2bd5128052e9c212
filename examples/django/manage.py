#!/usr/bin/env python3
"""How is the site run: as any Django site.

    python manage.py migrate && python manage.py demo_users
    python manage.py omnibusd       # the server, in one terminal
    python manage.py runserver      # the pages, in another
    python manage.py drive          # what the map shows, in a third
"""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "town.settings")
    execute_from_command_line(sys.argv)
