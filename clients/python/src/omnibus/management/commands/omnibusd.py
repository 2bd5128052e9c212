"""How is the server started with a project's settings: ``manage.py omnibusd``.

The server takes the place of this process: it runs in the foreground, and signals, standard
output and exit code are its own. What stands behind ``--`` goes to it as it is:
``manage.py omnibusd -- --log-level debug``.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Mapping

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...server import environment, program


class Command(BaseCommand):
    """Starts ``omnibusd``."""

    help = "Starts the Omnibus server with the settings of this project, in the foreground."
    requires_system_checks = ["omnibus"]

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what goes to the server."""
        parser.add_argument(
            "server_arguments",
            nargs="*",
            metavar="argument",
            help="behind --: a flag or command of omnibusd itself, such as --log-level debug",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Become the server."""
        try:
            ours = environment.from_settings(os.environ)
            path = program.find()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        self._tell_overruled(ours)
        sys.stdout.flush()
        sys.stderr.flush()
        arguments = [str(path), *options["server_arguments"]]
        os.execve(path, arguments, {**os.environ, **ours})

    def _tell_overruled(self, ours: Mapping[str, str]) -> None:
        """Name what the environment says otherwise: pages and publishers know the settings only."""
        for name, value in ours.items():
            if os.environ.get(name, value) != value:
                self.stderr.write(
                    f"{name} of the environment is passed over, the project's settings say"
                    " otherwise; change them, or give a flag behind --"
                )

